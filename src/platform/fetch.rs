//! A request as the edge wants it, a response as the runtime wants it.
//!
//! It reads no URL with `Url`, whose tables are twice the size of everything else in the worker, and copies no header
//! that nobody asks for.

use std::cell::RefCell;

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::stream;
use crate::domain::payload::MAX_BODY;
use crate::http::message::{Body, Headers, Request, Response, split_url};
use crate::http::room::{Room, Ticket};

thread_local! {
    static ROOM: RefCell<Room> = RefCell::new(Room::default());
}

/// The room that a body takes; given back when the request is over.
pub struct Held(Option<Ticket>);

impl Held {
    fn grow(&mut self, bytes: usize) -> bool {
        let now_ms = js_sys::Date::now();
        ROOM.with_borrow_mut(|room| match &self.0 {
            Some(ticket) => room.grow(ticket, bytes),
            None => {
                self.0 = room.take(now_ms as i64, bytes);
                self.0.is_some()
            }
        })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(ticket) = self.0.take() {
            ROOM.with_borrow_mut(|room| room.release(ticket));
        }
    }
}

struct RuntimeHeaders(web_sys::Headers);

impl Headers for RuntimeHeaders {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).ok().flatten()
    }

    fn names(&self) -> Vec<String> {
        // As an array, headers are pairs of name and value.
        let name = |pair: JsValue| pair.dyn_into::<js_sys::Array>().ok()?.get(0).as_string();
        js_sys::Array::from(&self.0).iter().filter_map(name).collect()
    }
}

/// Reads a request with its body.
pub async fn read(request: &web_sys::Request) -> (Request, Held) {
    let method = request.method();
    let headers = RuntimeHeaders(request.headers());
    let mut held = Held(None);
    let body = match method.as_str() {
        "POST" | "PUT" | "PATCH" | "DELETE" => read_body(request, &headers, &mut held).await,
        _ => Body::Bytes(Vec::new()),
    };
    let url = request.url();
    let (scheme, host, path, query) = split_url(&url);
    let request = Request {
        scheme: scheme.to_owned(),
        host: host.to_owned(),
        path: path.to_owned(),
        query: query.map(str::to_owned),
        method,
        headers: Box::new(headers),
        body,
    };
    (request, held)
}

async fn read_body(request: &web_sys::Request, headers: &RuntimeHeaders, held: &mut Held) -> Body {
    let declared = headers.get("content-length").and_then(|length| length.trim().parse::<usize>().ok());
    match declared {
        Some(0) => Body::Bytes(Vec::new()),
        Some(length) if length > MAX_BODY => Body::TooLarge,
        Some(length) if !held.grow(length) => Body::NoRoom,
        // The runtime's HTTP keeps a body to its declared length.
        Some(_) => match read_whole(request).await {
            Ok(bytes) if bytes.len() > MAX_BODY => Body::TooLarge,
            Ok(bytes) => Body::Bytes(bytes),
            Err(_) => Body::Broken,
        },
        None => {
            let Some(body) = request.body() else { return Body::Bytes(Vec::new()) };
            let read = stream::read(&body, MAX_BODY, &mut |bytes| held.grow(bytes)).await;
            match read.end {
                stream::End::Whole => Body::Bytes(read.bytes),
                stream::End::Capped => Body::TooLarge,
                stream::End::Refused => Body::NoRoom,
                stream::End::Broken => Body::Broken,
            }
        }
    }
}

async fn read_whole(request: &web_sys::Request) -> Result<Vec<u8>, JsValue> {
    let buffer: ArrayBuffer = JsFuture::from(request.array_buffer()?).await?.dyn_into()?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

/// Writes a response.
///
/// # Errors
/// The runtime refuses a header or a status that cannot be sent, which is a fault of ours; it then answers 500 itself.
pub fn write(response: &Response) -> Result<web_sys::Response, JsValue> {
    let init = web_sys::ResponseInit::new();
    init.set_status(response.status);
    if !response.headers.is_empty() {
        let headers = web_sys::Headers::new()?;
        for (name, value) in &response.headers {
            headers.append(name, value)?;
        }
        init.set_headers_headers(&headers);
    }
    // A status without a body (204, 304) takes none, not even an empty one.
    let body = Some(response.body.as_str()).filter(|body| !body.is_empty());
    web_sys::Response::new_with_opt_str_and_init(body, &init)
}
