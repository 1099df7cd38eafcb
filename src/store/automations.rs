//! Automations and their immutable revisions.
//!
//! A revision is never updated, and only deleted when no run is pinned to it: the caller has to know.

use serde::Deserialize;

use crate::domain::automation::Plan;
use crate::domain::event::flag;
use crate::domain::ids::{AutomationId, EventId, SourceId};
use crate::domain::time::Timestamp;
use crate::sql;

use super::{Database, DatabaseExt, Page, Result, Statement, to_text};

/// An automation with its newest revision.
#[derive(Deserialize, Clone, Debug)]
pub struct Automation {
    /// Its id.
    pub id: AutomationId,
    /// The source to which it listens.
    pub source_id: SourceId,
    /// The smallest id of an event that it runs for: one of when it began to listen to its source.
    pub since: EventId,
    /// Its name.
    pub name: String,
    /// Whether new events run it.
    #[serde(deserialize_with = "flag")]
    pub enabled: bool,
    /// The newest revision.
    pub revision: u32,
    /// What that revision does.
    #[serde(deserialize_with = "plan")]
    pub plan: Plan,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

fn plan<'de, D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Plan, D::Error> {
    Plan::from_stored(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

/// An automation `a` with its newest revision `v` as one JSON document.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT json_object('id', a.id, 'source_id', a.source_id, 'since', a.since, 'name', a.name, 'enabled', a.enabled, 'revision', ",
            "a.revision, 'plan', v.plan, 'created_at', a.created_at, 'updated_at', a.updated_at) AS row ",
            "FROM automations a JOIN revisions v ON v.automation_id = a.id AND v.revision = a.revision ",
            $rest
        )
    };
}

/// An automation that was not deleted.
pub async fn get(db: &dyn Database, id: &AutomationId) -> Result<Option<Automation>> {
    db.first(sql!(select!("WHERE a.id = ?1 AND a.deleted_at IS NULL"), id.as_str())).await
}

/// Automations, newest first.
pub async fn list(db: &dyn Database, source: Option<&SourceId>, page: &Page) -> Result<Vec<Automation>> {
    db.all(sql!(
        select!(
            "WHERE a.deleted_at IS NULL AND (?1 IS NULL OR a.source_id = ?1) AND (?2 IS NULL OR a.id < ?2)
             ORDER BY a.id DESC LIMIT ?3"
        ),
        source.map(SourceId::as_str),
        page.before.clone(),
        page.limit
    ))
    .await
}

/// The automations of some sources, for a batch; `sources` is a JSON list of ids.
pub fn of_sources(sources: &[&str]) -> Statement {
    sql!(
        select!("WHERE a.source_id IN (SELECT value FROM json_each(?1)) AND a.deleted_at IS NULL ORDER BY a.id"),
        to_text(&sources)
    )
}

/// An automation as far as a run of it needs it.
#[derive(Deserialize, Debug)]
pub struct Listener {
    /// Its id.
    pub id: AutomationId,
    /// The source to which it listens.
    pub source_id: SourceId,
    /// The smallest id of an event that it runs for.
    pub since: EventId,
    /// Whether new events run it.
    #[serde(deserialize_with = "flag")]
    pub enabled: bool,
    /// The newest revision.
    pub revision: u32,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// What that revision does, as it is stored; not when whoever asks knows it.
    pub plan: Option<String>,
}

/// Which state of an automation somebody knows: its id, its revision, and when it was changed last. That time tells a
/// revision apart from another of the same number, which only a database that was set back could have.
pub type Version = (AutomationId, u32, Timestamp);

impl Listener {
    /// Which state this is.
    pub fn version(&self) -> Version {
        (self.id.clone(), self.revision, self.updated_at)
    }
}

/// The automations of some sources for a batch of runs, without the plans that are `known`.
pub fn listeners(sources: &[&str], known: &[Version]) -> Statement {
    sql!(
        "SELECT json_object('id', a.id, 'source_id', a.source_id, 'since', a.since, 'enabled', a.enabled,
           'revision', a.revision, 'updated_at', a.updated_at, 'plan', CASE WHEN NOT EXISTS (
             SELECT 1 FROM json_each(?2) k
             WHERE k.value ->> 0 = a.id AND k.value ->> 1 = a.revision AND k.value ->> 2 = a.updated_at)
             THEN (SELECT v.plan FROM revisions v WHERE v.automation_id = a.id AND v.revision = a.revision) END) AS row
         FROM automations a
         WHERE a.source_id IN (SELECT value FROM json_each(?1)) AND a.deleted_at IS NULL ORDER BY a.id",
        to_text(&sources),
        to_text(&known)
    )
}

/// The plan of one revision.
pub async fn plan_of(db: &dyn Database, id: &AutomationId, revision: u32) -> Result<Option<Plan>> {
    #[derive(Deserialize)]
    struct Row {
        #[serde(deserialize_with = "plan")]
        plan: Plan,
    }
    let statement = sql!(
        "SELECT json_object('plan', plan) AS row FROM revisions WHERE automation_id = ?1 AND revision = ?2",
        id.as_str(),
        revision
    );
    Ok(db.first::<Row>(statement).await?.map(|row| row.plan))
}

