//! What is known about people, wherever it lies: read piece by piece along each table's key, and erased by key.
//!
//! It looks for nothing: whether a row mentions somebody is decided by whoever reads the piece. Nothing is searched with
//! SQL, because a number has more notations than a pattern can say.
//!
//! **Length:** what reads a person's rows and what removes them stand side by side, table by table.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::domain::ids::{ErasureId, EventId, SourceId};
use crate::domain::time::Timestamp;
use crate::sql;

use super::events::{Read, event_json};
use super::{Database, DatabaseExt, Result, Statement, json_text, to_text};

/// A table in which people are found, in the order in which they are looked through: what could still cause something
/// comes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// The events.
    Events,
    /// The runs.
    Runs,
    /// What simulated connections would have sent.
    Outbox,
    /// The contacts.
    Contacts,
    /// What was gathered and is not among the learned fields yet: what mentions somebody is moved there to be found.
    Tallies,
    /// Learned fields: their samples, and their names.
    Fields,
}

impl Stage {
    /// Every stage in its order.
    pub const ALL: [Self; 6] = [Self::Events, Self::Runs, Self::Outbox, Self::Contacts, Self::Tallies, Self::Fields];

    /// The word.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Runs => "runs",
            Self::Outbox => "outbox",
            Self::Contacts => "contacts",
            Self::Tallies => "tallies",
            Self::Fields => "fields",
        }
    }

    /// What comes after it.
    pub fn next(self) -> Option<Self> {
        let at = Self::ALL.iter().position(|own| *own == self)?;
        Self::ALL.get(at + 1).copied()
    }
}

/// How far a walk has come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// In which table.
    pub stage: Stage,
    /// The key of the last row that was looked at, a JSON list; none at the table's beginning.
    pub after: Option<String>,
}

impl Place {
    /// Where every walk begins.
    pub const START: Self = Self { stage: Stage::Events, after: None };

    /// The place as a text: the stage, and the key behind a space.
    pub fn to_text(&self) -> String {
        format!("{} {}", self.stage.as_str(), self.after.as_deref().unwrap_or_default())
    }

    /// The way back. A key that cannot be one of ours makes it no place.
    pub fn parse(text: &str) -> Option<Self> {
        let (stage, key) = text.split_once(' ')?;
        let stage = Stage::ALL.into_iter().find(|own| own.as_str() == stage)?;
        let is_list = serde_json::from_str::<Value>(key).is_ok_and(|key| key.is_array());
        (key.is_empty() || is_list).then(|| Self { stage, after: Some(key.to_owned()).filter(|key| !key.is_empty()) })
    }
}

/// **Limit:** rows of one piece.
pub const PIECE_ROWS: u32 = 500;

/// **Limit:** characters of one piece, beyond its first row: an isolate holds each of them more than once.
const PIECE_CHARS: u32 = 1_000_000;

/// What a second look is about: what was known when an erasure was asked for, and was written since.
#[derive(Clone, Copy, Debug)]
pub struct Since(pub Timestamp);

/// How long before an erasure an event may have been received that was still on its way into the database.
const ON_ITS_WAY_MS: i64 = 3_600_000;

impl Since {
    /// The first moment of what is new: what came then or later is the person's own.
    const fn after(self) -> Timestamp {
        self.0.plus_ms(1)
    }
}

