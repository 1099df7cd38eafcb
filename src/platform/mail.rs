//! Outgoing e-mail, on the `send_email` binding named `EMAIL`.
//!
//! It composes nothing and waits without a bound of its own: the binding has none, and the app keeps the time.

use std::rc::Rc;

use async_trait::async_trait;
use wasm_bindgen::{JsCast, JsValue};
use worker::{EmailAddress, Env, SendEmail, SendEmailBuilder};

use super::js;
use crate::app::ports::{Mail, NO_MAIL_BINDING};
use crate::domain::action::{EmailMessage, MailError, Mailbox};

/// The binding `EMAIL`.
pub struct MailBinding {
    env: Rc<Env>,
}

impl MailBinding {
    /// The binding of an event's environment; it is looked up when it is used.
    pub fn new(env: Rc<Env>) -> Self {
        Self { env }
    }
}

#[async_trait(?Send)]
impl Mail for MailBinding {
    async fn send(&self, from: &Mailbox, message: &EmailMessage) -> Result<String, MailError> {
        let binding: SendEmail = js::get(&self.env, "EMAIL").ok_or_else(no_binding)?.unchecked_into();
        let outgoing = match &from.name {
            Some(name) => SendEmailBuilder::new_with_email_address_and_str(
                &EmailAddress::new(name, &from.email),
                &message.to,
                &message.subject,
            ),
            None => SendEmailBuilder::new(&from.email, &message.to, &message.subject),
        };
        outgoing.set_text(&message.text);
        if let Some(html) = &message.html {
            outgoing.set_html(html);
        }
        if let Some(reply_to) = &message.reply_to {
            outgoing.set_reply_to(reply_to);
        }
        if !message.cc.is_empty() {
            outgoing.set_cc_with_slice(&message.cc);
        }
        match binding.send_with_builder(&outgoing).await {
            // What is sent without an id is sent all the same.
            Ok(sent) => Ok(js::text(&sent, "messageId").unwrap_or_default()),
            Err(thrown) => Err(error(&thrown)),
        }
    }
}

fn no_binding() -> MailError {
    MailError {
        code: NO_MAIL_BINDING.to_owned(),
        message: "there is no mail binding named `EMAIL`; add `[[send_email]]` with that name to `wrangler.toml`, or make the \
                  connection a simulated one"
            .to_owned(),
    }
}

/// The binding's error: a code (`E_RECIPIENT_SUPPRESSED`, …) where it gives one, and its words.
fn error(thrown: &JsValue) -> MailError {
    MailError { code: js::text(thrown, "code").unwrap_or_default(), message: js::words(thrown) }
}
