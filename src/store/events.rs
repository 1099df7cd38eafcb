//! Events: the one durable write, and what is read of it later.
//!
//! **Length:** what is written and what is read of one table stand side by side.
//!
//! It knows no run but to ask whether there is one, and reads no body.

use serde::{Deserialize, Serialize};

use crate::domain::event::{Event, flag};
use crate::domain::ids::{EventId, SourceId, Token};
use crate::domain::time::Timestamp;
use crate::sql;

use super::{Arg, Database, DatabaseExt, Page, Result, Statement};

/// Under which rules a delivery was accepted. The insert checks that they still hold, in the same instant.
#[derive(Clone, Debug)]
pub struct Admission {
    /// The token to which it was sent.
    pub token: Token,
    /// The revision of the source's settings under which it was verified.
    pub revision: u32,
    /// Refuse a body that is equal to one received since then.
    pub equal_since: Option<Timestamp>,
    /// Now.
    pub now: Timestamp,
}

/// Stores an event; returns its id when it went in.
///
/// Without an admission (an event that was acknowledged before) only the source must exist.
pub fn insert(event: &Event, admission: Option<&Admission>) -> Statement {
    let mut statement = sql!(
        "INSERT INTO events (source_id, id, content_type, user_agent, query, encoding, body, delivery_id, body_hash, test, hop)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11
         FROM sources s
         WHERE s.id = ?1
           AND (?12 IS NULL OR (s.revision = ?12 AND s.deleted_at IS NULL
                AND (s.token = ?13 OR (s.old_token = ?13 AND s.old_token_until > ?14))))
           AND (?15 IS NULL OR NOT EXISTS (
                SELECT 1 FROM events e WHERE e.source_id = ?1 AND e.id >= ?15 AND e.body_hash = ?9))
         ON CONFLICT DO NOTHING
         RETURNING id AS row",
        event.source_id.as_str(),
        event.id.as_str(),
        event.content_type.clone(),
        event.user_agent.clone(),
        event.query.clone(),
        &event.encoding,
        &event.body,
        event.delivery_id.clone(),
        event.body_hash.clone(),
        event.test,
        u32::from(event.hop),
    );
    statement.args.extend(match admission {
        None => [Arg::Null, Arg::Null, Arg::Null, Arg::Null],
        Some(rules) => [
            rules.revision.into(),
            rules.token.as_str().into(),
            rules.now.into(),
            rules.equal_since.map(|since| EventId::floor(since).as_str().to_owned()).into(),
        ],
    });
    statement
}

/// An event and its admission as a row of [`insert_all`].
pub struct Row {
    /// All but the body, as a JSON list without the bracket before it.
    head: String,
    body: String,
}

impl Row {
    /// `None` when the event cannot be one. SQLite gives every text back as it was, also one with a NUL, which its JSON once
    /// cut there.
    pub fn new(event: &Event, rules: &Admission) -> Option<Self> {
        let head = (
            &event.source_id,
            &event.id,
            rules.revision,
            &rules.token,
            rules.now,
            rules.equal_since.map(EventId::floor),
            &event.content_type,
            &event.user_agent,
            &event.query,
            &event.encoding,
            &event.delivery_id,
            &event.body_hash,
            u8::from(event.test),
            event.hop,
        );
        let mut head = serde_json::to_string(&head).ok()?;
        head.remove(0);
        Some(Self { head, body: event.body.clone() })
    }

    /// How long it is in the statement, but for a few digits.
    pub const fn bytes(&self) -> usize {
        self.head.len() + self.body.len()
    }
}

/// Stores events, each under its own admission, as [`insert`] does; returns the ids of those that went in.
///
/// The bodies are one text beside the rows, and each row says where its own lies, in bytes: within JSON every quote of a
/// body would be escaped and read again.
pub fn insert_all<'a>(rows: impl Iterator<Item = &'a Row>) -> Statement {
    let (mut heads, mut bodies) = (String::from("["), String::new());
    for row in rows {
        let separator = if heads.len() > 1 { "," } else { "" };
        // SQLite counts from one.
        heads.push_str(&format!("{separator}[{},{},", bodies.len() + 1, row.body.len()));
        heads.push_str(&row.head);
        bodies.push_str(&row.body);
    }
    heads.push(']');
    sql!(
        "INSERT INTO events (source_id, id, content_type, user_agent, query, encoding, body, delivery_id, body_hash, test, hop)
         SELECT s.id, j.value ->> 3, j.value ->> 8, j.value ->> 9, j.value ->> 10, j.value ->> 11,
           coalesce(CAST(substr(CAST(?2 AS BLOB), j.value ->> 0, j.value ->> 1) AS TEXT), ''),
           j.value ->> 12, j.value ->> 13, j.value ->> 14, j.value ->> 15
         FROM json_each(?1) j CROSS JOIN sources s ON s.id = j.value ->> 2
         WHERE s.revision = j.value ->> 4 AND s.deleted_at IS NULL
           AND (s.token = j.value ->> 5 OR (s.old_token = j.value ->> 5 AND s.old_token_until > j.value ->> 6))
           AND (j.value ->> 7 IS NULL OR NOT EXISTS (
                SELECT 1 FROM events e WHERE e.source_id = s.id AND e.id >= j.value ->> 7 AND e.body_hash = j.value ->> 13))
         ON CONFLICT DO NOTHING
         RETURNING id AS row",
        heads,
        bodies
    )
}

