//! `/sources`: the inbound addresses and how each wants to be treated.
//!
//! What a source has learned is not here but in [`fields`](super::fields). Its secrets are only counted, never shown.

use serde::Serialize;
use serde_json::Value;

use super::call::{Call, deleted};
use super::view::{List, Notice, Time};
use crate::app::{identify, limits, sources};
use crate::domain::ids::{SourceId, Token};
use crate::domain::input::Reader;
use crate::domain::limits::Usage;
use crate::domain::problem::{Problem, verdict};
use crate::domain::signature::MAX_SECRET;
use crate::domain::source::{Response as FormResponse, ResponseMode, Source};
use crate::http::message::Response;
use crate::store::Page;

/// **Limit:** seconds that a rotated token may go on working: 30 days.
const MAX_GRACE_S: u32 = 2_592_000;

/// A source: an inbound address.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Source"))]
pub struct SourceView {
    id: String,
    name: String,
    /// Where to send deliveries. Whoever knows it can send.
    url: String,
    /// The unguessable part of the URL.
    token: String,
    /// Until when the token before the last rotation still works.
    old_token_until: Option<Time>,
    /// The fields that together are the sender's own id; null leaves it to the headers.
    delivery_id: Option<DeliveryId>,
    /// For how many seconds an equal body with an equal query is taken as a repetition; 0 never.
    dedupe_window_s: u32,
    /// The origins whose pages may send; null means any.
    allowed_origins: Option<Vec<String>>,
    /// How a plain HTML form is answered.
    response: FormAnswer,
    /// How deliveries prove where they come from; `secrets` is how many there are. Null when they need not.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<VerificationView>"))]
    verification: Option<Value>,
    /// How a provider's challenge is answered, beside those that need no setting.
    challenge: Option<ChallengeView>,
    /// Whether bodies are kept after their runs are over.
    keep_body: bool,
    /// How much it may receive in a day of UTC, as it was set; null is the default.
    limits: LimitsView,
    /// What it received today, as far as it is counted, beside what it may.
    today: TodayView,
    /// What is to be said about that.
    warnings: Vec<Notice>,
    created_at: Time,
}

/// How much a source may receive in a day.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Limits"))]
struct LimitsView {
    /// Events; an item of an array is one.
    events_per_day: Option<u32>,
    /// Bytes of bodies.
    bytes_per_day: Option<u32>,
}

/// What a source received today (UTC), and what it may.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Today"))]
struct TodayView {
    events: u64,
    events_limit: u64,
    bytes: u64,
    bytes_limit: u64,
}

/// The fields that together are the sender's own id for a delivery.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
struct DeliveryId {
    fields: Vec<String>,
}

/// The answer to a plain HTML form.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
struct FormAnswer {
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "crate::http::openapi::words::response_mode"))]
    mode: ResponseMode,
    /// The text of the thank-you page.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// Where the redirect goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

/// How a provider's challenge is answered.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Challenge"))]
struct ChallengeView {
    /// The query parameter whose value is sent back.
    query: Option<String>,
    /// Whether a `hub.verify_token` is demanded. It is never shown.
    verify_token: bool,
}

/// What `identify` found.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Identified {
    /// The rules that fit, as `verification` takes them when `secrets` is added; the named schemes first.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Vec<MatchView>"))]
    matches: Vec<Value>,
    /// Until when the signatures of deliveries are kept for this.
    capturing_until: Time,
    /// How many deliveries were looked at: of those since the first call, at most the last 5.
    captured: usize,
}

/// How deliveries prove where they come from.
#[cfg(not(target_arch = "wasm32"))]
#[derive(schemars::JsonSchema)]
#[schemars(rename = "Verification")]
#[expect(dead_code, reason = "the schema of what `domain::signature` writes")]
struct VerificationView {
    scheme: String,
    /// The header in which a shared token or the signature of `hmac` stands.
    #[schemars(skip_serializing_if = "Option::is_none")]
    header: Option<String>,
    /// Of `basic`.
    #[schemars(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    /// Of `hmac`, as the following.
    #[schemars(schema_with = "crate::http::openapi::words::algorithm", skip_serializing_if = "Option::is_none")]
    algorithm: Option<String>,
    #[schemars(schema_with = "crate::http::openapi::words::encoding", skip_serializing_if = "Option::is_none")]
    encoding: Option<String>,
    #[schemars(skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
    #[schemars(schema_with = "crate::http::openapi::words::signed", skip_serializing_if = "Option::is_none")]
    signed: Option<String>,
    #[schemars(skip_serializing_if = "Option::is_none")]
    timestamp_header: Option<String>,
    #[schemars(skip_serializing_if = "Option::is_none")]
    tolerance_s: Option<u32>,
    /// How many secrets are set. They are never shown.
    secrets: usize,
}

