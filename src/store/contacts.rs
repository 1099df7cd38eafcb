//! Contacts: created or updated by phone, else by e-mail; nothing is ever blanked by an empty value.
//!
//! It normalises nothing: numbers and addresses arrive in their one form.

use serde::{Deserialize, Serialize};

use crate::domain::action::{ContactChange, Object};
use crate::domain::ids::ContactId;
use crate::domain::time::Timestamp;
use crate::sql;

use super::{Database, DatabaseExt, Page, Result, Statement, json_text, to_text};

/// A contact.
#[derive(Deserialize, Serialize, Clone, PartialEq, Debug)]
pub struct Contact {
    /// Its id.
    pub id: ContactId,
    /// E.164.
    pub phone: Option<String>,
    /// An address.
    pub email: Option<String>,
    /// A name.
    pub name: Option<String>,
    /// What else is known.
    #[serde(deserialize_with = "json_text")]
    pub properties: Object,
    /// Labels.
    #[serde(deserialize_with = "json_text")]
    pub tags: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// The columns of a contact as one JSON document. The `|| ''` makes plain text of what a statement has just made with
/// JSON functions: SQLite would embed it as JSON, not as the text that it stores.
macro_rules! contact_json {
    () => {
        "json_object('id', id, 'phone', phone, 'email', email, 'name', name, 'properties', properties || '', 'tags', tags || '', \
         'created_at', created_at, 'updated_at', updated_at) AS row"
    };
}

/// Which contact a change is about: the one with its phone; else the one with its e-mail, unless the change brings a
/// phone and that contact has another (an e-mail may belong to several phones).
macro_rules! the_contact {
    () => {
        "(SELECT id FROM (
           SELECT id, 0 AS rank, updated_at FROM contacts WHERE phone = ?2 AND ?2 IS NOT NULL
           UNION ALL
           SELECT id, 1, updated_at FROM contacts
             WHERE email = ?3 COLLATE NOCASE AND ?3 IS NOT NULL AND (?2 IS NULL OR phone IS NULL))
         ORDER BY rank, updated_at DESC, id LIMIT 1)"
    };
}

/// Saves what a change says, in the contact that it is about or in a new one with this id, and returns it. Saving the
/// same twice changes nothing more.
///
/// Contacts that have the same phone are one: it is found by it, so the id alone can be in the way of the insert.
fn put(change: &ContactChange, new_id: &ContactId, now: Timestamp) -> Statement {
    sql!(
        // `json_patch` would remove a key whose new value is null, and merge what should be replaced: keys one by one.
        concat!(
            "INSERT INTO contacts (id, phone, email, name, properties, tags, created_at, updated_at)
             SELECT coalesce(",
            the_contact!(),
            ", ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?7 WHERE true
             ON CONFLICT (id) DO UPDATE SET
               phone = coalesce(?2, phone), email = coalesce(?3, email), name = coalesce(?4, name),
               properties = (SELECT json_group_object(key, json(value)) FROM (
                 SELECT key, CASE type WHEN 'text' THEN json_quote(value) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'
                   WHEN 'null' THEN 'null' ELSE value END AS value FROM (
                   SELECT key, value, type FROM json_each(contacts.properties)
                     WHERE key NOT IN (SELECT key FROM json_each(?5))
                   UNION ALL SELECT key, value, type FROM json_each(?5)))),
               tags = (SELECT json_group_array(value) FROM (
                 SELECT value, min(rank) AS rank FROM (
                   SELECT value, key AS rank FROM json_each(contacts.tags)
                   UNION ALL SELECT value, 1000 + key FROM json_each(?6)) GROUP BY value ORDER BY rank)),
               updated_at = ?7
             RETURNING ",
            contact_json!()
        ),
        new_id.as_str(),
        change.phone.clone(),
        change.email.clone(),
        change.name.clone(),
        to_text(&change.properties),
        to_text(&change.tags),
        now
    )
}

/// Saves a contact; returns it as it is now.
pub async fn save(
    db: &dyn Database,
    change: &ContactChange,
    new_id: &ContactId,
    now: Timestamp,
) -> Result<Option<Contact>> {
    db.first(put(change, new_id, now)).await
}

/// A contact.
pub async fn get(db: &dyn Database, id: &ContactId) -> Result<Option<Contact>> {
    db.first(sql!(concat!("SELECT ", contact_json!(), " FROM contacts WHERE id = ?1"), id.as_str())).await
}

/// Contacts, newest first; `text` is looked for in phone, e-mail, name and tags.
pub async fn list(db: &dyn Database, text: Option<&str>, page: &Page) -> Result<Vec<Contact>> {
    db.all(sql!(
        concat!(
            "SELECT ",
            contact_json!(),
            " FROM contacts WHERE (?1 IS NULL OR id < ?1)
               AND (?2 IS NULL OR instr(lower(coalesce(phone, '') || ' ' || coalesce(email, '') || ' '
                    || coalesce(name, '') || ' ' || tags), ?2) > 0 OR (?4 <> '' AND instr(coalesce(phone, ''), ?4) > 0))
             ORDER BY id DESC LIMIT ?3"
        ),
        page.before.clone(),
        text.map(str::to_lowercase),
        page.limit,
        text.map(|text| text.chars().filter(char::is_ascii_digit).collect::<String>()).unwrap_or_default()
    ))
    .await
}

/// Another contact that has a phone.
pub fn with_phone(phone: &str, but: &ContactId) -> Statement {
    sql!("SELECT id AS row FROM contacts WHERE phone = ?1 AND id <> ?2", phone, but.as_str())
}

/// Writes a contact as an operator edited it, if it is still as old as when it was read.
pub fn replace(contact: &Contact, found_at: Timestamp) -> Statement {
    sql!(
        "UPDATE contacts SET phone = ?2, email = ?3, name = ?4, properties = ?5, tags = ?6, updated_at = ?7
         WHERE id = ?1 AND updated_at = ?8
           AND NOT EXISTS (SELECT 1 FROM contacts c WHERE c.phone = ?2 AND ?2 IS NOT NULL AND c.id <> ?1)
         RETURNING id AS row",
        contact.id.as_str(),
        contact.phone.clone(),
        contact.email.clone(),
        contact.name.clone(),
        to_text(&contact.properties),
        to_text(&contact.tags),
        contact.updated_at,
        found_at
    )
}

/// The contact up to which the next piece of a walk goes, among those that are old enough to be old; `None` at the end.
pub async fn piece_end(
    db: &dyn Database,
    after: Option<&ContactId>,
    made_before: Timestamp,
    rows: u32,
) -> Result<Option<ContactId>> {
    let statement = sql!(
        "SELECT json_quote(max(id)) AS row FROM (SELECT id FROM contacts WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3)",
        after.map_or("", ContactId::as_str),
        ContactId::floor(made_before).as_str(),
        rows
    );
    Ok(db.first::<Option<ContactId>>(statement).await?.flatten())
}

/// Removes, in a piece, the contacts that nothing has changed since a moment.
pub fn purge(after: Option<&ContactId>, until: &ContactId, unchanged_since: Timestamp) -> Statement {
    sql!(
        "DELETE FROM contacts WHERE id > ?1 AND id <= ?2 AND updated_at < ?3 RETURNING id AS row",
        after.map_or("", ContactId::as_str),
        until.as_str(),
        unchanged_since
    )
}

/// Removes a contact.
pub fn delete(id: &ContactId) -> Statement {
    sql!("DELETE FROM contacts WHERE id = ?1 RETURNING id AS row", id.as_str())
}