/// A piece of the events whose keys a query gives, in their order, as far as their bodies fit.
macro_rules! piece_of_events {
    ($keys:literal) => {
        concat!(
            "SELECT row FROM (
               SELECT ",
            event_json!(),
            " AS row, sum(length(e.body)) OVER (ORDER BY e.source_id, e.id) AS chars,
                 row_number() OVER (ORDER BY e.source_id, e.id) AS number
               FROM (",
            $keys,
            ") k CROSS JOIN events e ON e.source_id = k.source_id AND e.id = k.id)
             WHERE chars <= ?3 OR number = 1 ORDER BY number"
        )
    };
}

/// The next events behind a key; for a second look only those that were received lately.
pub async fn events(db: &dyn Database, after: Option<&str>, since: Option<Since>) -> Result<Vec<Read>> {
    let after = after.unwrap_or(r#"["",""]"#);
    let statement = match since {
        None => sql!(
            piece_of_events!(
                "SELECT source_id, id FROM events WHERE (source_id, id) > (?1 ->> 0, ?1 ->> 1)
                 ORDER BY source_id, id LIMIT ?2"
            ),
            after,
            PIECE_ROWS,
            PIECE_CHARS
        ),
        Some(since) => sql!(
            piece_of_events!(
                "SELECT i.source_id, i.id FROM sources s
                 CROSS JOIN events i ON i.source_id = s.id AND i.id >= ?4 AND i.id < ?5
                 WHERE s.id >= ?1 ->> 0 AND (i.source_id, i.id) > (?1 ->> 0, ?1 ->> 1)
                 ORDER BY i.source_id, i.id LIMIT ?2"
            ),
            after,
            PIECE_ROWS,
            PIECE_CHARS,
            EventId::floor(since.0.plus_ms(-ON_ITS_WAY_MS)).as_str(),
            EventId::floor(since.after()).as_str()
        ),
    };
    db.all(statement).await
}

/// A row of any other table: its key as a JSON list, and everything in it that could mention somebody, none when that is
/// long (see [`text_of`]).
pub type Row = (String, Option<String>);

/// A piece of a table: rows behind a key in its order, as far as their texts fit.
///
/// **Limit:** a text above 300,000 characters is left out and read by itself: as JSON it may be six times as long, and
/// D1 gives no text above 2,000,000 bytes.
macro_rules! piece {
    ($key:literal, $after:literal, [$($text:literal),+], $table:literal) => {
        concat!(
            "SELECT json_array(json_array(",
            $key,
            ") || '', CASE WHEN length(text) > 300000 THEN NULL ELSE text END) AS row FROM (
               SELECT *, sum(length(text)) OVER (ORDER BY ",
            $key,
            ") AS chars, row_number() OVER (ORDER BY ",
            $key,
            ") AS nth FROM (SELECT ",
            $key,
            ", ",
            $($text,)+
            " AS text FROM ",
            $table,
            " WHERE (",
            $key,
            ") > (",
            $after,
            ") ORDER BY ",
            $key,
            " LIMIT ?2)) WHERE chars <= ?3 OR nth = 1 ORDER BY nth"
        )
    };
}

macro_rules! runs {
    ($($when:literal, $otherwise:literal)?) => {
        piece!(
            "event_id, automation_id, number",
            "?1 ->> 0, ?1 ->> 1, ?1 ->> 2",
            [$($when,)? "steps || coalesce(error, '') || coalesce(event_copy, '')" $(, $otherwise)?],
            "runs"
        )
    };
}

macro_rules! outbox {
    ($($when:literal, $otherwise:literal)?) => {
        piece!(
            "event_id, automation_id, number, step_id",
            "?1 ->> 0, ?1 ->> 1, ?1 ->> 2, ?1 ->> 3",
            [$($when,)? "recipient || ' ; ' || content" $(, $otherwise)?],
            "outbox"
        )
    };
}

macro_rules! contacts {
    ($($when:literal, $otherwise:literal)?) => {
        piece!(
            "id",
            "?1 ->> 0",
            [
                $($when,)?
                "coalesce(phone, '') || ' ; ' || coalesce(email, '') || ' ; ' || coalesce(name, '') || ' ; ' || properties || tags"
                $(, $otherwise)?
            ],
            "contacts"
        )
    };
}

const RUNS: &str = runs!();

/// The same walk, with nothing to read in runs that nobody has touched since.
const RUNS_SINCE: &str = runs!(
    "CASE WHEN event_id < 'evt_' || ?5 AND (open IS NOT NULL OR finished_at >= ?4) AND steps ->> '$[0].emptied' IS NOT 1
     THEN ",
    " ELSE '' END"
);

const OUTBOX: &str = outbox!();

const OUTBOX_SINCE: &str = outbox!("CASE WHEN event_id < 'evt_' || ?5 AND created_at >= ?4 THEN ", " ELSE '' END");

const CONTACTS: &str = contacts!();

/// A contact has the time of the event whose run made it in its id: one that the person's next event makes is theirs.
const CONTACTS_SINCE: &str = contacts!("CASE WHEN id < 'cnt_' || ?5 AND updated_at >= ?4 THEN ", " ELSE '' END");

const TALLIES: &str = piece!("source_id", "?1 ->> 0", ["entries"], "tallies");

const FIELDS: &str = piece!("source_id, path", "?1 ->> 0, ?1 ->> 1", ["path || ' ; ' || samples"], "fields");

/// The statement of a piece of any table but the events; for a second look what was not written since has no text.
pub fn piece(stage: Stage, after: Option<&str>, since: Option<Since>) -> Statement {
    let after = after.unwrap_or(r#"["","",0,""]"#);
    let sql = match (stage, since) {
        (Stage::Runs | Stage::Events, Some(_)) => RUNS_SINCE,
        (Stage::Outbox, Some(_)) => OUTBOX_SINCE,
        (Stage::Contacts, Some(_)) => CONTACTS_SINCE,
        (Stage::Tallies | Stage::Fields, _) | (_, None) => return sql!(whole(stage), after, PIECE_ROWS, PIECE_CHARS),
    };
    let since = since.unwrap_or(Since(Timestamp::NEVER));
    let first_new = EventId::floor(since.after());
    let first_new = first_new.as_str().strip_prefix("evt_").unwrap_or_default();
    sql!(sql, after, PIECE_ROWS, PIECE_CHARS, since.0, first_new)
}

const fn whole(stage: Stage) -> &'static str {
    match stage {
        Stage::Runs | Stage::Events => RUNS,
        Stage::Outbox => OUTBOX,
        Stage::Contacts => CONTACTS,
        Stage::Tallies => TALLIES,
        Stage::Fields => FIELDS,
    }
}

/// The next rows of any table but the events.
pub async fn rows(db: &dyn Database, stage: Stage, after: Option<&str>, since: Option<Since>) -> Result<Vec<Row>> {
    db.all(piece(stage, after, since)).await
}

/// The text of a row that was too long for its piece: a run's or a message's.
pub async fn text_of(db: &dyn Database, stage: Stage, key: &str) -> Result<String> {
    let statement = match stage {
        Stage::Runs | Stage::Events => sql!(
            "SELECT steps || coalesce(error, '') || coalesce(event_copy, '') AS row FROM runs
             WHERE event_id = ?1 ->> 0 AND automation_id = ?1 ->> 1 AND number = ?1 ->> 2",
            key
        ),
        Stage::Outbox => sql!(
            "SELECT recipient || ' ; ' || content AS row FROM outbox
             WHERE event_id = ?1 ->> 0 AND automation_id = ?1 ->> 1 AND number = ?1 ->> 2 AND step_id = ?1 ->> 3",
            key
        ),
        Stage::Contacts => sql!("SELECT name || properties || tags AS row FROM contacts WHERE id = ?1 ->> 0", key),
        Stage::Tallies => sql!("SELECT entries AS row FROM tallies WHERE source_id = ?1 ->> 0", key),
        Stage::Fields => sql!("SELECT samples AS row FROM fields WHERE source_id = ?1 ->> 0 AND path = ?1 ->> 1", key),
    };
    let rows = db.batch(vec![statement]).await?.into_iter().next().unwrap_or_default();
    Ok(rows.into_iter().next().unwrap_or_default())
}

/// Forgets what events said, with all by which they would be known again; `keys` are lists of source and event,
/// `named` the events whose delivery id mentions the person.
pub fn forget_events(keys: &[String], named: &[String]) -> Statement {
    sql!(
        "UPDATE events SET body = '', query = NULL, user_agent = NULL, body_hash = NULL, encoding = 'forgotten',
           delivery_id = CASE WHEN id IN (SELECT value FROM json_each(?2)) THEN NULL ELSE delivery_id END
         WHERE (source_id, id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?1))
           AND (encoding <> 'forgotten' OR delivery_id IS NOT NULL) RETURNING id AS row",
        list(keys),
        to_text(&named)
    )
}

/// Removes messages of the outbox.
pub fn delete_messages(keys: &[String]) -> Statement {
    sql!(
        "DELETE FROM outbox WHERE (event_id, automation_id, number, step_id) IN (
           SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?1)) RETURNING event_id AS row",
        list(keys)
    )
}