/// A new automation, if its source was not deleted.
pub fn insert(automation: &Automation) -> Statement {
    sql!(
        "INSERT INTO automations (id, source_id, name, enabled, revision, created_at, updated_at, since)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7 FROM sources WHERE id = ?2 AND deleted_at IS NULL
         ON CONFLICT DO NOTHING RETURNING id AS row",
        automation.id.as_str(),
        automation.source_id.as_str(),
        &automation.name,
        automation.enabled,
        automation.revision,
        automation.created_at,
        automation.since.as_str()
    )
}

/// Keeps what a revision does. It is never changed afterwards.
pub fn insert_revision(automation: &Automation) -> Statement {
    sql!(
        "INSERT INTO revisions (automation_id, revision, plan, ledger, created_at)
         SELECT ?1, ?2, ?3, ?4, ?5 FROM automations WHERE id = ?1 AND revision = ?2
         ON CONFLICT DO NOTHING RETURNING automation_id AS row",
        automation.id.as_str(),
        automation.revision,
        to_text(&automation.plan.to_json()),
        to_text(&automation.plan.ledger()),
        automation.updated_at
    )
}

/// Moves an automation to its next revision, if nobody else has done so. Whether it is enabled stays as it is unless
/// that was said: somebody may have disabled it since it was read.
pub fn update(automation: &Automation, enabled: Option<bool>) -> Statement {
    sql!(
        "UPDATE automations SET name = ?2, enabled = coalesce(?3, enabled), revision = ?4, updated_at = ?5, source_id = ?6, since = ?7
         WHERE id = ?1 AND revision = ?4 - 1 AND deleted_at IS NULL
           AND EXISTS (SELECT 1 FROM sources WHERE id = ?6 AND deleted_at IS NULL) RETURNING id AS row",
        automation.id.as_str(),
        &automation.name,
        enabled,
        automation.revision,
        automation.updated_at,
        automation.source_id.as_str(),
        automation.since.as_str()
    )
}

/// Removes a bounded number of revisions that were superseded (or whose automation was deleted) before a moment, and
/// that are not among those in use.
pub async fn purge_revisions(
    db: &dyn Database,
    before: Timestamp,
    used: &[(AutomationId, u32)],
    limit: u32,
) -> Result<usize> {
    db.count(sql!(
        "DELETE FROM revisions WHERE (automation_id, revision) IN (
           SELECT v.automation_id, v.revision FROM automations a CROSS JOIN revisions v ON v.automation_id = a.id
           WHERE (v.revision < a.revision OR a.deleted_at IS NOT NULL)
             AND coalesce((SELECT min(n.created_at) FROM revisions n
                           WHERE n.automation_id = v.automation_id AND n.revision > v.revision), a.deleted_at) < ?1
             AND NOT EXISTS (SELECT 1 FROM json_each(?2) u
                             WHERE u.value ->> 0 = v.automation_id AND u.value ->> 1 = v.revision)
           LIMIT ?3)
         RETURNING automation_id AS row",
        before,
        to_text(&used),
        limit
    ))
    .await
}

/// Marks an automation as deleted: from this instant it starts no run.
pub fn delete(id: &AutomationId, now: Timestamp) -> Statement {
    sql!(
        "UPDATE automations SET deleted_at = ?2, held = NULL WHERE id = ?1 AND deleted_at IS NULL RETURNING source_id AS row",
        id.as_str(),
        now
    )
}

/// Marks every automation of a source as deleted.
pub fn delete_of_source(source: &SourceId, now: Timestamp) -> Statement {
    sql!(
        "UPDATE automations SET deleted_at = ?2, held = NULL WHERE source_id = ?1 AND deleted_at IS NULL RETURNING id AS row",
        source.as_str(),
        now
    )
}

/// Whether an automation was deleted since a moment.
pub async fn any_deleted(db: &dyn Database, since: Timestamp) -> Result<bool> {
    Ok(db.count(sql!("SELECT id AS row FROM automations WHERE deleted_at > ?1 LIMIT 1", since)).await? > 0)
}

/// Enables or disables; `held` is what becomes of the runs that are held (`release`, `drop`, or what was said before).
pub fn set_enabled(id: &AutomationId, enabled: bool, held: Option<&str>, now: Timestamp) -> Statement {
    sql!(
        "UPDATE automations SET enabled = ?2, held = CASE WHEN ?2 THEN coalesce(?3, held) END, updated_at = ?4
         WHERE id = ?1 AND deleted_at IS NULL RETURNING id AS row",
        id.as_str(),
        enabled,
        held,
        now
    )
}

/// Automations whose held runs are being released or dropped.
pub async fn with_held(db: &dyn Database) -> Result<Vec<(AutomationId, String)>> {
    db.all(sql!("SELECT json_array(id, held) AS row FROM automations WHERE held IS NOT NULL LIMIT 10")).await
}

/// Says that no held run is left, if that is so: the automation may have been disabled, have received, and have been
/// enabled again since its held runs were read.
pub fn held_done(id: &AutomationId) -> Statement {
    sql!(
        "UPDATE automations SET held = NULL WHERE id = ?1 AND NOT EXISTS (
           SELECT 1 FROM runs WHERE automation_id = ?1 AND open IS NOT NULL AND status = 'held')
         RETURNING id AS row",
        id.as_str()
    )
}
