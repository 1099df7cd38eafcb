//! Sources: the inbound addresses and how each wants to be treated.
//!
//! It neither looks a source up nor verifies a signature (`signature` does).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::challenge;
use super::field::Policies;
use super::ids::{SourceId, Token};
use super::input::Reader;
use super::limits::Limits;
use super::problem::Fault;
use super::signature::Verification;
use super::time::Timestamp;

/// How a source answers an HTML form.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// JSON to programs, a plain thank-you page to forms.
    #[default]
    Json,
    /// A thank-you page with the operator's text.
    Page,
    /// A redirect to the operator's page.
    Redirect,
}

/// The answer to an HTML form.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Response {
    /// Which answer.
    pub mode: ResponseMode,
    /// The text of the thank-you page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Where the redirect goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// What an operator can set on a source.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SourceSettings {
    /// The fields that together are the sender's own id; `None` leaves it to the headers.
    #[serde(default)]
    pub delivery_id_fields: Option<Vec<String>>,
    /// For how many seconds an equal body is taken as a repetition; 0 never.
    #[serde(default)]
    pub dedupe_window_s: u32,
    /// The origins that may post from a browser; `None` means any.
    #[serde(default)]
    pub allowed_origins: Option<Vec<String>>,
    /// How an HTML form is answered.
    #[serde(default)]
    pub response: Response,
    /// How deliveries prove where they come from; `None` means that they need not.
    #[serde(default)]
    pub verification: Option<Verification>,
    /// The query parameter whose value is sent back to a provider that asks whether this address is ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge_query: Option<String>,
    /// Until when the signatures of deliveries are kept for `identify`; nobody sets it but that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capture_until: Option<Timestamp>,
    /// Whether bodies are kept after their runs are over.
    #[serde(default = "yes")]
    pub keep_body: bool,
    /// How much it may receive in a day.
    #[serde(default)]
    pub limits: Limits,
    /// Which fields are masked, hashed or not stored.
    #[serde(default, skip_serializing_if = "Policies::is_empty")]
    pub storage: Policies,
}

const fn yes() -> bool {
    true
}

impl Default for SourceSettings {
    fn default() -> Self {
        Self {
            delivery_id_fields: None,
            dedupe_window_s: 0,
            allowed_origins: None,
            response: Response::default(),
            verification: None,
            challenge_query: None,
            capture_until: None,
            keep_body: true,
            limits: Limits::default(),
            storage: Policies::default(),
        }
    }
}

/// What the ingest path must know of a source. The KV document holds it, with the shape that was learned.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Source {
    /// Its id.
    pub id: SourceId,
    /// Its name.
    pub name: String,
    /// The token in its URL.
    pub token: Token,
    /// The token that was rotated away.
    #[serde(default)]
    pub old_token: Option<Token>,
    /// How long that one still works.
    #[serde(default)]
    pub old_token_until: Option<Timestamp>,
    /// Raised by every change of token or settings.
    pub revision: u32,
    /// What the operator set.
    pub settings: SourceSettings,
    /// Signing secrets, sealed.
    #[serde(default)]
    pub secrets: Option<String>,
    /// Raised by every path or kind that is learned.
    pub schema_revision: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was deleted.
    #[serde(default)]
    pub deleted_at: Option<Timestamp>,
}

impl Source {
    /// Whether a delivery to this token is for this source now.
    pub fn accepts(&self, token: &Token, now: Timestamp) -> bool {
        self.token == *token
            || (self.old_token.as_ref() == Some(token) && self.old_token_until.is_some_and(|until| until > now))
    }
}

/// A change of a source, as it was sent: every key is optional, and null takes a setting back.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Change {
    /// A new name.
    pub name: Option<String>,
    /// The settings after the change.
    pub settings: SourceSettings,
    /// New signing secrets in clear, when verification was part of the change.
    pub secrets: Option<Vec<String>>,
    /// A new verify token in clear, or none, when the challenge was part of the change.
    pub verify_token: Option<Option<String>>,
}

