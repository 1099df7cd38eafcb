//! Cloudflare: the three events of the worker, and every port on its bindings.
//!
//! It decides nothing. It turns JavaScript's values into plain ones, calls the app, and turns the answer back; whatever
//! a binding throws becomes a value on the way.
//!
//! **Invariant:** nothing that belongs to a request (a promise, a stream, a binding's answer) outlives that request or
//! is shared with another: the runtime kills whoever touches it. What is kept between requests, in [`isolate`], is plain
//! data.
//!
//! **Invariant:** nothing here panics. A panic stalls every request of the isolate, so the exports are written by hand:
//! those that the `event` macro makes panic when a queue's handler fails, and most wrappers of `worker` unwrap.

mod assets;
mod background;
mod clock;
mod d1;
mod entropy;
mod fetch;
mod isolate;
mod js;
mod kv;
mod log;
mod mail;
mod outbound;
mod queue;
mod queues;
mod rates;
mod rsa;
mod stream;
mod zone;

use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;
use worker::{Env, worker_sys};

use crate::app::ports::Foreground;
use crate::http::message::Reply;

/// The event `fetch`: a request.
///
/// The answer is waited for also when the client is gone: a write that it makes may be that of many requests.
#[wasm_bindgen]
pub fn fetch(request: web_sys::Request, env: Env, context: worker_sys::Context) -> Promise {
    let context = Rc::new(context);
    let answering = answer(request, Rc::new(env), Rc::clone(&context));
    let answer = future_to_promise(async move { answering.await.map(JsValue::from) });
    background::wait_for(&context, &answer);
    answer
}

async fn answer(
    request: web_sys::Request,
    env: Rc<Env>,
    context: Rc<worker_sys::Context>,
) -> Result<web_sys::Response, JsValue> {
    let app = isolate::app_for_request(Rc::clone(&env));
    let (request, _room) = fetch::read(&request).await;
    let (reply, after) = crate::http::handle(&app, request).await;
    if let Some(after) = after {
        background::wait_until(&context, after);
    }
    match reply {
        Reply::Response(response) => fetch::write(&response),
        Reply::Asset(asset) => assets::write(&env, &asset, &*app.ports.log).await,
    }
}

/// The event `queue`: a batch of messages, each of which is acknowledged or given back by name.
///
/// It always succeeds: a failure would deliver the whole batch again, also what was acknowledged.
#[wasm_bindgen]
pub async fn queue(
    batch: worker_sys::MessageBatch,
    env: Env,
    context: worker_sys::Context,
) -> Result<JsValue, JsValue> {
    let app = isolate::app(Rc::new(env), Rc::new(background::WaitUntil::new(context)));
    queue::consume(&app, &batch).await;
    Ok(JsValue::UNDEFINED)
}

/// The event `scheduled`: a minute has passed.
#[wasm_bindgen]
pub async fn scheduled(_event: JsValue, env: Env, _context: JsValue) -> Result<JsValue, JsValue> {
    let app = isolate::app(Rc::new(env), Rc::new(Foreground));
    crate::app::sweep(&app).await;
    Ok(JsValue::UNDEFINED)
}
