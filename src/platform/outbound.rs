//! Calls to other systems, on the runtime's `fetch`.
//!
//! It follows no redirect, repeats nothing and judges nothing: what came back, or what is known about why nothing did.

use async_trait::async_trait;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit, RequestRedirect, Response, WorkerGlobalScope};

use super::{js, stream};
use crate::app::ports::Outbound;
use crate::domain::action::{Answer, HttpAnswer, HttpRequest};

/// The runtime's `fetch`.
pub struct Fetcher;

/// Words of failures that come before a connection stands, so that nothing was sent. Anything else may have been read
/// by the receiver, and the runtime is sparing: a refused connection and an unknown host mostly come as `Network
/// connection lost` or `internal error`, like an answer that broke off. (Deployed, an unknown host is an answer with
/// status 530.) Source: kj, `async-io-unix.c++`; workerd, `src/workerd/api/http.c++`; tried on workerd.
const BEFORE_SENDING: [&str; 4] = ["DNS lookup failed", "Connection refused", "Fetch API cannot load", "Invalid URL"];

#[async_trait(?Send)]
impl Outbound for Fetcher {
    async fn send(&self, request: HttpRequest) -> Answer {
        let outgoing = match build(&request) {
            Ok(outgoing) => outgoing,
            Err(thrown) => {
                return Answer::NotSent {
                    reason: format!("the request cannot be sent as it is: {}; correct the step", js::words(&thrown)),
                };
            }
        };
        // The signal bounds the whole call, the reading of the answer included, so it has to live until the end.
        let signal = AbortSignal::timeout_with_u32(request.timeout_ms);
        let init = RequestInit::new();
        init.set_signal(Some(&signal));
        let scope: WorkerGlobalScope = js_sys::global().unchecked_into();
        let fetched = JsFuture::from(scope.fetch_with_request_and_init(&outgoing, &init)).await;
        match fetched.map(JsCast::dyn_into::<Response>) {
            Ok(Ok(response)) => Answer::Http(answer(&response, request.max_response_bytes).await),
            Ok(Err(_)) => Answer::ConnectionLost,
            Err(_) if signal.aborted() => Answer::Timeout,
            Err(thrown) => {
                let words = js::words(&thrown);
                if BEFORE_SENDING.iter().any(|start| words.contains(start)) {
                    Answer::NotSent { reason: format!("the host could not be reached: {words}; check the address") }
                } else {
                    Answer::ConnectionLost
                }
            }
        }
    }
}

/// The request as the runtime wants it; it throws for an address, a method or a header that cannot be sent.
fn build(request: &HttpRequest) -> Result<web_sys::Request, JsValue> {
    let init = RequestInit::new();
    init.set_method(request.method);
    init.set_redirect(RequestRedirect::Manual);
    let headers = Headers::new()?;
    for (name, value) in &request.headers {
        headers.append(name, value)?;
    }
    init.set_headers_headers(&headers);
    if let Some(body) = &request.body {
        init.set_body(&Uint8Array::from(body.as_slice()));
    }
    web_sys::Request::new_with_str_and_init(&request.url, &init)
}

/// What came back. An answer that breaks off counts as cut short: its status has told already that the request was read.
async fn answer(response: &Response, limit: usize) -> HttpAnswer {
    let headers = response.headers();
    let header = |name| headers.get(name).ok().flatten();
    let (body, truncated) = match response.body() {
        Some(stream) => {
            let read = stream::read(&stream, limit, &mut |_| true).await;
            (read.bytes, read.end != stream::End::Whole)
        }
        None => (Vec::new(), false),
    };
    HttpAnswer {
        status: response.status(),
        retry_after: header("retry-after"),
        content_type: header("content-type"),
        body,
        truncated,
    }
}
