//! Runs: claiming them, storing their ledger, finding those that are due.
//!
//! **Invariant:** a run that somebody holds is only written by a statement that names its lease. No row changed means
//! that somebody else has it: stop.
//!
//! **Length:** every statement that writes the table is here, so that who may move `open` and `lease` can be read in one
//! place. It decides nothing about a status: those come from the machine.

use serde::Deserialize;

use crate::domain::event::{Event, flag};
use crate::domain::ids::{AutomationId, EventId, RunId, SourceId};
use crate::domain::run::{Cause, Run, RunError, Status, Step};
use crate::domain::time::Timestamp;
use crate::sql;

use super::events::{Read, event_json};
use super::replays::Replay;
use super::{Arg, Database, DatabaseExt, Result, Rows, Statement, json_text, optional_json_text, to_text};

#[derive(Deserialize)]
struct Row {
    event_id: EventId,
    automation_id: AutomationId,
    number: u32,
    source_id: SourceId,
    revision: u32,
    status: Status,
    cause: Cause,
    #[serde(deserialize_with = "flag")]
    with_errors: bool,
    created_at: Timestamp,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    open: Option<Timestamp>,
    #[serde(deserialize_with = "json_text")]
    steps: Vec<Step>,
    #[serde(deserialize_with = "optional_json_text")]
    error: Option<RunError>,
}

impl From<Row> for Run {
    fn from(row: Row) -> Self {
        Self {
            id: RunId { event: row.event_id, automation: row.automation_id, number: row.number },
            source_id: row.source_id,
            revision: row.revision,
            status: row.status,
            cause: row.cause,
            with_errors: row.with_errors,
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
            open: row.open,
            steps: row.steps,
            error: row.error,
        }
    }
}

/// The columns of a run as one JSON document.
macro_rules! run_json {
    () => {
        "json_object('event_id', event_id, 'automation_id', automation_id, 'number', number, 'source_id', source_id, \
         'revision', revision, 'status', status, 'cause', cause, 'with_errors', with_errors, 'created_at', created_at, \
         'started_at', started_at, 'finished_at', finished_at, 'open', open, 'steps', steps, 'error', error) AS row"
    };
}

fn word<T: serde::Serialize>(value: T) -> String {
    to_text(&value).trim_matches('"').to_owned()
}

/// A statement that makes runs: of what, and where the ids are that they depend on.
macro_rules! insert_runs {
    ($row:literal, $event:literal, $automation:literal, $source:literal) => {
        concat!(
            "INSERT INTO runs (event_id, automation_id, number, source_id, revision, status, cause, with_errors, created_at,
               started_at, finished_at, open, lease, steps, error, event_copy)
             SELECT ",
            $row,
            " WHERE EXISTS (SELECT 1 FROM automations WHERE id = ",
            $automation,
            " AND deleted_at IS NULL) AND EXISTS (SELECT 1 FROM events WHERE source_id = ",
            $source,
            " AND id = ",
            $event,
            " AND encoding <> 'forgotten')
             ON CONFLICT DO NOTHING RETURNING event_id || ' ' || automation_id || ' ' || number AS row"
        )
    };
}

const INSERT: &str =
    insert_runs!("?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16", "?1", "?2", "?4");

/// A run that is about to begin or has ended already, made by whoever works on it. `lease` is null when it is over.
///
/// Returns its key when it went in; nothing when the run exists already, its event is gone or was forgotten, or its
/// automation is gone.
pub fn insert(run: &Run, lease: Option<&str>, event_copy: Option<&Event>) -> Statement {
    sql!(
        INSERT,
        run.id.event.as_str(),
        run.id.automation.as_str(),
        run.id.number,
        run.source_id.as_str(),
        run.revision,
        run.status.as_str(),
        word(run.cause),
        run.with_errors,
        run.created_at,
        run.started_at,
        run.finished_at,
        run.open,
        lease,
        to_text(&run.steps),
        run.error.as_ref().map(to_text),
        event_copy.map(to_text)
    )
}