/// Removes the messages of events; `keys` are lists of source and event.
pub fn delete_messages_of(keys: &[String]) -> Statement {
    sql!(
        "DELETE FROM outbox WHERE event_id IN (SELECT value ->> 1 FROM json_each(?1)) RETURNING event_id AS row",
        list(keys)
    )
}

/// Removes the delivery reports about runs; `keys` are lists of event, automation and number.
pub fn delete_reports(keys: &[String]) -> Statement {
    sql!(
        "DELETE FROM reports WHERE (event_id, automation_id, number) IN (
           SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?1)) RETURNING event_id AS row",
        list(keys)
    )
}

/// Removes the delivery reports about the runs of events; `keys` are lists of source and event.
pub fn delete_reports_of(keys: &[String]) -> Statement {
    sql!(
        "DELETE FROM reports WHERE event_id IN (SELECT value ->> 1 FROM json_each(?1)) RETURNING event_id AS row",
        list(keys)
    )
}

/// Forgets the beginnings of all refused bodies: they could not be read, so nobody can say of whom they speak.
pub fn forget_refused() -> Statement {
    sql!(
        "UPDATE refusals SET body = NULL WHERE (source_id, id) IN (
           SELECT r.source_id, r.id FROM sources s CROSS JOIN refusals r ON r.source_id = s.id AND r.body IS NOT NULL)
         RETURNING id AS row"
    )
}

