//! Challenges: how a provider asks whether an address is ours, and what it expects to hear.
//!
//! A challenge is no event: nothing of it is stored, learned or run. What is answered is one of two things. An *echo*
//! repeats what was asked, as plain text of harmless characters, to somebody who knows the source's unguessable URL: it
//! proves nothing but that, and needs no setting. A *proof* signs what was asked with the source's secret, and could
//! become an oracle that signs bodies for whoever knows the URL. So nothing is signed
//!
//! - unless the source verifies by the very scheme whose provider asks,
//! - that could be a delivery under that scheme: a token holds neither brace nor colon; X's deliveries begin with a
//!   brace (`signature/x.rs` takes no other), and what Zoom signs begins with `v0:`,
//! - and for Zoom, whose challenges are signed themselves, not before that signature was checked.

use serde_json::Value;

use super::event::Header;
use super::input::Reader;
use super::problem::Fault;
use super::signature::{Algorithm, Encoding, Verification, hex};

/// **Limit:** bytes of a body that may be a challenge. Slack's and Zoom's have some 150.
const MAX_BODY: usize = 1_024;

/// **Limit:** characters that are sent back. Microsoft's, the longest, are some 150.
const MAX_ECHO: usize = 500;

/// **Limit:** characters that are signed. X's are some 50, Zoom's 22.
const MAX_TOKEN: usize = 200;

/// What a request asks, as far as a challenge is concerned.
pub struct Asked<'a> {
    /// Whether it is a GET, which cannot be a delivery.
    pub get: bool,
    /// The query string.
    pub query: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
    /// Its headers.
    pub header: Header<'a>,
}

/// What a provider wants to hear.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Challenge {
    /// What it said, whoever it is.
    Echo(String),
    /// What it said, if the delivery is signed as the source demands (Slack).
    SignedEcho(String),
    /// What it said, if it knows the verify token (Meta).
    VerifiedEcho {
        /// The token that it brings.
        token: String,
        /// What it wants to hear.
        challenge: String,
    },
    /// A signature of X's token.
    Crc(String),
    /// A signature of Zoom's token, if the delivery is signed.
    Validation(String),
}

/// Reads the setting: the query parameter, and the verify token in clear. Null takes both away.
///
/// # Errors
/// Every fault, by path.
pub fn parse(value: &Value) -> Result<(Option<String>, Option<String>), Vec<Fault>> {
    if value.is_null() {
        return Ok((None, None));
    }
    let mut reader = Reader::new(value).map_err(|fault| vec![fault])?;
    let query = reader.text("query", 64);
    let verify_token = reader.text("verify_token", MAX_TOKEN);
    let named = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    if query.as_deref().is_some_and(|name| !named(name)) {
        reader.fault("query", "invalid", "must be the name of a query parameter: letters, digits, `-`, `_` and `.`");
    }
    if verify_token.as_deref().is_some_and(|token| token.trim().is_empty()) {
        reader.fault("verify_token", "invalid", "must not be blank");
    }
    if query.is_none() && verify_token.is_none() && !reader.has_faults() {
        reader.fault("", "required", "holds `query` or `verify_token`; null takes both away");
    }
    let faults = reader.finish();
    if faults.is_empty() { Ok((query, verify_token)) } else { Err(faults) }
}