/// **Limit:** characters of a run that is made with others. Within their JSON every quote and backslash counts twice, and
/// D1 takes no text above 2,000,000 bytes.
const MAX_SHARED: usize = 8_000;

/// The key that [`insert`] returns, of a statement that it made and that can go with others.
pub fn inserts(statement: &Statement) -> Option<String> {
    match statement.args.as_slice() {
        [Arg::Text(event), Arg::Text(automation), Arg::Int(number), ..]
            if statement.sql == INSERT && statement.characters() <= MAX_SHARED =>
        {
            Some(format!("{event} {automation} {number}"))
        }
        _ => None,
    }
}

/// Many of [`insert`] as one: most of what it costs to make a run is what a statement costs.
pub fn insert_all(inserts: &[&Statement]) -> Statement {
    let rows: Vec<&[Arg]> = inserts.iter().map(|insert| insert.args.as_slice()).collect();
    sql!(
        insert_runs!(
            "j.value ->> 0, j.value ->> 1, j.value ->> 2, j.value ->> 3, j.value ->> 4, j.value ->> 5, j.value ->> 6,
               j.value ->> 7, j.value ->> 8, j.value ->> 9, j.value ->> 10, j.value ->> 11, j.value ->> 12, j.value ->> 13,
               j.value ->> 14, j.value ->> 15 FROM json_each(?1) j",
            "j.value ->> 0",
            "j.value ->> 1",
            "j.value ->> 3"
        ),
        to_text(&rows)
    )
}

/// Stores a run whose lease is `held`; `lease` is null when it is let go.
pub fn save(run: &Run, held: &str, lease: Option<&str>, event_copy: Option<&Event>) -> Statement {
    sql!(
        "UPDATE runs SET status = ?5, with_errors = ?6, started_at = ?7, finished_at = ?8, open = ?9, lease = ?10,
           steps = ?11, error = ?12, event_copy = CASE
             WHEN ?9 IS NULL AND (SELECT settings ->> 'keep_body' FROM sources WHERE id = source_id) = 0 THEN NULL
             ELSE coalesce(?13, event_copy) END
         WHERE event_id = ?1 AND automation_id = ?2 AND number = ?3 AND lease = ?4 RETURNING event_id AS row",
        run.id.event.as_str(),
        run.id.automation.as_str(),
        run.id.number,
        held,
        run.status.as_str(),
        run.with_errors,
        run.started_at,
        run.finished_at,
        run.open,
        lease,
        to_text(&run.steps),
        run.error.as_ref().map(to_text),
        event_copy.map(to_text)
    )
}

/// Stores what an operator or a provider's report decided about a run, if it still stands where the decision found it. It takes
/// the lease away.
///
/// A run can come back to the same status and `open` with a call more: two resumes make it uncertain twice, two stores
/// fall into one millisecond. So the calls that were begun are compared too; what decides about a run changes none of
/// their numbers.
pub fn decide(run: &Run, found: Status, found_open: Option<Timestamp>) -> Statement {
    sql!(
        "UPDATE runs SET status = ?4, finished_at = ?5, open = ?6, lease = NULL, steps = ?7, error = ?8, with_errors = ?11
         WHERE event_id = ?1 AND automation_id = ?2 AND number = ?3 AND status = ?9 AND open IS ?10
           AND (SELECT coalesce(sum(s.value ->> 'attempts'), 0) FROM json_each(steps) s) = ?12
         RETURNING event_id AS row",
        run.id.event.as_str(),
        run.id.automation.as_str(),
        run.id.number,
        run.status.as_str(),
        run.finished_at,
        run.open,
        to_text(&run.steps),
        run.error.as_ref().map(to_text),
        found.as_str(),
        found_open,
        run.with_errors,
        run.steps.iter().map(|step| step.attempts).sum::<u32>()
    )
}

