//! The key-value port on the binding `KV`.
//!
//! It neither retries a 429 (one write a second and key) nor caches: both are the caller's.

use std::cell::OnceCell;
use std::rc::Rc;

use async_trait::async_trait;
use worker::Env;
use worker::kv::{KvError, KvStore};

use super::js;
use crate::app::ports::{KeyValue, PortError};

/// The binding `KV`.
pub struct Kv {
    env: Rc<Env>,
    binding: OnceCell<KvStore>,
}

impl Kv {
    /// The binding of an event's environment; it is looked up when it is first used, which takes five property reads.
    pub fn new(env: Rc<Env>) -> Self {
        Self { env, binding: OnceCell::new() }
    }

    fn binding(&self) -> Result<&KvStore, PortError> {
        if self.binding.get().is_none() {
            let _ = self.binding.set(KvStore::from_this(&self.env, "KV").map_err(error)?);
        }
        self.binding.get().ok_or_else(|| PortError("there is no KV binding named `KV`".to_owned()))
    }
}

#[async_trait(?Send)]
impl KeyValue for Kv {
    async fn get(&self, key: &str) -> Result<Option<String>, PortError> {
        self.binding()?.get(key).text().await.map_err(error)
    }

    async fn put(&self, key: &str, value: String) -> Result<(), PortError> {
        self.binding()?.put(key, value).map_err(error)?.execute().await.map_err(error)
    }

    async fn delete(&self, key: &str) -> Result<(), PortError> {
        self.binding()?.delete(key).await.map_err(error)
    }
}

fn error(error: KvError) -> PortError {
    PortError(match error {
        KvError::JavaScript(thrown) => format!("KV: {}", js::words(&thrown)),
        KvError::Serialization(_) => "KV: the value does not serialise".to_owned(),
        KvError::InvalidKvStore(binding) => {
            format!("there is no KV binding named `{binding}`; `wrangler.toml` must have one")
        }
    })
}
