//! What a template of one run can see, and how a field is found in it by the name that a person gave it.
//!
//! It does not render. Templates and conditions find fields in this one place, so that both mean the same by a name.

use std::borrow::Cow;
use std::iter::Peekable;
use std::rc::Rc;
use std::str::Chars;

use serde_json::{Map, Value};

use crate::domain::settings::Settings;
use crate::domain::time::ZoneOffset;

/// Everything that a template of one run can see.
#[derive(Clone)]
pub struct Scope {
    payload: Rc<Map<String, Value>>,
    system: Map<String, Value>,
    pub(super) time_zone: String,
    pub(super) zone_offset: ZoneOffset,
    pub(super) default_country: String,
}

impl Scope {
    /// A scope with a payload as it was sent; system values are added with [`Scope::set_system`].
    pub fn new(payload: impl Into<Rc<Map<String, Value>>>, settings: &Settings) -> Self {
        Self {
            payload: payload.into(),
            system: Map::new(),
            time_zone: settings.time_zone.clone(),
            zone_offset: settings.zone_offset,
            default_country: settings.default_country.clone(),
        }
    }

    /// Sets one of the system's own values: `event`, `source`, `contact`, `steps`.
    pub fn set_system(&mut self, name: &str, value: Value) {
        self.system.insert(name.to_owned(), value);
    }

    /// A field, in this order: the payload by its literal key, the payload by its path (`cliente.nome`, `a\.b`,
    /// `prodotti[0].nome`, `prodotti[].nome` as a list), `payload.…`, `uncino.…`, the system's values by their path.
    ///
    /// So what was sent wins, as far as it goes: with the payload `{"event":"signup"}`, `event` is `signup` and
    /// `event.id` is still the system's, because nothing that was sent has that name.
    pub fn lookup(&self, name: &str) -> Option<Value> {
        self.locate(name).map(Cow::into_owned)
    }

    /// Whether [`Scope::lookup`] finds something.
    pub(super) fn has(&self, name: &str) -> bool {
        self.locate(name).is_some()
    }

    fn locate(&self, name: &str) -> Option<Cow<'_, Value>> {
        let name = name.trim();
        if let Some(value) = find(&self.payload, name) {
            return Some(value);
        }
        match split_root(name) {
            ("payload", None) => Some(Cow::Owned(Value::Object(Map::clone(&self.payload)))),
            ("payload", Some(rest)) => find(&self.payload, rest),
            ("uncino", None) => Some(Cow::Owned(Value::Object(self.system.clone()))),
            ("uncino", Some(rest)) => find(&self.system, rest),
            _ => find(&self.system, name),
        }
    }
}

/// Whether a name is the system's, whatever was sent: a template that mentions it mentions no field.
pub(super) fn is_system(name: &str) -> bool {
    matches!(split_root(name).0, "event" | "source" | "contact" | "steps" | "uncino")
}

/// The step whose output a name asks for: `s1` in `steps.s1.x`, `steps["s1"].x` and `uncino.steps.s1`.
pub fn step_of(name: &str) -> Option<String> {
    let path = segments(name.trim())?;
    let root = |segment: &Segment, wanted: &str| matches!(segment, Segment::Key(key) if key == wanted);
    let own = path.split_first().filter(|(first, _)| root(first, "uncino")).map_or(path.as_slice(), |(_, rest)| rest);
    match own {
        [first, Segment::Key(id), ..] if root(first, "steps") => Some(id.clone()),
        [first, Segment::Index(id), ..] if root(first, "steps") => Some(id.to_string()),
        _ => None,
    }
}

/// The name without `payload.` in front.
pub(super) fn without_payload(name: &str) -> &str {
    match split_root(name) {
        ("payload", Some(rest)) => rest,
        _ => name,
    }
}

fn split_root(name: &str) -> (&str, Option<&str>) {
    name.split_once('.').map_or((name, None), |(root, rest)| (root, Some(rest)))
}

fn find<'a>(object: &'a Map<String, Value>, name: &str) -> Option<Cow<'a, Value>> {
    object.get(name).map(Cow::Borrowed).or_else(|| walk_object(object, &segments(name)?))
}

/// One step of a path.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Segment {
    Key(String),
    Index(usize),
    Each,
}

/// `None` when the name is no path, or a path of one key, which the literal look-up has tried already.
fn segments(name: &str) -> Option<Vec<Segment>> {
    let mut found = Vec::new();
    let mut key = String::new();
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => key.push(chars.next()?),
            '.' => {
                if found.is_empty() && key.is_empty() {
                    return None;
                }
                finish(&mut key, &mut found);
            }
            '[' => {
                finish(&mut key, &mut found);
                found.push(bracket(&mut chars)?);
            }
            other => key.push(other),
        }
    }
    finish(&mut key, &mut found);
    (!found.is_empty()).then_some(found)
}

fn finish(key: &mut String, found: &mut Vec<Segment>) {
    if !key.is_empty() {
        found.push(Segment::Key(std::mem::take(key)));
    }
}