impl Asked<'_> {
    /// Whether it can be a challenge at all, seen without knowing the source: what is not, pays for no look-up.
    pub fn is_possible(&self) -> bool {
        if self.get || self.body.is_empty() {
            return self.query.is_some_and(|query| !query.is_empty());
        }
        if self.is_ping() {
            return true;
        }
        let holds = |word: &str| self.body.windows(word.len()).any(|window| window == word.as_bytes());
        self.body.len() <= MAX_BODY && (holds("url_verification") || holds("endpoint.url_validation"))
    }

    /// Whether it has the form of a provider's challenge, so that whoever sent it wants to hear what is wrong.
    pub fn is_plain(&self) -> bool {
        ["hub.challenge", "crc_token", "validationToken"].iter().any(|name| self.parameter(name).is_some())
    }

    /// What it asks of a source with this parameter of its own and this rule.
    pub fn challenge(&self, parameter: Option<&str>, rule: Option<&Verification>) -> Option<Challenge> {
        if !self.get && !self.body.is_empty() {
            return if self.is_ping() { Some(Challenge::Echo("ok".to_owned())) } else { self.in_body(rule) };
        }
        if self.get && self.parameter("hub.mode").is_some_and(|mode| mode == "subscribe") {
            let challenge = harmless(&self.parameter("hub.challenge")?)?;
            let token = self.parameter("hub.verify_token").unwrap_or_default();
            return Some(Challenge::VerifiedEcho { token, challenge });
        }
        if self.get
            && rule.is_some_and(Verification::is_x)
            && let Some(token) = self.parameter("crc_token")
        {
            return is_token(&token).then_some(Challenge::Crc(token));
        }
        ["validationToken"]
            .into_iter()
            .chain(parameter)
            .find_map(|name| self.parameter(name))
            .and_then(|text| harmless(&text))
            .map(Challenge::Echo)
    }

    /// What WooCommerce sends when somebody saves a webhook: unsigned, and only an answer of 200 will do. Source:
    /// WooCommerce, `WC_Webhook::deliver_ping`.
    fn is_ping(&self) -> bool {
        let id = self.body.strip_prefix(b"webhook_id=");
        let is_id = |id: &[u8]| (1..=20).contains(&id.len()) && id.iter().all(u8::is_ascii_digit);
        id.is_some_and(is_id) && (self.header)("user-agent").is_some_and(|agent| agent.starts_with("WooCommerce/"))
    }

    fn in_body(&self, rule: Option<&Verification>) -> Option<Challenge> {
        if self.body.len() > MAX_BODY {
            return None;
        }
        let body: Value = serde_json::from_slice(self.body).ok()?;
        let text = |value: &Value, key: &str| value.get(key)?.as_str().map(str::to_owned);
        if text(&body, "type").as_deref() == Some("url_verification") {
            // Exactly what Slack sends: an event that only looks like it is an event.
            let own = body.as_object()?.keys().all(|key| ["type", "challenge", "token"].contains(&key.as_str()));
            let challenge = text(&body, "challenge").filter(|_| own)?;
            return harmless(&challenge).map(Challenge::SignedEcho);
        }
        let is_validation = text(&body, "event").as_deref() == Some("endpoint.url_validation");
        if is_validation && rule.is_some_and(Verification::is_zoom) {
            let token = text(body.get("payload")?, "plainToken")?;
            return is_token(&token).then_some(Challenge::Validation(token));
        }
        None
    }

    /// A parameter of the query, decoded.
    fn parameter(&self, name: &str) -> Option<String> {
        let pairs = form_urlencoded::parse(self.query?.as_bytes());
        pairs.into_iter().find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
    }
}

/// A text of characters that no reader of markup, script or spreadsheets takes for more than text.
fn harmless(text: &str) -> Option<String> {
    let possible = |byte: u8| byte.is_ascii_alphanumeric() || b" -._~:/+=,".contains(&byte);
    let good = (1..=MAX_ECHO).contains(&text.len()) && text.bytes().all(possible);
    good.then(|| text.to_owned())
}

/// Whether a text may be signed: it can be nobody's delivery.
fn is_token(text: &str) -> bool {
    let possible = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    (1..=MAX_TOKEN).contains(&text.len()) && text.bytes().all(possible)
}

/// X's answer: `{"response_token": "sha256=…"}`. Source: X's manual, "Challenge-Response Checks".
pub fn crc(secret: &str, token: &str) -> Value {
    let mac = Algorithm::Sha256.hmac(secret.as_bytes(), &[token.as_bytes()]);
    serde_json::json!({ "response_token": format!("sha256={}", Encoding::Base64.text(&mac)) })
}