/// Takes the lease of a run that is due, or for which the caller holds a ticket: the very `open` that was agreed on
/// when its message was sent.
pub fn claim(id: &RunId, ticket: Option<Timestamp>, lease: &str, lease_ends: Timestamp, now: Timestamp) -> Statement {
    sql!(
        concat!(
            "UPDATE runs SET lease = ?4, open = ?5
             WHERE event_id = ?1 AND automation_id = ?2 AND number = ?3 AND open IS NOT NULL AND status <> 'held'
               AND (open <= ?6 OR open = ?7) RETURNING ",
            run_json!()
        ),
        id.event.as_str(),
        id.automation.as_str(),
        id.number,
        lease,
        lease_ends,
        now,
        ticket
    )
}

/// Holds a run that could be claimed and whose automation is disabled, for the batch of [`claim`]. One that has nothing
/// left to do is not held: it only ends.
pub fn hold_if_disabled(id: &RunId, ticket: Option<Timestamp>, now: Timestamp) -> Statement {
    sql!(
        "UPDATE runs SET status = 'held', open = ?6, lease = NULL
         WHERE event_id = ?1 AND automation_id = ?2 AND number = ?3 AND status IN ('queued', 'waiting', 'running')
           AND (open <= ?4 OR open = ?5)
           AND EXISTS (SELECT 1 FROM automations a WHERE a.id = ?2 AND NOT a.enabled)
           AND EXISTS (SELECT 1 FROM json_each(steps) s WHERE s.value ->> 'status' NOT IN ('succeeded', 'skipped'))
         RETURNING event_id AS row",
        id.event.as_str(),
        id.automation.as_str(),
        id.number,
        now,
        ticket,
        Timestamp::NEVER
    )
}

/// Decodes what [`claim`] or another statement returned.
pub fn decode(rows: Rows) -> Result<Vec<Run>> {
    Ok(super::decode::<Row>(rows)?.into_iter().map(Run::from).collect())
}

/// The event of a run and the plan of its revision, for the batch of [`claim`].
pub fn scene(id: &RunId) -> Statement {
    sql!(
        concat!(
            "SELECT json_object('plan', v.plan, 'copy', r.event_copy, 'source_name', s.name, 'event',
               CASE WHEN e.id IS NULL THEN NULL ELSE ",
            event_json!(),
            " END) AS row
             FROM runs r LEFT JOIN sources s ON s.id = r.source_id
             LEFT JOIN revisions v ON v.automation_id = r.automation_id AND v.revision = r.revision
             LEFT JOIN events e ON e.source_id = r.source_id AND e.id = r.event_id
             WHERE r.event_id = ?1 AND r.automation_id = ?2 AND r.number = ?3"
        ),
        id.event.as_str(),
        id.automation.as_str(),
        id.number
    )
}

/// What [`scene`] returns.
#[derive(Deserialize, Debug)]
pub struct SceneRow {
    /// The plan of the run's revision.
    pub plan: Option<String>,
    /// The event as it was copied into the run.
    #[serde(deserialize_with = "optional_json_text")]
    pub copy: Option<Event>,
    /// The source's name.
    pub source_name: Option<String>,
    /// The event itself, while it lives.
    pub event: Option<Read>,
}

/// A run.
pub async fn get(db: &dyn Database, id: &RunId) -> Result<Option<Run>> {
    let statement = sql!(
        concat!("SELECT ", run_json!(), " FROM runs WHERE event_id = ?1 AND automation_id = ?2 AND number = ?3"),
        id.event.as_str(),
        id.automation.as_str(),
        id.number
    );
    Ok(db.first::<Row>(statement).await?.map(Run::from))
}

/// What a list of runs asks for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only of this automation.
    pub automation: Option<AutomationId>,
    /// Only of this event.
    pub event: Option<EventId>,
    /// Only with this status.
    pub status: Option<Status>,
}