impl Change {
    /// Reads a change against what is set now.
    ///
    /// # Errors
    /// Every fault, by path.
    pub fn parse(value: &Value, now: &SourceSettings) -> Result<Self, Vec<Fault>> {
        let mut reader = Reader::new(value).map_err(|fault| vec![fault])?;
        let mut change = Self { name: None, settings: now.clone(), secrets: None, verify_token: None };
        let has_name = reader.value("name").is_some();
        change.name = if has_name { reader.required_text("name", super::automation::MAX_NAME) } else { None };
        if let Some(value) = reader.value("delivery_id") {
            change.settings.delivery_id_fields = read_delivery_id(&mut reader, value);
        }
        if let Some(window) = reader.integer("dedupe_window_s", 0, 86_400) {
            change.settings.dedupe_window_s = window;
        }
        if reader.value("allowed_origins").is_some() {
            change.settings.allowed_origins = reader.texts("allowed_origins", 50);
            for (index, origin) in change.settings.allowed_origins.iter().flatten().enumerate() {
                if !is_origin(origin) {
                    let path = format!("allowed_origins[{index}]");
                    reader.fault(
                        &path,
                        "invalid",
                        "must be an origin such as `https://www.example.com` or `https://*.example.com`, without a path",
                    );
                }
            }
        }
        if let Some(value) = reader.value("response") {
            match read_response(value) {
                Ok(response) => change.settings.response = response,
                Err(faults) => reader.faults_under("response", faults),
            }
        }
        if let Some(value) = reader.value("verification") {
            match Verification::parse(value) {
                Ok(None) => (change.settings.verification, change.secrets) = (None, Some(Vec::new())),
                Ok(Some((verification, secrets))) => {
                    (change.settings.verification, change.secrets) = (Some(verification), Some(secrets));
                }
                Err(faults) => reader.faults_under("verification", faults),
            }
        }
        if let Some(value) = reader.value("challenge") {
            match challenge::parse(value) {
                Ok((query, verify_token)) => {
                    (change.settings.challenge_query, change.verify_token) = (query, Some(verify_token));
                }
                Err(faults) => reader.faults_under("challenge", faults),
            }
        }
        if let Some(keep) = reader.boolean("keep_body") {
            change.settings.keep_body = keep;
        }
        if let Some(value) = reader.value("limits") {
            match Limits::parse(value, now.limits) {
                Ok(limits) => change.settings.limits = limits,
                Err(faults) => reader.faults_under("limits", faults),
            }
        }
        let faults = reader.finish();
        if faults.is_empty() { Ok(change) } else { Err(faults) }
    }
}

fn read_delivery_id(reader: &mut Reader<'_>, value: &Value) -> Option<Vec<String>> {
    if value.is_null() {
        return None;
    }
    let mut inner = match Reader::new(value) {
        Ok(inner) => inner,
        Err(fault) => {
            reader.faults_under("delivery_id", vec![fault]);
            return None;
        }
    };
    let fields = inner.texts("fields", 5);
    let said = inner.has_faults();
    let fields = fields.unwrap_or_default();
    if fields.is_empty() && !said {
        inner.fault("fields", "required", "names the fields that together are the sender's own id, at most 5");
    }
    reader.faults_under("delivery_id", inner.finish());
    Some(fields)
}

fn read_response(value: &Value) -> Result<Response, Vec<Fault>> {
    if value.is_null() {
        return Ok(Response::default());
    }
    let mut reader = Reader::new(value).map_err(|fault| vec![fault])?;
    let text = reader.text("text", 2_000);
    let url = reader.text("url", 2_000);
    let mode = match reader.required_text("mode", 20).as_deref() {
        Some("json") => ResponseMode::Json,
        Some("page") => ResponseMode::Page,
        Some("redirect") => ResponseMode::Redirect,
        Some(_) => {
            reader.fault("mode", "invalid", "must be `json`, `page` or `redirect`");
            ResponseMode::Json
        }
        None => ResponseMode::Json,
    };
    let is_web = |url: &str| {
        (url.starts_with("https://") || url.starts_with("http://"))
            && !url.contains(|c: char| c.is_control() || c == ' ')
    };
    match (mode, url.as_deref()) {
        (ResponseMode::Redirect, None) => reader.fault("url", "required", "is where the redirect goes"),
        (_, Some(url)) if !is_web(url) => {
            reader.fault("url", "invalid", "must begin with `https://` or `http://` and hold no spaces");
        }
        (ResponseMode::Redirect | ResponseMode::Json | ResponseMode::Page, _) => {}
    }
    let faults = reader.finish();
    if faults.is_empty() { Ok(Response { mode, text, url }) } else { Err(faults) }
}

fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = host.map(|host| host.strip_prefix("*.").unwrap_or(host));
    host.is_some_and(|host| {
        !host.is_empty() && !host.starts_with(['.', ':']) && !host.contains(['/', '?', '#', '@', ' ', '*'])
    })
}

/// Whether an origin is the one that somebody wrote down, or lies below it where that begins with `*.`. A browser never
/// names the port that a scheme has by itself.
fn covers(own: &str, origin: &str) -> bool {
    let own = own.strip_suffix(if own.starts_with("http:") { ":80" } else { ":443" }).unwrap_or(own);
    match own.split_once("://*.") {
        Some((scheme, domain)) => origin.split_once("://").is_some_and(|(theirs, host)| {
            let ends = host.len().checked_sub(domain.len()).and_then(|at| host.split_at_checked(at));
            let is_below =
                |(name, rest): (&str, &str)| name.len() > 1 && name.ends_with('.') && rest.eq_ignore_ascii_case(domain);
            theirs == scheme && ends.is_some_and(is_below)
        }),
        None => own.eq_ignore_ascii_case(origin),
    }
}

impl SourceSettings {
    /// Whether a page of this origin may send.
    pub fn allows(&self, origin: &str) -> bool {
        self.allowed_origins.as_ref().is_none_or(|all| all.iter().any(|own| covers(own, origin)))
    }
}
