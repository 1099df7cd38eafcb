//! The receiving side of the queues: messages out of a batch, verdicts back to it.
//!
//! It looks into no message. Bodies are read one by one, because the wrapper of `worker` fails a whole batch when one
//! body is not as expected.

use js_sys::{JSON, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use worker::worker_sys::{Message, MessageBatch};

use super::js;
use crate::app::App;
use crate::app::ports::{Incoming, Level, QueueName, Verdict};

/// When a message comes back about which nothing was decided.
const UNDECIDED: Verdict = Verdict::Retry { delay_s: 300 };

/// Takes in a batch, and acknowledges each of its messages or gives it back.
pub async fn consume(app: &App, batch: &MessageBatch) {
    let Ok(list) = batch.messages() else { return };
    let messages: Vec<Message> = list.iter().map(JsCast::unchecked_into).collect();
    let name = batch.queue().map(String::from).unwrap_or_default();
    let verdicts = match queue_name(&name) {
        Some(queue) => crate::app::consume(app, queue, messages.iter().map(incoming).collect()).await,
        None => {
            let line = format!("queue: `{name}` is none of ours; names must end with `runs`, `intake` or `dead`");
            app.ports.log.write(Level::Error, &line);
            Vec::new()
        }
    };
    let verdicts = verdicts.into_iter().chain(std::iter::repeat(UNDECIDED));
    for (message, verdict) in messages.iter().zip(verdicts) {
        let done = match verdict {
            Verdict::Ack => message.ack(),
            Verdict::Retry { delay_s } => message.retry(delay(delay_s)),
        };
        if let Err(thrown) = done {
            // The batch may then come again; every consumer takes that.
            app.ports.log.write(Level::Warn, &format!("queue: {verdict:?} was not taken: {}", js::words(&thrown)));
        }
    }
}

/// Which of ours a queue is. A deployer may put anything before the name's last word, as wrangler does by itself.
fn queue_name(name: &str) -> Option<QueueName> {
    [("runs", QueueName::Runs), ("intake", QueueName::Intake), ("dead", QueueName::Dead)]
        .into_iter()
        .find_map(|(word, queue)| name.to_ascii_lowercase().ends_with(word).then_some(queue))
}

fn incoming(message: &Message) -> Incoming {
    let body = message.body().unwrap_or(JsValue::UNDEFINED);
    let body = body.as_string().or_else(|| JSON::stringify(&body).ok()?.as_string()).unwrap_or_default();
    // `worker` 0.8.7 does not know `attempts` (workers-rs issue 1057).
    let attempts = js::get(message, "attempts").and_then(|attempts| attempts.as_f64()).unwrap_or(1.0);
    Incoming { body, attempts: attempts as u32 }
}

fn delay(delay_s: u32) -> JsValue {
    let options = Object::new();
    let _ = Reflect::set(&options, &JsValue::from_str("delaySeconds"), &JsValue::from(delay_s));
    options.into()
}
