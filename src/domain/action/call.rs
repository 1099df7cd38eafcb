//! Calls: the effects that actions describe.
//!
//! A call is complete but for credentials, which join it in `request`. It knows whether repeating it is safe, how long
//! it may take, and how it looks to the person who would have received it.
//!
//! It makes no call: the app does, and `answer` reads what came back.

use serde_json::{Value, json};

use crate::domain::connection::Kind;
use crate::domain::ids::ConnectionId;

use super::Object;

/// How long a call to WhatsApp may take. Meta documents no bound; its gateway gives up well below this.
pub(super) const WHATSAPP_TIMEOUT_MS: u32 = 20_000;

/// How long handing a message to the mail binding, or saving a contact, may take.
const LOCAL_TIMEOUT_MS: u32 = 20_000;

/// An effect that an action describes and never performs.
#[derive(Clone, PartialEq, Debug)]
pub enum Call {
    /// Creating or updating a contact in our own store.
    SaveContact(ContactChange),
    /// A message through the WhatsApp Cloud API.
    Whatsapp(WhatsappMessage),
    /// A message through Cloudflare's mail binding.
    Email(EmailMessage),
    /// A request to any other system.
    Http(HttpCall),
}

/// What is to be known about a contact. At least one of `phone` and `email` is there.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ContactChange {
    /// E.164, `+393331234567`.
    pub phone: Option<String>,
    /// A parsed address.
    pub email: Option<String>,
    /// A name; `None` leaves the stored one.
    pub name: Option<String>,
    /// Properties to set; those whose value was blank are not here, so nothing is overwritten with nothing.
    pub properties: Object,
    /// Tags to add.
    pub tags: Vec<String>,
}

/// A message through the WhatsApp Cloud API.
#[derive(Clone, PartialEq, Debug)]
pub struct WhatsappMessage {
    /// The connection that the step names; `None` means the default one.
    pub connection: Option<ConnectionId>,
    /// E.164 with its plus, `+393331234567`.
    pub to: String,
    /// What is sent.
    pub content: WhatsappContent,
}

/// What a WhatsApp message says.
#[derive(Clone, PartialEq, Debug)]
pub enum WhatsappContent {
    /// Free text, which Meta takes only within 24 hours of the person's last message.
    Text(String),
    /// An approved template with its parameters.
    Template {
        /// The template's name as approved.
        name: String,
        /// Its language code, `it` or `en_US`.
        language: String,
        /// Meta's `components`, complete.
        components: Vec<Value>,
        /// Name, language and the values filled in, as people are shown them.
        values: Object,
    },
}

/// A message through Cloudflare's mail binding.
#[derive(Clone, PartialEq, Debug)]
pub struct EmailMessage {
    /// The connection that the step names; `None` means the default one.
    pub connection: Option<ConnectionId>,
    /// Exactly one address.
    pub to: String,
    /// Further addresses that see each other.
    pub cc: Vec<String>,
    /// Where an answer goes.
    pub reply_to: Option<String>,
    /// One line, at most 998 characters.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML part, its fields escaped.
    pub html: Option<String>,
}

/// A request to any other system.
#[derive(Clone, PartialEq, Debug)]
pub struct HttpCall {
    /// The connection that the step names; `None` means the default one, if there is one.
    pub connection: Option<ConnectionId>,
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// The whole address, path and query rendered and encoded.
    pub url: String,
    /// The step's own headers, rendered.
    pub headers: Vec<(String, String)>,
    /// The body with its content type.
    pub body: Option<(String, &'static str)>,
    /// How long it may take.
    pub timeout_ms: u32,
    /// Whether the receiver promised that repeating it is safe.
    pub idempotent: bool,
}

/// What a simulated connection would have sent, as the person would have seen it.
#[derive(Clone, PartialEq, Debug)]
pub struct OutboxMessage {
    /// `whatsapp`, `email` or `http`.
    pub channel: &'static str,
    /// The number, the address, or method and URL.
    pub to: String,
    /// What they would have seen.
    pub content: Value,
}

impl Call {
    /// Whether making the call twice does no more than making it once.
    pub fn repeatable(&self) -> bool {
        match self {
            Self::SaveContact(_) => true,
            Self::Whatsapp(_) | Self::Email(_) => false,
            Self::Http(call) => call.idempotent,
        }
    }

    /// How long the call may take, from its first byte to the last of its answer.
    pub fn timeout_ms(&self) -> u32 {
        match self {
            Self::SaveContact(_) | Self::Email(_) => LOCAL_TIMEOUT_MS,
            Self::Whatsapp(_) => WHATSAPP_TIMEOUT_MS,
            Self::Http(call) => call.timeout_ms,
        }
    }

    /// The kind of connection that the call goes through; `None` when it does not leave this database.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Self::SaveContact(_) => None,
            Self::Whatsapp(_) => Some(Kind::Whatsapp),
            Self::Email(_) => Some(Kind::Email),
            Self::Http(_) => Some(Kind::Http),
        }
    }

    /// The connection that the step names; `None` means the default of [`Call::kind`], and none
    /// when there is no default: e-mail and HTTP can do without, WhatsApp is then refused by [`super::request`].
    pub fn connection(&self) -> Option<&ConnectionId> {
        match self {
            Self::SaveContact(_) => None,
            Self::Whatsapp(call) => call.connection.as_ref(),
            Self::Email(call) => call.connection.as_ref(),
            Self::Http(call) => call.connection.as_ref(),
        }
    }

    /// What a simulated connection puts into the outbox; `None` for what is not a message to anybody.
    pub fn outbox(&self) -> Option<OutboxMessage> {
        match self {
            Self::SaveContact(_) => None,
            Self::Whatsapp(message) => Some(OutboxMessage {
                channel: "whatsapp",
                to: message.to.clone(),
                content: match &message.content {
                    WhatsappContent::Text(text) => json!({ "text": text }),
                    WhatsappContent::Template { values, .. } => json!({ "template": values }),
                },
            }),
            Self::Email(message) => {
                let mut content = Object::new();
                content.insert("subject".to_owned(), message.subject.as_str().into());
                content.insert("text".to_owned(), message.text.as_str().into());
                if let Some(html) = &message.html {
                    content.insert("html".to_owned(), html.as_str().into());
                }
                if let Some(reply_to) = &message.reply_to {
                    content.insert("reply_to".to_owned(), reply_to.as_str().into());
                }
                if !message.cc.is_empty() {
                    content.insert("cc".to_owned(), message.cc.clone().into());
                }
                Some(OutboxMessage { channel: "email", to: message.to.clone(), content: content.into() })
            }
            Self::Http(call) => Some(OutboxMessage {
                channel: "http",
                to: call.url.clone(),
                content: json!({
                    "method": call.method,
                    "headers": call.headers.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect::<Object>(),
                    "body": call.body.as_ref().map(|(text, _)| text),
                }),
            }),
        }
    }

    /// The output of a step whose call was simulated: under the names that a later step may use, and marked.
    pub fn simulated_output(&self) -> Object {
        let mut output = Object::new();
        match self {
            Self::SaveContact(_) => {
                output.insert("contact_id".to_owned(), Value::Null);
                output.insert("created".to_owned(), false.into());
            }
            Self::Whatsapp(_) | Self::Email(_) => {
                output.insert("message_id".to_owned(), "simulated".into());
            }
            Self::Http(_) => {
                output.insert("status".to_owned(), 200.into());
                output.insert("body".to_owned(), Value::Null);
            }
        }
        output.insert("simulated".to_owned(), true.into());
        output
    }
}
