//! Rates of requests, counted by the bindings `RATE_SOURCE` and `RATE_ADDRESS` where the request arrived.
//!
//! It knows no number: limit and period stand in `wrangler.toml`. It is called as JavaScript, like the others; `worker`
//! would bring its serialiser for one key and one boolean.

use std::rc::Rc;

use async_trait::async_trait;
use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::Env;

use super::js;
use crate::app::ports::{PortError, Rate, Rates};

/// The two bindings.
pub struct RateBindings {
    env: Rc<Env>,
}

impl RateBindings {
    /// The bindings of an event's environment; each is looked up when it is used.
    pub fn new(env: Rc<Env>) -> Self {
        Self { env }
    }
}

#[async_trait(?Send)]
impl Rates for RateBindings {
    async fn allows(&self, rate: Rate, key: &str) -> Result<bool, PortError> {
        let name = match rate {
            Rate::Source => "RATE_SOURCE",
            Rate::Address => "RATE_ADDRESS",
        };
        let missing = || PortError(format!("there is no binding named `{name}`; `wrangler.toml` must have one"));
        let binding = js::get(&self.env, name).ok_or_else(missing)?;
        let limit = js::function(&binding, "limit").ok_or_else(missing)?;
        let failed = |thrown: JsValue| PortError(js::words(&thrown));
        let options = Object::new();
        Reflect::set(&options, &JsValue::from_str("key"), &JsValue::from_str(key)).map_err(failed)?;
        let promise: Promise = limit.call1(&binding, &options).map_err(failed)?.unchecked_into();
        let outcome = JsFuture::from(promise).await.map_err(failed)?;
        // Only a clear no is one.
        Ok(js::get(&outcome, "success") != Some(JsValue::FALSE))
    }
}