/// The runs of all events. Those that went wrong and those that are not over have indexes of their own, because they are
/// few and looked for most.
const fn newest_first(status: Option<Status>) -> &'static str {
    macro_rules! select {
        ($which:literal) => {
            concat!(
                "SELECT ",
                run_json!(),
                " FROM runs ",
                $which,
                " AND (?1 IS NULL OR automation_id = ?1) AND (event_id, automation_id, number) < (?3, ?4, ?5)
                 ORDER BY event_id DESC, automation_id DESC, number DESC LIMIT ?6"
            )
        };
    }
    match status {
        Some(Status::Failed | Status::Uncertain) => select!("WHERE error IS NOT NULL AND status = ?2"),
        Some(Status::Queued | Status::Held | Status::Running | Status::Waiting) => {
            select!("INDEXED BY runs_open WHERE open IS NOT NULL AND status = ?2")
        }
        Some(Status::Succeeded | Status::Skipped | Status::Cancelled) => select!("WHERE status = ?2"),
        None => select!("WHERE ?2 IS NULL"),
    }
}

/// Runs, newest event first.
pub async fn list(db: &dyn Database, filter: &Filter, before: Option<&RunId>, limit: u32) -> Result<Vec<Run>> {
    let statement = match &filter.event {
        Some(event) => sql!(
            concat!(
                "SELECT ",
                run_json!(),
                " FROM runs WHERE event_id = ?1 AND (?2 IS NULL OR automation_id = ?2) AND (?3 IS NULL OR status = ?3)
                   AND (?4 IS NULL OR (automation_id, number) < (?4, ?5))
                 ORDER BY automation_id DESC, number DESC LIMIT ?6"
            ),
            event.as_str(),
            filter.automation.as_ref().map(AutomationId::as_str),
            filter.status.map(Status::as_str),
            before.map(|id| id.automation.as_str().to_owned()),
            before.map(|id| id.number),
            limit
        ),
        None => sql!(
            newest_first(filter.status),
            filter.automation.as_ref().map(AutomationId::as_str),
            filter.status.map(Status::as_str),
            // Always a bound, later than every id when there is none: behind an `OR` the key would not be used.
            before.map_or("evt_~", |id| id.event.as_str()),
            before.map_or("", |id| id.automation.as_str()),
            before.map_or(0, |id| id.number),
            limit
        ),
    };
    Ok(db.all::<Row>(statement).await?.into_iter().map(Run::from).collect())
}

/// A run that is there: its key, and the moment from which it may be taken.
#[derive(Deserialize, Debug)]
pub struct Existing(pub EventId, pub AutomationId, pub u32, pub Option<Timestamp>);

/// Queued runs for an event, one for each automation that existed when it was received (or only `automation`), numbered
/// after those that exist when `again`, else only where none exists.
///
/// That an automation listened then is read from the event's id, which carries its time. Returns the new runs.
pub fn enqueue(
    source: &SourceId,
    event: &EventId,
    automation: Option<&AutomationId>,
    cause: Cause,
    again: bool,
    now: Timestamp,
) -> Statement {
    enqueue_while(source, event, automation, (cause, again), now, None, None)
}

/// The same for one old event that a person asks to be run again, unless the same revision was replayed since a moment:
/// a second click makes no second run. What was saved in between makes one.
pub fn enqueue_once(
    source: &SourceId,
    event: &EventId,
    automation: Option<&AutomationId>,
    now: Timestamp,
    clicked_since: Timestamp,
) -> Statement {
    enqueue_while(source, event, automation, (Cause::Replay, true), now, None, Some(clicked_since))
}

/// The newest revision's runs of an event that were made by a replay since a moment, for the batch of [`enqueue_once`].
pub fn replayed_since(event: &EventId, automation: Option<&AutomationId>, clicked_since: Timestamp) -> Statement {
    sql!(
        "SELECT json_array(r.event_id, r.automation_id, r.number, r.open) AS row FROM runs r
         JOIN automations a ON a.id = r.automation_id AND a.revision = r.revision AND a.deleted_at IS NULL
         WHERE r.event_id = ?1 AND (?2 IS NULL OR r.automation_id = ?2) AND r.created_at > ?3
           AND (r.cause = 'replay' OR r.number > 1)
         ORDER BY r.automation_id, r.number",
        event.as_str(),
        automation.map(AutomationId::as_str),
        clicked_since
    )
}

