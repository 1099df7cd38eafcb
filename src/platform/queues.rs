//! The sending side of the queues, on the bindings `RUNS`, `INTAKE` and `DEAD`.
//!
//! It sends texts only: what `worker` makes of a map is `{}` in the queue. It splits nothing: the caller keeps to 100
//! messages and 256 KB a call.

use std::rc::Rc;

use async_trait::async_trait;
use wasm_bindgen::{JsCast, JsValue};
use worker::{BatchMessageBuilder, Env, Queue, QueueContentType, RawMessageBuilder, SendMessage};

use super::js;
use crate::app::ports::{Outgoing, PortError, QueueName, Queues};

/// The queue bindings.
pub struct CloudflareQueues {
    env: Rc<Env>,
}

impl CloudflareQueues {
    /// The bindings of an event's environment; each is looked up when it is used.
    pub fn new(env: Rc<Env>) -> Self {
        Self { env }
    }
}

#[async_trait(?Send)]
impl Queues for CloudflareQueues {
    async fn send(&self, queue: QueueName, messages: Vec<Outgoing>) -> Result<(), PortError> {
        let name = match queue {
            QueueName::Runs => "RUNS",
            QueueName::Intake => "INTAKE",
            QueueName::Dead => "DEAD",
        };
        let binding: Queue = js::get(&self.env, name)
            .ok_or_else(|| {
                PortError(format!("there is no queue binding named `{name}`; `wrangler.toml` must have one"))
            })?
            .unchecked_into();
        let mut messages = messages.into_iter().map(message);
        let sent = match (messages.next(), messages.len()) {
            (None, _) => return Ok(()),
            (Some(one), 0) => binding.send_raw(one).await,
            (Some(first), _) => {
                let batch = messages.fold(BatchMessageBuilder::new().message(first), BatchMessageBuilder::message);
                binding.send_raw_batch(batch.build()).await
            }
        };
        sent.map_err(|error| PortError(format!("{name}: {}", js::words(&error.into()))))
    }
}

fn message(outgoing: Outgoing) -> SendMessage<JsValue> {
    let message = RawMessageBuilder::new(JsValue::from_str(&outgoing.body));
    // A delay of zero would override one that the deployer gave the queue.
    let message = if outgoing.delay_s == 0 { message } else { message.delay_seconds(outgoing.delay_s) };
    message.build_with_content_type(QueueContentType::Text)
}
