//! Reading an object that a person or a program sent, with every fault collected instead of the first.
//!
//! It does not know what the object is for: each owner names its keys, and what it did not name is a fault.

use serde_json::{Map, Value};

use super::problem::Fault;

/// What a fault calls a text.
const A_TEXT: &str = "a text";

/// Reads the keys of one object and remembers which were asked for.
pub struct Reader<'a> {
    object: &'a Map<String, Value>,
    known: Vec<&'a str>,
    faults: Vec<Fault>,
}

impl<'a> Reader<'a> {
    /// Begins to read a value that must be an object.
    ///
    /// # Errors
    /// When it is not one.
    pub fn new(value: &'a Value) -> Result<Self, Fault> {
        match value.as_object() {
            Some(object) => Ok(Self { object, known: Vec::new(), faults: Vec::new() }),
            None => Err(Fault::new("", "invalid", format!("must be an object, is {}", kind_of(value)))),
        }
    }

    /// The value of a key; `None` when it is absent. An explicit null counts as a value.
    pub fn value(&mut self, key: &'a str) -> Option<&'a Value> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        self.object.get(key)
    }

    /// Notes a fault at a key.
    pub fn fault(&mut self, key: &str, code: &str, message: impl Into<String>) {
        self.faults.push(Fault::new(key, code, message));
    }

    /// Whether anything was found wrong so far.
    pub fn has_faults(&self) -> bool {
        !self.faults.is_empty()
    }

    /// Takes over the faults of something that stands under a key.
    pub fn faults_under(&mut self, key: &str, faults: Vec<Fault>) {
        self.faults.extend(faults.into_iter().map(|fault| fault.under(key)));
    }

    fn of_type<T>(&mut self, key: &'a str, wanted: &str, read: impl FnOnce(&'a Value) -> Option<T>) -> Option<T> {
        let value = self.value(key).filter(|value| !value.is_null())?;
        let found = read(value);
        if found.is_none() {
            // Of what should have been a text only its kind: it may be a secret that somebody sent as a number.
            let is = if wanted == A_TEXT { kind_of(value).to_owned() } else { shown(value) };
            self.fault(key, "invalid", format!("must be {wanted}, is {is}"));
        }
        found
    }

    /// A text; null counts as absent. **Limit:** `max` characters.
    pub fn text(&mut self, key: &'a str, max: usize) -> Option<String> {
        let text = self.of_type(key, A_TEXT, Value::as_str)?;
        if text.chars().count() > max {
            self.fault(key, "too_long", format!("must have at most {max} characters"));
            return None;
        }
        Some(text.to_owned())
    }

    /// A text that must be there and not blank.
    pub fn required_text(&mut self, key: &'a str, max: usize) -> Option<String> {
        let before = self.faults.len();
        let text = self.text(key, max).filter(|text| !text.trim().is_empty());
        if text.is_none() && self.faults.len() == before {
            self.fault(key, "required", "is required");
        }
        text
    }

    /// A boolean.
    pub fn boolean(&mut self, key: &'a str) -> Option<bool> {
        self.of_type(key, "true or false", Value::as_bool)
    }

    /// A whole number between two bounds.
    pub fn integer(&mut self, key: &'a str, min: u32, max: u32) -> Option<u32> {
        let read = |value: &Value| {
            value.as_u64().and_then(|number| u32::try_from(number).ok()).filter(|number| (min..=max).contains(number))
        };
        self.of_type(key, &format!("a whole number from {min} to {max}"), read)
    }

    /// A list.
    pub fn list(&mut self, key: &'a str) -> Option<&'a Vec<Value>> {
        self.of_type(key, "a list", Value::as_array)
    }

    /// An object.
    pub fn object(&mut self, key: &'a str) -> Option<&'a Map<String, Value>> {
        self.of_type(key, "an object", Value::as_object)
    }

    /// A list of texts that are not blank.
    pub fn texts(&mut self, key: &'a str, max: usize) -> Option<Vec<String>> {
        let list = self.list(key)?;
        if list.len() > max {
            self.fault(key, "too_long", format!("must have at most {max} items"));
            return None;
        }
        let mut texts = Vec::with_capacity(list.len());
        for (index, item) in list.iter().enumerate() {
            match item.as_str().filter(|text| !text.trim().is_empty()) {
                Some(text) => texts.push(text.to_owned()),
                None => self.fault(&format!("{key}[{index}]"), "invalid", "must be a text that is not blank"),
            }
        }
        Some(texts)
    }

    /// Ends the reading where nobody can say which keys there should be.
    pub fn end(self) -> Vec<Fault> {
        self.faults
    }

    /// Ends the reading: every key that nobody asked for is a fault too.
    pub fn finish(mut self) -> Vec<Fault> {
        for key in self.object.keys().filter(|key| !self.known.contains(&key.as_str())) {
            let known = match self.known.as_slice() {
                [] => "no key is".to_owned(),
                known => format!("known are `{}`", known.join("`, `")),
            };
            self.faults.push(Fault::new(key, "unknown_key", format!("is not known here; {known}")));
        }
        self.faults
    }
}

/// What was sent instead: a number as it is, because it may be only too large; of anything else its kind.
fn shown(value: &Value) -> String {
    let number = value.as_number().filter(|number| number.as_str().len() <= 20);
    number.map_or_else(|| kind_of(value).to_owned(), ToString::to_string)
}

/// What a JSON value is, in words.
pub fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_fault_is_listed_and_unknown_keys_are_faults() {
        let value = json!({"name": "", "limit": 900, "colour": 1});
        let mut reader = Reader::new(&value).unwrap();
        assert_eq!(reader.required_text("name", 10), None);
        assert_eq!(reader.integer("limit", 1, 200), None);
        let codes: Vec<_> = reader.finish().into_iter().map(|fault| (fault.path, fault.code)).collect();
        let expected = [("name", "required"), ("limit", "invalid"), ("colour", "unknown_key")];
        assert_eq!(codes, expected.map(|(path, code)| (path.to_owned(), code.to_owned())));
    }
}