/// What is there of an event that did not go in: itself, or the one that came before it.
#[derive(Deserialize, Clone, Debug)]
pub struct Known {
    /// The id of the event that is stored.
    pub id: EventId,
    /// Its delivery id.
    pub delivery_id: Option<String>,
    /// The hash of its body.
    pub body_hash: Option<String>,
}

/// Looks for an event by its own id, by its delivery id, and by its body within the window.
pub fn known(event: &Event, equal_since: Option<Timestamp>) -> Statement {
    sql!(
        "SELECT json_object('id', id, 'delivery_id', delivery_id, 'body_hash', body_hash) AS row FROM (
           SELECT 0 AS rank, * FROM events WHERE source_id = ?1 AND id = ?2
           UNION ALL SELECT 1, * FROM events WHERE source_id = ?1 AND delivery_id = ?3 AND ?3 IS NOT NULL
           UNION ALL SELECT 2, * FROM events WHERE source_id = ?1 AND id >= ?5 AND body_hash = ?4 AND ?5 IS NOT NULL)
         ORDER BY rank, id LIMIT 1",
        event.source_id.as_str(),
        event.id.as_str(),
        event.delivery_id.clone(),
        event.body_hash.clone(),
        equal_since.map(|since| EventId::floor(since).as_str().to_owned())
    )
}

/// The columns of an event `e` as one JSON document.
///
/// **Limit:** a long body is not in it. As JSON a text can be six times as long, and D1 gives no text above 2,000,000
/// bytes: one hostile body would keep everything from being read that stands beside it. [`whole`] reads it by itself.
macro_rules! event_json {
    () => {
        event_json!($crate::store::events::short_body!())
    };
    ($($body:tt)+) => {
        concat!(
            "json_object('id', e.id, 'source_id', e.source_id, 'content_type', e.content_type, 'user_agent', e.user_agent, ",
            "'query', e.query, 'encoding', e.encoding, 'body', ",
            $($body)+,
            ", 'delivery_id', e.delivery_id, 'body_hash', e.body_hash, 'test', e.test, 'hop', e.hop)"
        )
    };
}
pub(super) use event_json;

/// The body of an event `e`, null when it is a long one.
macro_rules! short_body {
    () => {
        "CASE WHEN length(e.body) > 300000 THEN NULL ELSE e.body END"
    };
}
pub(super) use short_body;

/// An event as [`event_json`] gives it: whole, or without its body.
#[derive(Deserialize, Debug)]
pub struct Read {
    id: EventId,
    source_id: SourceId,
    content_type: Option<String>,
    user_agent: Option<String>,
    query: Option<String>,
    encoding: String,
    body: Option<String>,
    delivery_id: Option<String>,
    body_hash: Option<String>,
    #[serde(deserialize_with = "flag")]
    test: bool,
    hop: u8,
}

impl Read {
    /// The same with a body that was read beside it.
    pub fn with_body(self, body: Option<String>) -> Self {
        Self { body, ..self }
    }

    /// Its key as a JSON list: source and event.
    pub fn key(&self) -> String {
        format!("[\"{}\",\"{}\"]", self.source_id, self.id)
    }
}

/// The event with its body, which is read by itself when it is long. `None` when it was removed meanwhile.
pub async fn whole(db: &dyn Database, read: Read) -> Result<Option<Event>> {
    let body = match read.body {
        Some(body) => Some(body),
        None => {
            let statement = sql!(
                "SELECT body AS row FROM events WHERE source_id = ?1 AND id = ?2",
                read.source_id.as_str(),
                read.id.as_str()
            );
            db.batch(vec![statement]).await?.into_iter().next().unwrap_or_default().into_iter().next()
        }
    };
    Ok(body.map(|body| Event {
        id: read.id,
        source_id: read.source_id,
        content_type: read.content_type,
        user_agent: read.user_agent,
        query: read.query,
        encoding: read.encoding,
        body,
        delivery_id: read.delivery_id,
        body_hash: read.body_hash,
        test: read.test,
        hop: read.hop,
    }))
}