/// Zoom's answer. Source: Zoom's manual, "Using webhooks", "Validate your webhook endpoint".
pub fn validation(secret: &str, token: &str) -> Value {
    let mac = Algorithm::Sha256.hmac(secret.as_bytes(), &[token.as_bytes()]);
    serde_json::json!({ "plainToken": token, "encryptedToken": hex(&mac) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rule(scheme: &str) -> Verification {
        Verification { scheme: scheme.to_owned(), ..Verification::default() }
    }

    fn get(query: &str, parameter: Option<&str>, scheme: &str) -> Option<Challenge> {
        let asked = Asked { get: true, query: Some(query), body: b"", header: &|_| None };
        let found = asked.challenge(parameter, Some(&rule(scheme)));
        assert!(found.is_none() || asked.is_possible());
        found
    }

    fn post(body: &Value, scheme: &str) -> Option<Challenge> {
        let text = body.to_string();
        let asked = Asked { get: false, query: None, body: text.as_bytes(), header: &|_| None };
        let found = asked.challenge(None, Some(&rule(scheme)));
        assert!(found.is_none() || asked.is_possible());
        found
    }

    #[test]
    fn each_provider_is_understood() {
        let meta = get("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=gettone", None, "github");
        let expected = Challenge::VerifiedEcho { token: "gettone".to_owned(), challenge: "1158201444".to_owned() };
        assert_eq!(meta, Some(expected));
        assert_eq!(get("crc_token=OGY0M2U0", None, "x"), Some(Challenge::Crc("OGY0M2U0".to_owned())));
        let text = "Validation: Testing client application reachability for subscription Request-Id: 522a8e7e-096a";
        let query = format!("validationToken={}", text.replace(' ', "+").replace(':', "%3a"));
        assert_eq!(get(&query, None, ""), Some(Challenge::Echo(text.to_owned())));
        let posted = Asked { get: false, query: Some(&query), body: b"", header: &|_| None };
        assert_eq!(posted.challenge(None, None), Some(Challenge::Echo(text.to_owned())));
        assert_eq!(get("challenge=abc", Some("challenge"), ""), Some(Challenge::Echo("abc".to_owned())));
        assert_eq!(
            post(
                &json!({"token": "Jhj5dZrVaK7ZwHHjRyZWjbDl", "challenge": "3eZbrw1a", "type": "url_verification"}),
                "slack"
            ),
            Some(Challenge::SignedEcho("3eZbrw1a".to_owned()))
        );
        let zoom = json!({"event": "endpoint.url_validation", "event_ts": 1, "payload": {"plainToken": "qgg8vlvZRS6UYooatFL8Aw"}});
        assert_eq!(post(&zoom, "zoom"), Some(Challenge::Validation("qgg8vlvZRS6UYooatFL8Aw".to_owned())));
    }

    #[test]
    fn the_ping_of_woocommerce_is_answered_and_nothing_like_it() {
        let asked = |body: &'static str, agent: Option<&str>| {
            let header = |name: &str| agent.filter(|_| name == "user-agent").map(str::to_owned);
            let asked = Asked { get: false, query: None, body: body.as_bytes(), header: &header };
            asked.is_possible().then(|| asked.challenge(None, Some(&rule("woocommerce")))).flatten()
        };
        let agent = Some("WooCommerce/9.1.2 Hookshot (WordPress/6.5)");
        assert_eq!(asked("webhook_id=5", agent), Some(Challenge::Echo("ok".to_owned())));
        for (body, agent) in [
            ("webhook_id=5", None),
            ("webhook_id=5", Some("Mozilla/5.0 WooCommerce/9")),
            ("webhook_id=", agent),
            ("webhook_id=5&nome=Ada", agent),
            (r#"{"id":5}"#, agent),
        ] {
            assert_eq!(asked(body, agent), None, "{body}");
        }
    }

    #[test]
    fn nothing_is_signed_for_another_scheme() {
        for scheme in ["", "slack", "hmac", "github"] {
            assert_eq!(get("crc_token=OGY0M2U0", None, scheme), None, "{scheme}");
            let zoom = json!({"event": "endpoint.url_validation", "payload": {"plainToken": "abc"}});
            assert_eq!(post(&zoom, scheme), None, "{scheme}");
        }
    }

    #[test]
    fn nothing_is_signed_that_could_be_a_delivery() {
        let long = "a".repeat(MAX_TOKEN + 1);
        for text in ["{\"a\":1}", "{}", " {}", "v0:1700000000:{}", "v0:1:a", "", "a b", "a&b", "a\n", "[1]", &long] {
            let query = form_urlencoded::Serializer::new(String::new()).append_pair("crc_token", text).finish();
            assert_eq!(get(&query, None, "x"), None, "{text}");
            let zoom = json!({"event": "endpoint.url_validation", "payload": {"plainToken": text}});
            assert_eq!(post(&zoom, "zoom"), None, "{text}");
        }
    }

    #[test]
    fn nothing_is_repeated_that_could_be_more_than_text() {
        let long = "a".repeat(MAX_ECHO + 1);
        for text in ["<script>", "a\"b", "a'b", "a&lt;", "a\r\nb", "a\0", "è", "a;b", "(a)", "", &long] {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.append_pair("validationToken", text).append_pair("c", text);
            assert_eq!(get(&query.finish(), Some("c"), ""), None, "{text}");
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.append_pair("hub.mode", "subscribe").append_pair("hub.challenge", text);
            assert_eq!(get(&query.finish(), None, ""), None, "{text}");
            assert_eq!(post(&json!({"type": "url_verification", "challenge": text}), "slack"), None, "{text}");
        }
    }

    #[test]
    fn an_event_that_only_looks_like_a_challenge_is_an_event() {
        for body in [
            json!({"type": "url_verification", "challenge": "abc", "nome": "Ada"}),
            json!({"type": "url_verification"}),
            json!({"type": "url_verification", "challenge": 1}),
            json!({"type": "event_callback", "challenge": "abc", "note": "url_verification"}),
            json!([{"type": "url_verification", "challenge": "abc"}]),
            json!({"event": "endpoint.url_validation", "payload": {}}),
            json!({"event": "endpoint.url_validation"}),
        ] {
            assert_eq!(post(&body, "zoom"), None, "{body}");
        }
        let query = Some("validationToken=abc&challenge=abc&hub.mode=subscribe&hub.challenge=1");
        assert_eq!(
            Asked { get: false, query, body: b"{}", header: &|_| None }.challenge(Some("challenge"), None),
            None
        );
        assert!(!Asked { get: true, query: None, body: b"", header: &|_| None }.is_possible());
        assert!(!Asked { get: false, query, body: br#"{"a":1}"#, header: &|_| None }.is_possible());
    }

    #[test]
    fn proofs_are_what_the_providers_expect() {
        // Made with Python's `hmac`.
        let token = "sha256=o4bpITwF2GIiI02uZmAR6gE9RhsEzJnyjf4CESlfZyM=";
        assert_eq!(crc("consumer secret", "OGY0M2U0MGEtZjE2ZC00YjQ0"), json!({"response_token": token}));
        let encrypted = "39b8dfc472156d09751ff95badb7c9dfc4e81295a8dd72928ab3e7f6b3f48769";
        let expected = json!({"plainToken": "qgg8vlvZRS6UYooatFL8Aw", "encryptedToken": encrypted});
        assert_eq!(validation("zoom secret token", "qgg8vlvZRS6UYooatFL8Aw"), expected);
    }

    #[test]
    fn the_setting_names_its_faults() {
        let token = Some("x".to_owned());
        assert_eq!(parse(&json!({"query": "challenge"})), Ok((Some("challenge".to_owned()), None)));
        assert_eq!(parse(&json!({"verify_token": "x"})), Ok((None, token)));
        assert_eq!(parse(&Value::Null), Ok((None, None)));
        for (value, path, code) in [
            (json!({}), "", "required"),
            (json!({"query": "a b"}), "query", "invalid"),
            (json!({"query": ""}), "query", "invalid"),
            (json!({"query": 1}), "query", "invalid"),
            (json!({"verify_token": " "}), "verify_token", "invalid"),
            (json!({"query": "a", "body": "b"}), "body", "unknown_key"),
            (json!([]), "", "invalid"),
        ] {
            let faults = parse(&value).unwrap_err();
            assert_eq!((faults.len(), faults[0].path.as_str(), faults[0].code.as_str()), (1, path, code), "{value}");
        }
    }
}
