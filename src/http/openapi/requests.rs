//! The schemas of what is sent. The domain reads these objects key by key, to name every fault; this is the same in the
//! language of schemas, and a test holds the two together. Never constructed.

#![expect(dead_code, missing_docs, reason = "schemas only, in which a name that says all needs no sentence")]

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde_json::{Map, Value};

use super::words;

/// A condition, nestable.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum Condition {
    /// Every one holds.
    All { all: Vec<Condition> },
    /// At least one holds.
    Any { any: Vec<Condition> },
    /// One field against one value.
    Test {
        /// The field, as a template would write it.
        field: String,
        #[schemars(schema_with = "words::op")]
        op: String,
        /// What it is compared with, where the comparison needs it.
        #[schemars(skip_serializing_if = "Option::is_none")]
        value: Option<Value>,
    },
}

/// A step of an automation, as it is shown.
#[derive(JsonSchema)]
pub struct Step {
    /// Unique in the automation.
    id: String,
    action: String,
    params: Map<String, Value>,
    when: Option<Condition>,
    on_error: OnError,
    enabled: bool,
}

/// A step of an automation, as it is sent.
#[derive(JsonSchema)]
pub struct StepInput {
    /// Unique in the automation: what `steps.<id>` in a template means. Left out, it is `s1`, `s2`, …
    id: Option<String>,
    /// The name of an action; `GET /actions` lists them.
    action: String,
    /// The action's parameters, templates unrendered.
    params: Option<Map<String, Value>>,
    /// The step is skipped when this is false.
    when: Option<Condition>,
    /// What happens to the run when the step fails: `stop` unless said otherwise.
    on_error: Option<OnError>,
    /// A step that is switched off is skipped; true unless said otherwise.
    enabled: Option<bool>,
}

/// What happens to a run when a step fails.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum OnError {
    /// The run ends as `failed`.
    Stop,
    /// The next step follows.
    Continue,
}

/// An automation as it is sent.
#[derive(JsonSchema)]
pub struct AutomationInput {
    name: String,
    /// The source to listen to. Left out when creating, a new source is made; when replacing, it stays.
    source_id: Option<String>,
    /// Whether it runs; true for one that is created.
    enabled: Option<bool>,
    condition: Option<Condition>,
    /// In order; `[]` for none yet.
    steps: Vec<StepInput>,
}

/// What becomes of the runs that were held while the automation was disabled.
#[derive(JsonSchema)]
pub struct EnableInput {
    /// They stay held when it is left out.
    held: Option<Held>,
}

/// What becomes of held runs.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Held {
    Release,
    Drop,
}

/// What to render, and with what: exactly one of `event_id` and `payload`.
#[derive(JsonSchema)]
pub struct PreviewInput {
    /// A stored event.
    event_id: Option<String>,
    /// A payload as it would be sent.
    payload: Option<Map<String, Value>>,
    /// A draft's steps, checked as saving would and stored nowhere. Left out, the automation is rendered as it is stored.
    steps: Option<Vec<StepInput>>,
    /// The draft's condition; it needs `steps` beside it.
    condition: Option<Condition>,
}

/// A change of a source: keys that are not there stay, null takes a setting back.
#[derive(JsonSchema)]
#[schemars(transform = words::nothing_required)]
pub struct SourceChange {
    /// It cannot be taken back.
    #[schemars(with = "String")]
    name: Option<String>,
    /// The fields that together are the sender's own id.
    delivery_id: Option<DeliveryIdInput>,
    /// For how many seconds an equal body with an equal query is taken as a repetition, at most 86400; 0 never.
    dedupe_window_s: Option<u32>,
    /// The origins whose pages may send, such as `https://www.example.com`; null means any.
    allowed_origins: Option<Vec<String>>,
    response: Option<FormAnswerInput>,
    verification: Option<VerificationInput>,
    challenge: Option<ChallengeInput>,
    /// Whether bodies are kept after their runs are over.
    keep_body: Option<bool>,
    /// How much it may receive in a day; null takes everything back to the defaults.
    limits: Option<LimitsInput>,
}