/// The same for an event of a replay, as long as that is running and has not moved on from its cursor: in one batch
/// with [`super::replays::advance`], which moves it, a second worker at the same chunk makes no run.
pub fn enqueue_for_replay(replay: &Replay, event: &EventId, now: Timestamp) -> Statement {
    let how = (Cause::Replay, true);
    enqueue_while(&replay.source_id, event, replay.automation_id.as_ref(), how, now, Some(replay), None)
}

fn enqueue_while(
    source: &SourceId,
    event: &EventId,
    automation: Option<&AutomationId>,
    (cause, again): (Cause, bool),
    now: Timestamp,
    replay: Option<&Replay>,
    clicked_since: Option<Timestamp>,
) -> Statement {
    sql!(
        "INSERT INTO runs (event_id, automation_id, number, source_id, revision, status, cause, created_at, open, steps)
         SELECT e.id, a.id, n.number, e.source_id, a.revision, CASE WHEN a.enabled THEN 'queued' ELSE 'held' END,
           CASE WHEN e.test THEN 'test' ELSE ?4 END, ?6, CASE WHEN a.enabled THEN ?6 ELSE ?7 END, v.ledger
         FROM events e
         JOIN automations a ON a.source_id = e.source_id AND a.deleted_at IS NULL AND (?3 IS NULL OR a.id = ?3)
         JOIN revisions v ON v.automation_id = a.id AND v.revision = a.revision
         JOIN (SELECT b.id, 1 + coalesce(max(r.number), 0) AS number FROM automations b
               LEFT JOIN runs r ON r.event_id = ?2 AND r.automation_id = b.id
               WHERE b.source_id = ?1 GROUP BY b.id) n ON n.id = a.id
         WHERE e.source_id = ?1 AND e.id = ?2
           AND e.encoding <> 'forgotten' AND (?5 OR (n.number = 1 AND a.since <= e.id))
           AND (?8 IS NULL OR EXISTS (SELECT 1 FROM replays WHERE id = ?8 AND cursor = ?9 AND status = 'running'))
           AND (?10 IS NULL OR NOT EXISTS (SELECT 1 FROM runs t WHERE t.event_id = e.id AND t.automation_id = a.id
             AND t.revision = a.revision AND t.created_at > ?10 AND (t.cause = 'replay' OR t.number > 1)))
         ON CONFLICT DO NOTHING
         RETURNING json_array(event_id, automation_id, number, open) AS row",
        source.as_str(),
        event.as_str(),
        automation.map(AutomationId::as_str),
        word(cause),
        again,
        now,
        Timestamp::NEVER,
        replay.map(|replay| replay.id.as_str().to_owned()),
        replay.map(|replay| replay.cursor.clone()),
        clicked_since
    )
}

/// Runs that are due, or whose lease ran out, taken by moving `open`: a second sweep at the same moment gets others.
pub async fn take_due(db: &dyn Database, now: Timestamp, again_at: Timestamp, limit: u32) -> Result<Vec<Existing>> {
    db.all(due(now, again_at, limit)).await
}

/// The statement behind [`take_due`].
pub fn due(now: Timestamp, again_at: Timestamp, limit: u32) -> Statement {
    sql!(
        "UPDATE runs SET open = ?2 WHERE (event_id, automation_id, number) IN (
           SELECT event_id, automation_id, number FROM runs WHERE open IS NOT NULL AND open <= ?1 AND status <> 'held'
           ORDER BY open LIMIT ?3)
         RETURNING json_array(event_id, automation_id, number, open) AS row",
        now,
        again_at,
        limit
    )
}

/// Held runs whose time has come, of automations that are enabled: those that exceeded what may be sent.
pub async fn withheld_until(db: &dyn Database, now: Timestamp, limit: u32) -> Result<Vec<Run>> {
    let statement = sql!(
        concat!(
            "SELECT ",
            run_json!(),
            " FROM runs INDEXED BY runs_open WHERE open IS NOT NULL AND open <= ?1 AND status = 'held'
               AND EXISTS (SELECT 1 FROM automations a WHERE a.id = automation_id AND a.enabled)
             ORDER BY open LIMIT ?2"
        ),
        now,
        limit
    );
    Ok(db.all::<Row>(statement).await?.into_iter().map(Run::from).collect())
}