/// A rule that fits: as a source's verification, without secrets.
#[cfg(not(target_arch = "wasm32"))]
#[derive(schemars::JsonSchema)]
#[schemars(rename = "Match")]
#[expect(dead_code, reason = "the schema of what `domain::signature` writes")]
struct MatchView {
    scheme: String,
    /// The header in which a shared token or the signature of `hmac` stands.
    #[schemars(skip_serializing_if = "Option::is_none")]
    header: Option<String>,
    /// Of `basic`.
    #[schemars(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    /// Of `hmac`, as the following.
    #[schemars(schema_with = "crate::http::openapi::words::algorithm", skip_serializing_if = "Option::is_none")]
    algorithm: Option<String>,
    #[schemars(schema_with = "crate::http::openapi::words::encoding", skip_serializing_if = "Option::is_none")]
    encoding: Option<String>,
    #[schemars(skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
    #[schemars(schema_with = "crate::http::openapi::words::signed", skip_serializing_if = "Option::is_none")]
    signed: Option<String>,
    #[schemars(skip_serializing_if = "Option::is_none")]
    timestamp_header: Option<String>,
    #[schemars(skip_serializing_if = "Option::is_none")]
    tolerance_s: Option<u32>,
}

/// The URL of a token.
pub(super) fn url(call: &Call<'_>, token: &Token) -> String {
    format!("{}/in/{}", call.origin(), token.as_str())
}

async fn view_one(call: &Call<'_>, source: Source) -> Result<Response, Problem> {
    let used = limits::usage(call.app, &[&source.id]).await?.into_iter().next().unwrap_or_default();
    Ok(Response::json(200, &view(call, source, used)))
}

fn view(call: &Call<'_>, source: Source, used: Usage) -> SourceView {
    let set = source.settings.limits;
    // A key that is missing or wrong must not hide the source: its secrets then count as none.
    let keys = sources::open_keys(call.app, &source).unwrap_or_default();
    let (secrets, verify_token) = (keys.signing.len(), keys.verify_token.is_some());
    let query = source.settings.challenge_query;
    let challenge = (query.is_some() || verify_token).then_some(ChallengeView { query, verify_token });
    let FormResponse { mode, text, url: to } = source.settings.response;
    SourceView {
        id: source.id.to_string(),
        name: source.name,
        url: url(call, &source.token),
        token: source.token.as_str().to_owned(),
        old_token_until: source.old_token_until.map(Time::from),
        delivery_id: source.settings.delivery_id_fields.map(|fields| DeliveryId { fields }),
        dedupe_window_s: source.settings.dedupe_window_s,
        allowed_origins: source.settings.allowed_origins,
        response: FormAnswer { mode, text, url: to },
        verification: source.settings.verification.map(|verification| verification.to_json(Some(secrets))),
        challenge,
        keep_body: source.settings.keep_body,
        limits: LimitsView { events_per_day: set.events_per_day, bytes_per_day: set.bytes_per_day },
        today: TodayView {
            events: used.events,
            events_limit: set.events(),
            bytes: used.bytes,
            bytes_limit: set.bytes(),
        },
        warnings: set.warnings(used).into_iter().map(|warning| Notice::new(warning, Some(&source.id))).collect(),
        created_at: source.created_at.into(),
    }
}

pub(super) fn id(call: &Call<'_>) -> Result<SourceId, Problem> {
    call.id("source", SourceId::parse)
}

pub(super) async fn list(call: &Call<'_>) -> Result<Response, Problem> {
    let mut query = call.query();
    let limit = query.limit();
    let before = query.cursor(SourceId::parse)?.map(|id| id.to_string());
    query.finish()?;
    let rows = sources::list(call.app, &Page { before, limit: limit + 1 }).await?;
    let ids: Vec<_> = rows.iter().map(|source| &source.id).collect();
    let used = limits::usage(call.app, &ids).await?;
    let rows = rows.into_iter().zip(used).collect();
    let page = List::page(
        rows,
        limit,
        |row: &(Source, Usage)| row.0.id.to_string(),
        |(source, used)| view(call, source, used),
    );
    Ok(Response::json(200, &page))
}

pub(super) async fn get(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    view_one(call, sources::get(call.app, &id(call)?).await?).await
}

pub(super) async fn change(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    view_one(call, sources::change(call.app, &id(call)?, &call.body()?).await?).await
}

pub(super) async fn delete(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    sources::delete(call.app, &id(call)?).await?;
    Ok(deleted())
}

pub(super) async fn rotate(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    let body = call.optional_body()?;
    let mut reader = Reader::new(&body).map_err(|fault| Problem::invalid(vec![fault]))?;
    let grace_s = reader.integer("grace_seconds", 0, MAX_GRACE_S);
    verdict(reader.finish())?;
    let grace_s = grace_s.unwrap_or(sources::DEFAULT_GRACE_S);
    view_one(call, sources::rotate(call.app, &id(call)?, grace_s).await?).await
}

pub(super) async fn identify(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    let body = call.body()?;
    let mut reader = Reader::new(&body).map_err(|fault| Problem::invalid(vec![fault]))?;
    let secret = reader.required_text("secret", MAX_SECRET);
    verdict(reader.finish())?;
    let found = identify::identify(call.app, &id(call)?, &secret.unwrap_or_default()).await?;
    let matches = found.matches.iter().map(|rule| rule.to_json(None)).collect();
    let answer = Identified { matches, capturing_until: found.until.into(), captured: found.captured };
    Ok(Response::json(200, &answer))
}
