//! Keeping a connection's secrets out of what a provider says: some repeat the very token in their errors, and what is
//! said stands in runs, where people read it.
//!
//! It looks for what it knows only: the secrets with which the call was made, as they are and as JSON escapes them.

use serde_json::Value;

use crate::domain::connection::Connection;

use super::Answer;

/// **Limit:** bytes below which a secret is left where it is found: three letters stand in every text, and hide nothing.
const SHORTEST: usize = 6;

/// What stands in a secret's place.
const HIDDEN: &[u8] = b"***";

/// An answer without the secrets of the connection that asked.
#[must_use]
pub fn redact(answer: Answer, connection: Option<&Connection>) -> Answer {
    let Some(connection) = connection else { return answer };
    match answer {
        Answer::Http(mut http) => {
            for secret in secrets(connection) {
                for written in [secret.replace('/', "\\/"), secret] {
                    hide(&mut http.body, written.as_bytes());
                }
            }
            Answer::Http(http)
        }
        // Our own words, or those of a binding that knows no secret of ours.
        Answer::Timeout
        | Answer::ConnectionLost
        | Answer::NotSent { .. }
        | Answer::Mail(_)
        | Answer::Contact { .. } => answer,
    }
}

/// Every secret of a connection, the longest first: one may be a part of another.
fn secrets(connection: &Connection) -> Vec<String> {
    let mut found = Vec::new();
    connection.secrets.expose().values().for_each(|value| gather(value, &mut found));
    found.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    found
}

fn gather(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let text = text.trim();
            // Of `Bearer …` the token alone may be repeated, and the word before it is no secret.
            let words = text.split_whitespace().filter(|word| word.bytes().any(|byte| !byte.is_ascii_alphabetic()));
            found.extend(words.chain([text]).filter(|word| word.len() >= SHORTEST).map(str::to_owned));
        }
        Value::Object(entries) => entries.values().for_each(|entry| gather(entry, found)),
        Value::Array(items) => items.iter().for_each(|item| gather(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn hide(body: &mut Vec<u8>, secret: &[u8]) {
    let mut from = 0;
    while let Some(at) = find(body.get(from..).unwrap_or_default(), secret) {
        let at = from + at;
        body.splice(at..at + secret.len(), HIDDEN.iter().copied());
        from = at + HIDDEN.len();
    }
    // What was cut off in the middle of it still begins with it.
    let longest = secret.len().min(body.len());
    let cut = (SHORTEST..longest).rev().find(|len| secret.get(..*len).is_some_and(|start| body.ends_with(start)));
    if let Some(len) = cut {
        body.truncate(body.len() - len);
        body.extend_from_slice(HIDDEN);
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.iter().position(|byte| *byte == first)?;
        if text.get(at..)?.starts_with(wanted) {
            return Some(at);
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::action::HttpAnswer;
    use crate::domain::connection::Kind;
    use crate::domain::ids::ConnectionId;
    use crate::domain::secret::Secret;
    use crate::domain::time::Timestamp;

    fn said(secrets: Value, body: &str) -> String {
        let connection = Connection {
            id: ConnectionId::new(Timestamp::from_millis(0), 1),
            kind: Kind::Http,
            name: String::new(),
            simulated: false,
            is_default: false,
            settings: Default::default(),
            secrets: Secret::new(secrets.as_object().unwrap().clone()),
        };
        let answer = Answer::Http(HttpAnswer { status: 401, body: body.as_bytes().to_vec(), ..HttpAnswer::default() });
        let Answer::Http(http) = redact(answer, Some(&connection)) else { panic!("another answer") };
        String::from_utf8(http.body).unwrap()
    }

    #[test]
    fn a_secret_is_hidden_wherever_it_is_repeated() {
        let secrets = json!({"access_token": "EAAB/x+1", "headers": {"Authorization": "Bearer tok-123456", "X": "ab"}});
        assert_eq!(
            said(
                secrets.clone(),
                r#"{"message":"bad EAAB/x+1, EAAB/x+1; EAAB\/x+1; token tok-123456; Bearer tok-123456 ab"}"#
            ),
            r#"{"message":"bad ***, ***; ***; token ***; *** ab"}"#
        );
        assert_eq!(said(secrets.clone(), "EAA and nothing else"), "EAA and nothing else");
        assert_eq!(said(secrets, "cut off at tok-1234"), "cut off at ***");
    }

    #[test]
    fn the_longer_of_two_secrets_is_hidden_whole() {
        assert_eq!(said(json!({"a": "secret", "b": "secret-and-more"}), "secret-and-more"), "***");
    }
}