/// Runs of an automation with one of some statuses, oldest event first.
pub async fn of_automation(db: &dyn Database, id: &AutomationId, statuses: &[Status], limit: u32) -> Result<Vec<Run>> {
    let words: Vec<_> = statuses.iter().map(|status| status.as_str()).collect();
    let statement = sql!(
        concat!(
            "SELECT ",
            run_json!(),
            " FROM runs WHERE automation_id = ?1 AND open IS NOT NULL AND status IN (SELECT value FROM json_each(?2))
             ORDER BY open, event_id LIMIT ?3"
        ),
        id.as_str(),
        to_text(&words),
        limit
    );
    Ok(db.all::<Row>(statement).await?.into_iter().map(Run::from).collect())
}

/// Runs that are not over although their automation was deleted.
pub async fn orphaned(db: &dyn Database, limit: u32) -> Result<Vec<Run>> {
    let statement = sql!(
        concat!(
            "SELECT ",
            run_json!(),
            " FROM runs WHERE open IS NOT NULL AND status <> 'running'
               AND automation_id IN (SELECT id FROM automations WHERE deleted_at IS NOT NULL) LIMIT ?1"
        ),
        limit
    );
    Ok(db.all::<Row>(statement).await?.into_iter().map(Run::from).collect())
}

/// The open runs of an event.
pub async fn open_of_event(db: &dyn Database, event: &EventId) -> Result<Vec<Run>> {
    let statement =
        sql!(concat!("SELECT ", run_json!(), " FROM runs WHERE event_id = ?1 AND open IS NOT NULL"), event.as_str());
    Ok(db.all::<Row>(statement).await?.into_iter().map(Run::from).collect())
}

/// Forgets what the runs of an event have copied of it.
pub fn forget_copies(event: &EventId) -> Statement {
    sql!(
        "UPDATE runs SET event_copy = NULL WHERE event_id = ?1 AND event_copy IS NOT NULL RETURNING event_id AS row",
        event.as_str()
    )
}

/// Removes a bounded number of runs that were over before a moment and whose event is gone: an event that outlived its
/// runs would look as if it had never been run.
pub async fn purge(db: &dyn Database, older_than: Timestamp, limit: u32) -> Result<usize> {
    db.count(sql!(
        "DELETE FROM runs WHERE (event_id, automation_id, number) IN (
           SELECT event_id, automation_id, number FROM runs r
           WHERE event_id < ?1 AND open IS NULL AND finished_at < ?2
             AND NOT EXISTS (SELECT 1 FROM events e WHERE e.source_id = r.source_id AND e.id = r.event_id) LIMIT ?3)
         RETURNING event_id AS row",
        EventId::floor(older_than).as_str(),
        older_than,
        limit
    ))
    .await
}

/// A step without what it rendered, received and said, and with a sign of that.
macro_rules! emptied {
    () => {
        "steps = (SELECT json_group_array(json_set(
             json_remove(value, '$.input', '$.output', '$.error', '$.missing', '$.notes'), '$.emptied', json('true')))
             FROM json_each(runs.steps)),
           error = CASE WHEN error IS NULL THEN NULL
             ELSE json_set(error, '$.message', 'the details of this run were removed') END,
           event_copy = NULL"
    };
}

/// The event up to which the next piece of a walk over the runs goes; `None` at the end.
pub async fn piece_end(db: &dyn Database, after: Option<&EventId>, rows: u32) -> Result<Option<EventId>> {
    let statement = sql!(
        "SELECT json_quote(max(event_id)) AS row FROM (SELECT event_id FROM runs WHERE event_id > ?1 ORDER BY event_id LIMIT ?2)",
        after.map_or("", EventId::as_str),
        rows
    );
    Ok(db.first::<Option<EventId>>(statement).await?.flatten())
}