/// An event, found without knowing its source: one look-up per source, which saves an index of its own.
///
/// `CROSS JOIN` here and below keeps SQLite from reading all events and looking up the source of each.
pub async fn get(db: &dyn Database, id: &EventId) -> Result<Option<Event>> {
    let read = db
        .first::<Read>(sql!(
            concat!(
                "SELECT ",
                event_json!(),
                " AS row FROM sources s CROSS JOIN events e ON e.source_id = s.id AND e.id = ?1 LIMIT 1"
            ),
            id.as_str()
        ))
        .await?;
    match read {
        Some(read) => whole(db, read).await,
        None => Ok(None),
    }
}

/// What a list of events asks for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only of this source.
    pub source: Option<SourceId>,
    /// Only those whose delivery id, or whose body in its first 4,096 characters, holds this text, without case in ASCII.
    /// A list with a text is [`search`]'s.
    pub text: Option<String>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
}

/// Events without their bodies, newest first: 200 of them may be a megabyte each. The newest of each source are found by
/// its key and then merged.
pub async fn list(db: &dyn Database, filter: &Filter, page: &Page) -> Result<Vec<Event>> {
    let floor = |at: Timestamp| EventId::floor(at).as_str().to_owned();
    // Always a bound, later than every id when there is none: behind an `OR` the key would not be used.
    let before =
        filter.to.map(floor).into_iter().chain(page.before.clone()).min().unwrap_or_else(|| "evt_~".to_owned());
    db.all(sql!(
        concat!(
            "SELECT ",
            event_json!("''"),
            " AS row FROM sources s CROSS JOIN events e ON e.source_id = s.id AND e.id IN (
                SELECT id FROM events x WHERE x.source_id = s.id AND x.id < ?2 AND x.id >= ?3
                ORDER BY x.id DESC LIMIT ?4)
             WHERE ?1 IS NULL OR s.id = ?1
             ORDER BY e.id DESC LIMIT ?4"
        ),
        filter.source.as_ref().map(SourceId::as_str),
        before,
        filter.from.map(floor).unwrap_or_default(),
        page.limit
    ))
    .await
}

/// **Limit:** events that one search looks at. SQLite reads every body that it searches, and while it does nothing is
/// written: without a bound, one search over ten megabytes held up ingest for seconds.
pub const SEARCHED: u32 = 1_000;

/// What a search found.
#[derive(Deserialize, Clone, Debug)]
pub struct Found {
    /// The events without their bodies, newest first.
    pub events: Vec<Event>,
    /// The last event that was looked at, when there may be older ones.
    pub last: Option<EventId>,
}

/// The newest events that hold a text, among the [`SEARCHED`] newest that the filter leaves. Each source's newest are
/// found by its key, so that no body is read but those that are searched, and of those the beginning.
pub async fn search(db: &dyn Database, filter: &Filter, text: &str, page: &Page) -> Result<Found> {
    let floor = |at: Timestamp| EventId::floor(at).as_str().to_owned();
    let before =
        filter.to.map(floor).into_iter().chain(page.before.clone()).min().unwrap_or_else(|| "evt_~".to_owned());
    let found: Option<Found> = db
        .first(sql!(
            concat!(
                "WITH looked AS MATERIALIZED (
                   SELECT x.source_id, x.id FROM sources s CROSS JOIN events x ON x.source_id = s.id AND x.id IN (
                       SELECT id FROM events y WHERE y.source_id = s.id AND y.id < ?2 AND y.id >= ?3
                       ORDER BY y.id DESC LIMIT ?6)
                   WHERE ?1 IS NULL OR s.id = ?1
                   ORDER BY x.id DESC LIMIT ?6),
                 hits AS MATERIALIZED (
                   SELECT e.id, ",
                event_json!("''"),
                " AS event FROM looked l CROSS JOIN events e ON e.source_id = l.source_id AND e.id = l.id
                   WHERE (e.encoding <> 'base64' AND instr(lower(substr(e.body, 1, 4096)), ?4) > 0)
                      OR instr(lower(coalesce(e.delivery_id, '')), ?4) > 0
                   ORDER BY e.id DESC LIMIT ?5)
                 SELECT json_object(
                   'events', json((SELECT json_group_array(json(event)) FROM (SELECT event FROM hits ORDER BY id DESC))),
                   'last', (SELECT CASE WHEN count(*) = ?6 THEN min(id) END FROM looked)) AS row"
            ),
            filter.source.as_ref().map(SourceId::as_str),
            before,
            filter.from.map(floor).unwrap_or_default(),
            text.to_lowercase(),
            page.limit,
            SEARCHED
        ))
        .await?;
    Ok(found.unwrap_or(Found { events: Vec::new(), last: None }))
}

/// Removes an event.
pub fn delete(source: &SourceId, id: &EventId) -> Statement {
    sql!("DELETE FROM events WHERE source_id = ?1 AND id = ?2 RETURNING id AS row", source.as_str(), id.as_str())
}

