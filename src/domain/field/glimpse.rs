//! What arrived, in half a line: the first values of an event that say something to a person.
//!
//! It hides nothing by itself but what it is told to: the payload comes as people may see it.

use serde_json::Value;

/// **Limit:** values of a glimpse.
const MOST_VALUES: usize = 4;

/// **Limit:** characters of each.
const MOST_CHARS: usize = 60;

/// The first few texts and numbers among an event's fields, but for those at hidden paths; `None` when there is none.
pub fn glimpse(fields: &[(String, Value)], hidden: impl Fn(&str) -> bool) -> Option<String> {
    let mut values = Vec::with_capacity(MOST_VALUES);
    for (path, value) in fields {
        let text = match value {
            Value::String(text) => on_one_line(text),
            Value::Number(number) => number.to_string().chars().take(MOST_CHARS).collect(),
            // A list says too much, and a yes without its name nothing.
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => continue,
        };
        if text.is_empty() || hidden(path) {
            continue;
        }
        values.push(text);
        if values.len() == MOST_VALUES {
            break;
        }
    }
    (!values.is_empty()).then(|| values.join(" · "))
}

/// The beginning of a text, each run of white space one space.
fn on_one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.chars().count() >= MOST_CHARS {
            break;
        }
    }
    line.chars().take(MOST_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::field::flatten;

    fn of(json: &str) -> Option<String> {
        glimpse(&flatten(&serde_json::from_str(json).unwrap()).fields, |path| path == "c.iban")
    }

    #[test]
    fn it_is_the_first_values_that_say_something() {
        let json = r#"{"a":null,"b":true,"c":{"iban":"IT60","nome":" Ada \n Byron "},"n":89.90,"l":["x"],"e":"","f":"1","g":"2","h":"3"}"#;
        assert_eq!(of(json).unwrap(), "Ada Byron · 89.90 · 1 · 2");
        assert_eq!(of(r#"{"a":null,"b":[1],"c":{"iban":"IT60"}}"#), None);
    }

    #[test]
    fn it_is_short_whatever_comes() {
        let long = "è".repeat(5_000);
        let json = format!(r#"{{"a":"{long}","b":"x {long}","n":{}}}"#, "9".repeat(400));
        assert_eq!(of(&json).unwrap().chars().count(), 3 * MOST_CHARS + 2 * 3);
    }
}