/// How much a source may receive in a day of UTC: keys that are not there stay, null takes one back to the default.
#[derive(JsonSchema)]
pub struct LimitsInput {
    /// Events; an item of an array is one. 1,000,000 unless said otherwise.
    events_per_day: Option<u32>,
    /// Bytes of bodies. 2 GiB unless said otherwise.
    bytes_per_day: Option<u32>,
}

/// The fields that together are the sender's own id.
#[derive(JsonSchema)]
pub struct DeliveryIdInput {
    /// At most 5.
    fields: Vec<String>,
}

/// How a plain HTML form is answered.
#[derive(JsonSchema)]
pub struct FormAnswerInput {
    #[schemars(schema_with = "words::response_mode")]
    mode: String,
    /// The text of the thank-you page.
    text: Option<String>,
    /// Where the redirect goes; required with `redirect`.
    url: Option<String>,
}

/// How deliveries prove where they come from. Of `secrets` there are at most 5; each is tried, so that a rotation can
/// overlap. They are never shown again.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum VerificationInput {
    /// As a provider signs.
    Provider {
        #[schemars(schema_with = "words::provider_scheme")]
        scheme: String,
        secrets: Vec<String>,
    },
    /// A token in a header.
    SharedToken {
        #[schemars(schema_with = "words::shared_token")]
        scheme: String,
        secrets: Vec<String>,
        header: String,
    },
    /// HTTP basic authentication; the secrets are passwords.
    Basic {
        #[schemars(schema_with = "words::basic")]
        scheme: String,
        secrets: Vec<String>,
        username: String,
    },
    /// An HMAC of the body in a header.
    HmacOfBody {
        #[schemars(flatten)]
        hmac: HmacInput,
        #[schemars(schema_with = "words::signed_body")]
        signed: String,
    },
    /// An HMAC of a time from another header, a full stop and the body.
    HmacOfTimeAndBody {
        #[schemars(flatten)]
        hmac: HmacInput,
        #[schemars(schema_with = "words::signed_time_and_body")]
        signed: String,
        /// The header with the signed Unix time.
        timestamp_header: String,
        /// How far that time may be away, 300 seconds when it is left out.
        tolerance_s: Option<u32>,
    },
}

/// What both forms of an HMAC are told.
#[derive(JsonSchema)]
pub struct HmacInput {
    #[schemars(schema_with = "words::hmac")]
    scheme: String,
    secrets: Vec<String>,
    /// The header in which the signature stands.
    header: String,
    #[schemars(schema_with = "words::algorithm")]
    algorithm: String,
    /// How the signature is written.
    #[schemars(schema_with = "words::encoding")]
    encoding: String,
    /// What stands before the signature in its header, such as `sha256=`.
    prefix: Option<String>,
}

/// How the source answers a provider's challenge, beside those that need no setting. At least one of the two is a text;
/// null in place of the object takes both away.
#[derive(JsonSchema)]
pub struct ChallengeInput {
    /// A query parameter whose value is sent back as text, on GET, and on POST without a body.
    query: Option<String>,
    /// What `hub.verify_token` must be. It is never shown again.
    verify_token: Option<String>,
}

/// The secret with which the sender signs.
#[derive(JsonSchema)]
pub struct IdentifyInput {
    secret: String,
}

/// How long the old token goes on working.
#[derive(JsonSchema)]
pub struct RotateInput {
    /// A day when it is left out, at most 30 days; 0 ends it at once.
    grace_seconds: Option<u32>,
}

/// A change of a field.
#[derive(JsonSchema)]
#[schemars(transform = words::nothing_required)]
pub struct FieldChange {
    /// What it is about; null says that it has no meaning.
    #[schemars(schema_with = "words::meaning")]
    meaning: Option<String>,
    /// Whether no samples of it are kept; those that are there are forgotten at once.
    masked: Option<bool>,
    /// What is stored of its values from now on: `show`, `mask`, `hash` or `none`. May be said of a field that was never
    /// sent.
    #[schemars(schema_with = "words::storage")]
    storage: Option<String>,
}