/// Removes contacts.
pub fn delete_contacts(keys: &[String]) -> Statement {
    sql!("DELETE FROM contacts WHERE id IN (SELECT value ->> 0 FROM json_each(?1)) RETURNING id AS row", list(keys))
}

/// Forgets the samples of fields.
pub fn forget_samples(keys: &[String]) -> Statement {
    sql!(
        "UPDATE fields SET samples = '[]'
         WHERE (source_id, path) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?1)) RETURNING path AS row",
        list(keys)
    )
}

/// Keys that are JSON lists themselves as one list.
pub(super) fn list(keys: &[String]) -> String {
    format!("[{}]", keys.join(","))
}

/// An erasure.
#[derive(Deserialize, Clone, Debug)]
pub struct Erasure {
    /// Its id.
    pub id: ErasureId,
    /// `phone` or `email`.
    pub kind: String,
    /// The keyed hash of the number or address.
    pub subject: String,
    /// The number or address, sealed, while it is under way.
    pub sealed: Option<String>,
    /// How far it has come; none when it is over.
    pub place: Option<String>,
    /// What was found where.
    #[serde(deserialize_with = "json_text")]
    pub found: Found,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
    /// When the second look is due; none when there is none to come.
    pub again_at: Option<Timestamp>,
    /// How far that has come; none before it has begun.
    pub again_place: Option<String>,
    /// When it was over.
    pub again_done: Option<Timestamp>,
}

/// What was found where: a count and ids, by the name of the place.
#[derive(Deserialize, Clone, PartialEq, Debug)]
#[serde(transparent)]
pub struct Found(pub Map<String, Value>);

/// **Limit:** ids that a receipt keeps of each place. It is one row, and a person with more events is a test.
const MOST_IDS: u32 = 1_000;

/// The places of a receipt.
const PLACES: [&str; 7] = ["events", "runs", "cancelled", "outbox", "contacts", "fields", "late"];

impl Default for Found {
    fn default() -> Self {
        Self(PLACES.map(|place| (place.to_owned(), json!({ "count": 0, "ids": [] }))).into_iter().collect())
    }
}

impl Found {
    /// Every id that was found, whatever it is.
    pub fn ids(&self) -> Vec<String> {
        let of = |place: &Value| place.get("ids").and_then(Value::as_array).cloned().unwrap_or_default();
        self.0.values().flat_map(of).filter_map(|id| id.as_str().map(str::to_owned)).collect()
    }

    /// Adds something to a place.
    pub fn add(&mut self, place: &str, id: String) {
        let Some(Value::Object(place)) = self.0.get_mut(place) else { return };
        let count = place.get("count").and_then(Value::as_u64).unwrap_or_default();
        place.insert("count".to_owned(), (count + 1).into());
        if let Some(Value::Array(ids)) = place.get_mut("ids").filter(|_| count < u64::from(MOST_IDS)) {
            ids.push(id.into());
        }
    }
}

/// The columns of an erasure as one JSON document.
macro_rules! erasure {
    ($rest:literal) => {
        concat!(
            "SELECT json_object('id', id, 'kind', kind, 'subject', subject, 'sealed', sealed, 'place', place, 'found', ",
            "found, 'created_at', created_at, 'finished_at', finished_at, 'again_at', again_at, 'again_place', ",
            "again_place, 'again_done', again_done) AS row FROM erasures ",
            $rest
        )
    };
}

/// A new erasure, unless one of the same person is under way.
pub fn insert(erasure: &Erasure) -> Statement {
    sql!(
        "INSERT INTO erasures (id, kind, subject, sealed, place, created_at, found)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
         WHERE NOT EXISTS (SELECT 1 FROM erasures WHERE subject = ?3 AND finished_at IS NULL) RETURNING id AS row",
        erasure.id.as_str(),
        &erasure.kind,
        &erasure.subject,
        erasure.sealed.clone(),
        erasure.place.clone(),
        erasure.created_at,
        to_text(&erasure.found.0)
    )
}