/// Events without any run although an automation that is older than they are listens to their source, between two
/// ids, oldest first.
pub async fn without_runs(db: &dyn Database, after: &str, until: &EventId, limit: u32) -> Result<Vec<EventKey>> {
    db.all(sql!(
        "SELECT json_array(e.source_id, e.id) AS row
         FROM sources s CROSS JOIN events e ON e.source_id = s.id AND e.id > ?1 AND e.id <= ?2
         WHERE e.encoding <> 'forgotten'
           AND EXISTS (SELECT 1 FROM automations a WHERE a.source_id = s.id AND a.deleted_at IS NULL
                         AND a.since <= e.id
                         AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.event_id = e.id AND r.automation_id = a.id))
         ORDER BY e.id LIMIT ?3",
        after,
        until.as_str(),
        limit
    ))
    .await
}

/// The key of an event.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct EventKey(pub SourceId, pub EventId);

/// Removes a bounded number of events that are older than an id, with no open run. Returns what went.
pub async fn purge(db: &dyn Database, older_than: &EventId, limit: u32) -> Result<usize> {
    db.count(sql!(
        "DELETE FROM events WHERE (source_id, id) IN (
           SELECT e.source_id, e.id FROM sources s CROSS JOIN events e ON e.source_id = s.id AND e.id < ?1
           WHERE NOT EXISTS (SELECT 1 FROM runs r WHERE r.event_id = e.id AND r.open IS NOT NULL AND r.event_copy IS NULL)
           LIMIT ?2)
         RETURNING id AS row",
        older_than.as_str(),
        limit
    ))
    .await
}

/// Takes the body of an event `e` away: what it says, and by what an equal one would be known.
macro_rules! forgets {
    () => {
        "UPDATE events SET body = '', query = NULL, encoding = 'forgotten' WHERE (source_id, id) IN (
           SELECT e.source_id, e.id FROM sources s CROSS JOIN events e ON e.source_id = s.id "
    };
}

/// That an event `e` of a source `s` has all its runs, that none of them needs it, and that its body is not to be kept.
macro_rules! unkept {
    () => {
        " AND s.settings ->> 'keep_body' = 0 AND e.encoding <> 'forgotten'
             AND NOT EXISTS (SELECT 1 FROM automations a WHERE a.source_id = s.id AND a.deleted_at IS NULL
                               AND a.since <= e.id
                               AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.event_id = e.id AND r.automation_id = a.id))
             AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.event_id = e.id AND r.open IS NOT NULL AND r.event_copy IS NULL)"
    };
}

/// Forgets the bodies of sources that do not keep them, once the events have all their runs and none of those that are
/// open needs them.
pub async fn forget_bodies(db: &dyn Database, after: &EventId, before: &EventId, limit: u32) -> Result<usize> {
    db.count(sql!(
        concat!(forgets!(), "AND e.id > ?1 AND e.id < ?2 WHERE 1", unkept!(), " LIMIT ?3) RETURNING id AS row"),
        after.as_str(),
        before.as_str(),
        limit
    ))
    .await
}

/// How far a walk over the bodies that are not kept has come: the last event that was looked at.
pub type BodyPlace = EventKey;

/// The event up to which the next piece of that walk goes, among those before `before`; `None` at the end.
pub async fn body_piece_end(
    db: &dyn Database,
    after: Option<&BodyPlace>,
    before: &EventId,
    rows: u32,
) -> Result<Option<BodyPlace>> {
    db.first(sql!(
        "SELECT json_array(source_id, id) AS row FROM (
           SELECT e.source_id, e.id FROM sources s CROSS JOIN events e
             ON e.source_id = s.id AND e.id > CASE WHEN s.id = ?1 THEN ?2 ELSE '' END AND e.id < ?3
           WHERE s.id >= ?1 AND s.settings ->> 'keep_body' = 0 ORDER BY s.id, e.id LIMIT ?4)
         ORDER BY source_id DESC, id DESC LIMIT 1",
        after.map_or("", |place| place.0.as_str()),
        after.map_or("", |place| place.1.as_str()),
        before.as_str(),
        rows
    ))
    .await
}

/// Forgets the bodies of a piece that are not to be kept.
pub fn forget_older_bodies(after: Option<&BodyPlace>, until: &BodyPlace) -> Statement {
    sql!(
        concat!(
            forgets!(),
            "AND e.id > CASE WHEN s.id = ?1 THEN ?2 ELSE '' END AND e.id <= CASE WHEN s.id = ?3 THEN ?4 ELSE 'evt_~' END
             WHERE s.id >= ?1 AND s.id <= ?3",
            unkept!(),
            ") RETURNING id AS row"
        ),
        after.map_or("", |place| place.0.as_str()),
        after.map_or("", |place| place.1.as_str()),
        until.0.as_str(),
        until.1.as_str()
    )
}
