//! The dashboard's files, on the binding `ASSETS`.
//!
//! It chooses no file and no header: `http` does. The runtime's own stream is handed on, so that no byte of a file is
//! copied through wasm.

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, Request, RequestInit, Response, ResponseInit};
use worker::Env;

use super::{fetch, js};
use crate::app::ports::{Level, Log};
use crate::http::message::Asset;

/// The binding looks at the path only; a URL has to have a host.
const ORIGIN: &str = "http://assets";

/// Writes a file as the answer, or what stands for it when it is not there.
///
/// # Errors
/// As [`fetch::write`].
pub async fn write(env: &Env, asset: &Asset, log: &dyn Log) -> Result<Response, JsValue> {
    // A worker without the binding has no dashboard, as one whose folder is empty.
    let Some(binding) = js::get(env, "ASSETS") else { return fetch::write(&asset.missing) };
    let file = match ask(&binding, asset).await {
        Ok(file) => file,
        Err(thrown) => {
            log.write(Level::Error, &format!("the dashboard's files do not answer: {}", js::words(&thrown)));
            return fetch::write(&asset.failed);
        }
    };
    if let Some(instead) = asset.instead(file.status()) {
        return fetch::write(instead);
    }
    let init = ResponseInit::new();
    init.set_status(file.status());
    init.set_headers_headers(&file.headers());
    let response = Response::new_with_opt_readable_stream_and_init(file.body().as_ref(), &init)?;
    let headers = response.headers();
    for (name, value) in &asset.headers {
        headers.set(name, value)?;
    }
    Ok(response)
}

async fn ask(binding: &JsValue, asset: &Asset) -> Result<Response, JsValue> {
    let headers = Headers::new()?;
    if let Some(tag) = &asset.if_none_match {
        headers.set("if-none-match", tag)?;
    }
    let init = RequestInit::new();
    init.set_method(if asset.head { "HEAD" } else { "GET" });
    init.set_headers_headers(&headers);
    let request = Request::new_with_str_and_init(&format!("{ORIGIN}{}", asset.path), &init)?;
    let fetch = js::function(binding, "fetch").ok_or_else(|| JsValue::from_str("`ASSETS` cannot be asked"))?;
    JsFuture::from(fetch.call1(binding, &request)?.unchecked_into::<js_sys::Promise>()).await?.dyn_into()
}