/// Which automation is run; all that listen to the event's source when it is left out.
#[derive(JsonSchema)]
pub struct EventReplayInput {
    automation_id: Option<String>,
}

/// Which events are run again.
#[derive(JsonSchema)]
pub struct ReplayInput {
    source_id: String,
    /// The first moment, RFC 3339.
    from: String,
    /// The moment before which it ends, RFC 3339.
    to: String,
    /// Only this automation.
    automation_id: Option<String>,
}

/// How a run goes on.
#[derive(JsonSchema)]
pub struct ResumeInput {
    /// Required when its step is uncertain: whether what it called happened.
    uncertain: Option<Settlement>,
}

/// Whether an uncertain call happened.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Settlement {
    Sent,
    NotSent,
}

/// A change of a contact: keys that are not there stay, null empties one. A contact needs a phone or an e-mail.
#[derive(JsonSchema)]
pub struct ContactChange {
    /// In any way that people write it.
    phone: Option<String>,
    email: Option<String>,
    name: Option<String>,
    /// Replaces all.
    properties: Option<Map<String, Value>>,
    /// Replaces all.
    tags: Option<Vec<String>>,
}

/// A connection as it is sent.
#[derive(JsonSchema)]
pub struct ConnectionInput {
    #[schemars(schema_with = "words::connection_kind")]
    kind: String,
    name: String,
    /// Whether it sends nothing and fills the outbox instead; false unless said otherwise.
    simulated: Option<bool>,
    /// Whether steps of its kind that name no connection use it. There is one default of each kind.
    default: Option<bool>,
    settings: Option<ConnectionSettings>,
    secrets: Option<ConnectionSecrets>,
}

/// A change of a connection: keys that are not there stay.
#[derive(JsonSchema)]
#[schemars(transform = words::nothing_required)]
pub struct ConnectionChange {
    #[schemars(with = "String")]
    name: Option<String>,
    simulated: Option<bool>,
    default: Option<bool>,
    /// Replaces all.
    settings: Option<ConnectionSettings>,
    /// Each replaces the one of its name, and null removes it.
    secrets: Option<ConnectionSecrets>,
}

/// What may be shown of a connection; which keys depends on its kind.
#[derive(JsonSchema)]
pub struct ConnectionSettings {
    /// `whatsapp`: the id that Meta shows, not the phone number.
    phone_number_id: Option<String>,
    /// `whatsapp`.
    business_account_id: Option<String>,
    /// `email`: the sender, `negozio@example.com` or `Negozio <negozio@example.com>`.
    from: Option<String>,
    /// `http`: sent with every call.
    headers: Option<BTreeMap<String, String>>,
    /// `http`: the hosts to which it may give anything, `api.example.com` or `*.example.com`, with or without a port.
    /// Without them a default connection keeps its secret headers for the steps that name it.
    hosts: Option<Vec<String>>,
}

/// The secrets of a connection; which keys depends on its kind. They are sealed, and never shown again.
#[derive(JsonSchema)]
pub struct ConnectionSecrets {
    /// `whatsapp`.
    access_token: Option<String>,
    /// `whatsapp`.
    app_secret: Option<String>,
    /// `whatsapp`.
    verify_token: Option<String>,
    /// `http`: headers that are nobody's to see.
    headers: Option<BTreeMap<String, String>>,
    /// `http`: `whsec_` and 24 to 64 bytes in base64; signs calls per Standard Webhooks.
    signing_secret: Option<String>,
}

/// Who is erased: one of the two.
#[derive(JsonSchema)]
pub struct EraseInput {
    /// In any notation; without a country's code it is of `DEFAULT_COUNTRY`.
    phone: Option<String>,
    email: Option<String>,
}

/// Whose data is asked for: one of the two.
#[derive(JsonSchema)]
pub struct ExportInput {
    /// In any notation; without a country's code it is of `DEFAULT_COUNTRY`.
    phone: Option<String>,
    email: Option<String>,
    /// `next` of the part before.
    cursor: Option<String>,
}

/// The admin token.
#[derive(JsonSchema)]
pub struct SessionInput {
    token: String,
}
