//! What a list of events needs to show of each what arrived, in half a line: short bodies, and what may not be shown.
//!
//! It gives no long body: a list has up to 200 events.

use crate::domain::event::Event;
use crate::domain::field::Policies;
use crate::domain::ids::{EventId, SourceId};
use crate::sql;

use super::{Statement, to_text};

/// **Limit:** characters of a body that is read for a glimpse: a form, or an order of a few lines.
const MOST_CHARS: u32 = 8_000;

/// An event with its body.
pub type Body = (EventId, String);

/// The bodies of some events, those that are short and were kept.
pub fn bodies(events: &[Event]) -> Statement {
    let keys: Vec<_> = events.iter().map(|event| (&event.source_id, &event.id)).collect();
    sql!(
        "SELECT json_array(e.id, e.body) AS row
         FROM json_each(?1) k CROSS JOIN events e ON e.source_id = k.value ->> 0 AND e.id = k.value ->> 1
         WHERE e.encoding <> 'forgotten' AND length(e.body) <= ?2",
        to_text(&keys),
        MOST_CHARS
    )
}

/// A source with what it stores of which field, and the paths of which no sample is kept.
pub type Rules = (SourceId, Policies, Vec<String>);

/// The rules of some sources, also of deleted ones: what was hidden stays so.
pub fn rules(sources: &[&str]) -> Statement {
    sql!(
        "SELECT json_array(s.id, json(coalesce(s.settings -> 'storage', '[]')), json((
           SELECT json_group_array(path) FROM fields WHERE source_id = s.id AND masked = 1))) AS row
         FROM json_each(?1) k CROSS JOIN sources s ON s.id = k.value",
        to_text(&sources)
    )
}