/// An erasure.
pub async fn get(db: &dyn Database, id: &ErasureId) -> Result<Option<Erasure>> {
    db.first(sql!(erasure!("WHERE id = ?1"), id.as_str())).await
}

/// The erasure of a person that is under way.
pub async fn open_of(db: &dyn Database, subject: &str) -> Result<Option<Erasure>> {
    db.first(sql!(erasure!("WHERE subject = ?1 AND finished_at IS NULL LIMIT 1"), subject)).await
}

/// The erasures that are under way.
pub async fn open(db: &dyn Database) -> Result<Vec<Erasure>> {
    db.all(sql!(erasure!("INDEXED BY erasures_open WHERE finished_at IS NULL LIMIT 5"))).await
}

/// Erasures, newest first.
pub async fn list_erasures(db: &dyn Database, page: &super::Page) -> Result<Vec<Erasure>> {
    let statement = sql!(
        erasure!("WHERE id < ?1 ORDER BY id DESC LIMIT ?2"),
        page.before.as_deref().unwrap_or("ers_~"),
        page.limit
    );
    db.all(statement).await
}

/// Moves an erasure on, if it still is where it was. Without a place it is over, the person is forgotten, and a second
/// look is due in a while. What came out of a queue meanwhile is not in hand, and stays.
pub fn advance(erasure: &Erasure, place: Option<&str>, now: Timestamp, again_at: Timestamp) -> Statement {
    sql!(
        "UPDATE erasures SET place = ?3, found = json_set(?4, '$.late', json(found -> '$.late')),
           sealed = CASE WHEN ?3 IS NULL THEN NULL ELSE sealed END,
           finished_at = CASE WHEN ?3 IS NULL THEN ?5 END, again_at = CASE WHEN ?3 IS NULL THEN ?6 END
         WHERE id = ?1 AND place = ?2 RETURNING id AS row",
        erasure.id.as_str(),
        erasure.place.clone(),
        place,
        to_text(&erasure.found.0),
        now,
        again_at
    )
}

/// The erasures whose second look is due.
pub async fn due_again(db: &dyn Database, now: Timestamp) -> Result<Vec<Erasure>> {
    db.all(sql!(
        erasure!("INDEXED BY erasures_again WHERE again_at IS NOT NULL AND again_at <= ?1 ORDER BY again_at LIMIT 5"),
        now
    ))
    .await
}

/// Moves the second look of an erasure on, if it still is where it was; without a place it is over.
pub fn advance_again(erasure: &Erasure, place: Option<&str>, now: Timestamp) -> Statement {
    sql!(
        "UPDATE erasures SET again_place = ?3, again_at = CASE WHEN ?3 IS NULL THEN NULL ELSE again_at END,
           again_done = CASE WHEN ?3 IS NULL THEN ?4 END
         WHERE id = ?1 AND again_place IS ?2 AND again_at IS NOT NULL RETURNING id AS row",
        erasure.id.as_str(),
        erasure.again_place.clone(),
        place,
        now
    )
}

/// The erasures that were asked for since a moment, with the hashes of their subjects.
pub async fn since(db: &dyn Database, at: Timestamp) -> Result<Vec<Erasure>> {
    db.all(sql!(erasure!("WHERE id >= ?1 ORDER BY id LIMIT 1000"), ErasureId::floor(at).as_str())).await
}

/// Adds to the receipt of an erasure what came behind it: ids of any kind, each once.
pub fn count_late(id: &ErasureId, ids: &[String]) -> Statement {
    sql!(
        "UPDATE erasures SET found = json_set(found,
           '$.late.count', (found ->> '$.late.count') + (SELECT count(*) FROM json_each(?2)
             WHERE value NOT IN (SELECT value FROM json_each(found -> '$.late.ids'))),
           '$.late.ids', json((SELECT json_group_array(value) FROM (
             SELECT value FROM json_each(found -> '$.late.ids') UNION SELECT value FROM json_each(?2) LIMIT ?3))))
         WHERE id = ?1 RETURNING id AS row",
        id.as_str(),
        to_text(&ids),
        MOST_IDS
    )
}

/// Marks the documents of sources as old: their fields show less than before.
pub fn unpublish(sources: &[SourceId], now: Timestamp) -> Statement {
    sql!(
        "UPDATE sources SET schema_revision = schema_revision + 1, unpublished = ?2
         WHERE id IN (SELECT value FROM json_each(?1)) RETURNING id AS row",
        to_text(&sources),
        now
    )
}