/// What stands between brackets: nothing, a number, a key with or without quotes.
fn bracket(chars: &mut Peekable<Chars<'_>>) -> Option<Segment> {
    let mut inner = String::new();
    let quote = chars.peek().copied().filter(|c| matches!(c, '"' | '\''));
    if let Some(quote) = quote {
        chars.next();
        loop {
            match chars.next()? {
                '\\' => inner.push(chars.next()?),
                c if c == quote => break,
                c => inner.push(c),
            }
        }
        return (chars.next()? == ']').then_some(Segment::Key(inner));
    }
    loop {
        match chars.next()? {
            ']' => break,
            c => inner.push(c),
        }
    }
    Some(match inner.trim() {
        "" => Segment::Each,
        inner => inner.parse().map_or_else(|_| Segment::Key(inner.to_owned()), Segment::Index),
    })
}

fn walk<'a>(value: &'a Value, path: &[Segment]) -> Option<Cow<'a, Value>> {
    let Some((first, rest)) = path.split_first() else { return Some(Cow::Borrowed(value)) };
    match (value, first) {
        (Value::Object(object), _) => walk_object(object, path),
        (Value::Array(items), Segment::Index(index)) => walk(items.get(*index)?, rest),
        (Value::Array(items), Segment::Key(key)) => walk(items.get(key.parse::<usize>().ok()?)?, rest),
        (Value::Array(items), Segment::Each) => {
            let nested = rest.contains(&Segment::Each);
            let found = items.iter().filter_map(|item| walk(item, rest)).map(Cow::into_owned);
            Some(Cow::Owned(Value::Array(if nested { found.flat_map(items_of).collect() } else { found.collect() })))
        }
        (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_), _) => None,
    }
}

fn walk_object<'a>(object: &'a Map<String, Value>, path: &[Segment]) -> Option<Cow<'a, Value>> {
    let (first, rest) = path.split_first()?;
    let found = match first {
        Segment::Key(key) => object.get(key).and_then(|value| walk(value, rest)),
        Segment::Index(index) => object.get(&index.to_string()).and_then(|value| walk(value, rest)),
        Segment::Each => None,
    };
    // A key with a dot in it, written without the backslash.
    found.or_else(|| {
        let keys: Option<Vec<&str>> = path
            .iter()
            .map(|segment| match segment {
                Segment::Key(key) => Some(key.as_str()),
                Segment::Index(_) | Segment::Each => None,
            })
            .collect();
        keys.filter(|keys| keys.len() > 1).and_then(|keys| object.get(&keys.join(".")).map(Cow::Borrowed))
    })
}

fn items_of(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => vec![value],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn scope() -> Scope {
        let payload = json!({
            "nome": "Anna", "cliente": {"nome": "Bice", "codice-fiscale": "X", "a.b": 3}, "c.d": 4, "your-email": "e",
            "Nome e cognome": "Anna Rossi", "event": "signup", "payload": {"x": 1}, "y": 2, "città": "Roma",
            "prodotti": [{"nome": "Scarpe", "tag": ["a", "b"]}, {"nome": "Calze", "tag": ["c"]}],
        });
        let mut scope = Scope::new(payload.as_object().unwrap().clone(), &Settings::new(|_, _| 60));
        scope.set_system("event", json!({"id": "evt_1"}));
        scope.set_system("steps", json!({"s1": {"message_id": "wamid"}}));
        scope
    }

    #[test]
    fn a_name_that_asks_for_a_steps_output_tells_which() {
        for name in ["steps.s1.x", " steps.s1 ", "steps[\"s1\"].x", "steps['s1'][0]", "uncino.steps.s1.x", "steps.s1[]"]
        {
            assert_eq!(step_of(name).as_deref(), Some("s1"), "{name}");
        }
        assert_eq!(step_of("steps[7].x").as_deref(), Some("7"));
        for name in
            ["steps", "steps.", "steps[].x", "uncino.steps", "uncino.event.id", "passi.steps.s1", "steps_s1", ""]
        {
            assert_eq!(step_of(name), None, "{name}");
        }
    }

    #[test]
    fn a_field_is_found_by_key_path_and_system_path() {
        for (name, value) in [
            ("nome", json!("Anna")),
            (" nome ", json!("Anna")),
            ("cliente.nome", json!("Bice")),
            ("cliente.codice-fiscale", json!("X")),
            ("cliente[\"codice-fiscale\"]", json!("X")),
            ("cliente.a\\.b", json!(3)),
            ("cliente.a.b", json!(3)),
            ("c.d", json!(4)),
            ("c\\.d", json!(4)),
            ("your-email", json!("e")),
            ("Nome e cognome", json!("Anna Rossi")),
            ("città", json!("Roma")),
            ("prodotti[0].nome", json!("Scarpe")),
            ("prodotti.1.nome", json!("Calze")),
            ("prodotti[].nome", json!(["Scarpe", "Calze"])),
            ("prodotti[].tag[]", json!(["a", "b", "c"])),
            ("event", json!("signup")),
            ("event.id", json!("evt_1")),
            ("uncino.event.id", json!("evt_1")),
            ("payload.x", json!(1)),
            ("payload.y", json!(2)),
            ("payload.cliente.nome", json!("Bice")),
            ("steps.s1.message_id", json!("wamid")),
        ] {
            assert_eq!(scope().lookup(name), Some(value), "{name}");
        }
        for name in
            ["", ".", "..", "x", "nome.x", "[", "[]", "]", "prodotti[9]", "prodotti[", "a\\", "cliente..", ".nome"]
        {
            let found = scope().lookup(name);
            assert!(found.is_none() || name == "cliente..", "{name}");
        }
    }
}
