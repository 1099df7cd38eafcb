//! What a batch of orders is about, read in one round trip: events with the rules of their sources, and the runs that they
//! have already. The automations that listen to them stand in [`super::automations`].
//!
//! It writes nothing.

use serde::Deserialize;

use crate::domain::field::Policies;
use crate::domain::ids::EventId;
use crate::sql;

use super::events::{EventKey, Read, event_json, short_body};
use super::{Result, Rows, Statement, to_text};

/// The runs that some events have already, each a [`super::runs::Existing`].
pub fn existing(events: &[EventKey]) -> Statement {
    let keys: Vec<_> = events.iter().map(|key| (key.0.as_str(), key.1.as_str())).collect();
    sql!(
        "SELECT json_array(r.event_id, r.automation_id, r.number, r.open) AS row
         FROM json_each(?1) k JOIN runs r ON r.event_id = k.value ->> 1",
        to_text(&keys)
    )
}

/// **Limit:** characters of the bodies that are read at once. An isolate holds each as a text, as a row and as a payload
/// of many small values, and has 128 MB; one body of the largest size always fits.
const MOST_BODIES: u32 = 2_000_000;

/// Some events with the names of their sources, for a batch; those that come after too many bytes without themselves.
///
/// A body stands behind its row's JSON, after a line break, which JSON as it is written here has none of: as a text within
/// it each of its quotes would be escaped, and twice again on the way out of D1.
pub fn events_of(events: &[EventKey]) -> Statement {
    let keys: Vec<_> = events.iter().map(|key| (key.0.as_str(), key.1.as_str())).collect();
    sql!(
        concat!(
            "SELECT json_object('source_name', s.name, 'revision', s.revision, 'storage', s.settings -> 'storage',
               'id', e.id, 'event', CASE WHEN sum(length(e.body)) OVER w <= ?2 THEN ",
            event_json!("NULL"),
            " END) || CASE WHEN sum(length(e.body)) OVER w <= ?2 THEN coalesce(char(10) || (",
            short_body!(),
            "), '') ELSE '' END AS row
             FROM json_each(?1) k
             JOIN events e ON e.source_id = k.value ->> 0 AND e.id = k.value ->> 1
             JOIN sources s ON s.id = e.source_id WINDOW w AS (ORDER BY k.key) ORDER BY k.key"
        ),
        to_text(&keys),
        MOST_BODIES
    )
}

/// One row of [`events_of`].
#[derive(Deserialize, Debug)]
pub struct NamedEvent {
    /// The source's name.
    pub source_name: String,
    /// The revision of its settings.
    pub revision: u32,
    /// What it stores of which field.
    pub storage: Option<Policies>,
    /// The event's id.
    pub id: EventId,
    /// The event, if it fitted in.
    pub event: Option<Read>,
}

impl NamedEvent {
    /// The rows of [`events_of`].
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn decode(rows: Rows) -> Result<Vec<Self>> {
        let (mut heads, mut bodies) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        for mut row in rows {
            let body = row.find('\n').map(|end| row.split_off(end).split_off(1));
            heads.push(row);
            bodies.push(body);
        }
        let mut found: Vec<Self> = super::decode(heads)?;
        for (named, body) in found.iter_mut().zip(bodies) {
            named.event = named.event.take().map(|event| event.with_body(body));
        }
        Ok(found)
    }
}