/// The revisions that are not the newest of their automation, or whose automation was deleted, and to which a run of a
/// piece is pinned.
pub fn superseded_in_use(after: Option<&EventId>, until: &EventId) -> Statement {
    sql!(
        "SELECT DISTINCT json_array(r.automation_id, r.revision) AS row
         FROM runs r JOIN automations a ON a.id = r.automation_id
         WHERE r.event_id > ?1 AND r.event_id <= ?2 AND (r.revision < a.revision OR a.deleted_at IS NOT NULL)",
        after.map_or("", EventId::as_str),
        until.as_str()
    )
}

/// Forgets, in a piece, the copies of events whose source keeps no bodies, once their run is over.
pub fn forget_unkept_copies(after: Option<&EventId>, until: &EventId) -> Statement {
    sql!(
        "UPDATE runs SET event_copy = NULL
         WHERE event_id > ?1 AND event_id <= ?2 AND open IS NULL AND event_copy IS NOT NULL
           AND EXISTS (SELECT 1 FROM sources s WHERE s.id = source_id AND s.settings ->> 'keep_body' = 0)
         RETURNING event_id AS row",
        after.map_or("", EventId::as_str),
        until.as_str()
    )
}

/// Takes out of the runs of a piece what they hold, if they were over before a moment. Their statuses and times stay,
/// and so do they, because an event without them would be run anew.
pub fn empty_finished(after: Option<&EventId>, until: &EventId, finished_before: Timestamp) -> Statement {
    sql!(
        concat!(
            "UPDATE runs SET ",
            emptied!(),
            " WHERE event_id > ?1 AND event_id <= ?2 AND open IS NULL AND finished_at < ?3 AND steps <> '[]'
               AND steps ->> '$[0].emptied' IS NOT 1
             RETURNING event_id AS row"
        ),
        after.map_or("", EventId::as_str),
        until.as_str(),
        finished_before
    )
}

/// Takes out of some runs that are over what they hold; `keys` are JSON lists of event, automation and number.
pub fn empty(keys: &[String]) -> Statement {
    sql!(
        concat!(
            "UPDATE runs SET ",
            emptied!(),
            " WHERE (event_id, automation_id, number) IN (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?1))
               AND open IS NULL
             RETURNING json_array(event_id, automation_id, number, open) AS row"
        ),
        super::privacy::list(keys)
    )
}

/// The same for all runs of some events, those that are emptied already left out; `keys` are JSON lists of source and
/// event.
pub fn empty_of(keys: &[String]) -> Statement {
    sql!(
        concat!(
            "UPDATE runs SET ",
            emptied!(),
            " WHERE event_id IN (SELECT value ->> 1 FROM json_each(?1)) AND open IS NULL
               AND (steps = '[]' OR steps ->> '$[0].emptied' IS NOT 1)
             RETURNING json_array(event_id, automation_id, number, open) AS row"
        ),
        super::privacy::list(keys)
    )
}

/// The open runs of some events; `keys` are JSON lists of source and event.
pub async fn open_of_events(db: &dyn Database, keys: &[String]) -> Result<Vec<Run>> {
    let statement = sql!(
        concat!(
            "SELECT ",
            run_json!(),
            " FROM runs WHERE event_id IN (SELECT value ->> 1 FROM json_each(?1)) AND open IS NOT NULL"
        ),
        super::privacy::list(keys)
    );
    Ok(db.all::<Row>(statement).await?.into_iter().map(Run::from).collect())
}

/// The runs of one event.
pub async fn of_event(db: &dyn Database, event: &EventId) -> Result<Vec<Run>> {
    Ok(db.all::<Row>(of_event_statement(event)).await?.into_iter().map(Run::from).collect())
}

/// The statement behind [`of_event`], for a batch.
pub fn of_event_statement(event: &EventId) -> Statement {
    sql!(
        concat!("SELECT ", run_json!(), " FROM runs WHERE event_id = ?1 ORDER BY automation_id, number LIMIT 200"),
        event.as_str()
    )
}
