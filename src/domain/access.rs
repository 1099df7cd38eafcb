//! Cloudflare Access: what its assertions say, and whether that lets somebody in.
//!
//! It fetches no keys and computes no signature: the app does both through ports. An assertion is a JSON Web Token,
//! signed with RS256, in the header `Cf-Access-Jwt-Assertion`.
//!
//! Source: Cloudflare One, "Validate JWTs" and "Application token"; RFC 7515 and RFC 7519; RFC 8725 (§3.1: the algorithm
//! is ours to say, not the token's).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::time::Timestamp;

/// **Limit:** characters of an assertion; Access writes some thousand.
const MOST_ASSERTION: usize = 16_384;

/// **Limit:** keys of a team. There are two at a time.
const MOST_KEYS: usize = 20;

/// The least modulus that is trusted, in bytes (RFC 7518 §3.3: 2048 bits).
const LEAST_MODULUS: usize = 256;

/// How far Cloudflare's clock may be ahead of ours, in seconds.
const LEEWAY_S: i64 = 60;

/// Whom to believe, and for which application.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gate {
    /// The team's address, without a slash at its end: `https://team.cloudflareaccess.com`.
    pub issuer: String,
    /// The applications' audience tags; one of them must be in the assertion.
    pub audiences: Vec<String>,
}

impl Gate {
    /// Where the team's keys are.
    pub fn keys_url(&self) -> String {
        format!("{}/cdn-cgi/access/certs", self.issuer)
    }
}

/// A public RSA key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Key {
    /// Its id.
    pub id: String,
    /// The modulus, base64url.
    pub modulus: String,
    /// The exponent, base64url.
    pub exponent: String,
}

/// Reads a team's keys (RFC 7517): those that can be for RS256.
pub fn keys(json: &[u8]) -> Vec<Key> {
    let json: Value = serde_json::from_slice(json).unwrap_or_default();
    let all = json.get("keys").and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|key| {
        let text = |name: &str| key.get(name).and_then(Value::as_str);
        let fits = |name: &str, wanted: &str| text(name).is_none_or(|text| text == wanted);
        let long = text("n").and_then(|n| URL_SAFE_NO_PAD.decode(n).ok()).is_some_and(|n| n.len() >= LEAST_MODULUS);
        let usable = text("kty") == Some("RSA") && fits("alg", "RS256") && fits("use", "sig") && long;
        usable.then_some(())?;
        Some(Key { id: text("kid")?.to_owned(), modulus: text("n")?.to_owned(), exponent: text("e")?.to_owned() })
    })
    .take(MOST_KEYS)
    .collect()
}

/// An assertion that can be read. Whether it is true only its signature says.
#[derive(Clone, PartialEq, Debug)]
pub struct Assertion<'a> {
    /// The key that is said to have signed it.
    pub key_id: String,
    /// What was signed.
    pub signed: &'a [u8],
    /// The signature.
    pub signature: Vec<u8>,
    claims: Value,
}

impl<'a> Assertion<'a> {
    /// Reads an assertion; `None` for anything that is not one in RS256.
    pub fn read(text: &'a str) -> Option<Self> {
        let text = text.trim();
        if text.len() > MOST_ASSERTION {
            return None;
        }
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
        let json = |part: &str| serde_json::from_slice::<Value>(&decode(part)?).ok();
        let header = json(header)?;
        let text = |name: &str| header.get(name).and_then(Value::as_str);
        if text("alg") != Some("RS256") || header.get("crit").is_some() {
            return None;
        }
        let key_id = text("kid")?.to_owned();
        Some(Self { key_id, signed: signed.as_bytes(), signature: decode(signature)?, claims: json(claims)? })
    }

    /// Whether it is from this team, for this application, and of now.
    pub fn is_for(&self, gate: &Gate, now: Timestamp) -> bool {
        let now = now.as_millis() / 1_000;
        let wanted = |audience: &Value| gate.audiences.iter().any(|known| audience.as_str() == Some(known));
        let claim = |name: &str| self.claims.get(name).filter(|claim| !claim.is_null());
        let audience = claim("aud").is_some_and(|aud| match aud.as_array() {
            Some(all) => all.iter().any(wanted),
            None => wanted(aud),
        });
        // What is there and is no number is no time: it holds for nobody.
        let begun = claim("nbf").is_none_or(|from| from.as_i64().is_some_and(|from| from <= now + LEEWAY_S));
        let lasts = claim("exp").and_then(Value::as_i64).is_some_and(|until| until > now);
        claim("iss").and_then(Value::as_str) == Some(&gate.issuer) && audience && begun && lasts
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn token(header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.{}", part(header), part(claims), URL_SAFE_NO_PAD.encode("signature"))
    }

    fn gate() -> Gate {
        Gate { issuer: "https://team.example".to_owned(), audiences: vec!["a".repeat(64), "b".repeat(64)] }
    }

    #[test]
    fn only_rs256_is_read_whatever_the_token_says() {
        let claims = json!({"iss": "i", "aud": [], "exp": 1});
        assert!(Assertion::read(&token(&json!({"alg": "RS256", "kid": "k"}), &claims)).is_some());
        for header in [
            json!({"alg": "none", "kid": "k"}),
            json!({"alg": "HS256", "kid": "k"}),
            json!({"alg": "rs256", "kid": "k"}),
            json!({"alg": "RS512", "kid": "k"}),
            json!({"alg": "RS256"}),
            json!({"alg": "RS256", "kid": "k", "crit": ["x"]}),
            json!("RS256"),
        ] {
            assert_eq!(Assertion::read(&token(&header, &claims)), None, "{header}");
        }
        for text in ["", ".", "..", "a.b", "a.b.c", &"x".repeat(20_000)] {
            assert_eq!(Assertion::read(text), None, "{text}");
        }
    }

    #[test]
    fn team_application_and_time_must_fit() {
        let now = Timestamp::from_millis(1_000_000_000);
        let good = json!({"iss": "https://team.example", "aud": ["b".repeat(64)], "exp": 1_000_001, "nbf": 999_000});
        let holds = |claims: &Value| {
            let text = token(&json!({"alg": "RS256", "kid": "k"}), claims);
            Assertion::read(&text).is_some_and(|assertion| assertion.is_for(&gate(), now))
        };
        assert!(holds(&good));
        for (name, value) in [
            ("iss", json!("https://team.example/")),
            ("iss", json!("https://other.example")),
            ("aud", json!(["c"])),
            ("aud", json!([])),
            ("aud", json!("")),
            ("aud", json!(null)),
            ("aud", json!([["b".repeat(64)]])),
            ("exp", json!(1_000_000)),
            ("exp", json!("1000001")),
            ("exp", json!(null)),
            ("nbf", json!(1_000_061)),
            ("nbf", json!("0")),
        ] {
            let mut claims = good.clone();
            claims[name] = value;
            assert!(!holds(&claims), "{claims}");
        }
        for (name, value) in [("aud", json!("a".repeat(64))), ("nbf", json!(1_000_059)), ("nbf", json!(null))] {
            let mut claims = good.clone();
            claims[name] = value;
            assert!(holds(&claims), "{claims}");
        }
    }

    #[test]
    fn keys_that_are_not_for_rs256_are_left_out() {
        let modulus = URL_SAFE_NO_PAD.encode([255; 256]);
        let short = URL_SAFE_NO_PAD.encode([255; 128]);
        let json = json!({"keys": [
            {"kid": "1", "kty": "RSA", "alg": "RS256", "use": "sig", "n": modulus, "e": "AQAB"},
            {"kid": "2", "kty": "EC", "alg": "ES256", "x": "", "y": ""},
            {"kid": "3", "kty": "RSA", "alg": "RS512", "n": modulus, "e": "AQAB"},
            {"kid": "4", "kty": "RSA", "n": short, "e": "AQAB"},
            {"kid": "5", "kty": "RSA", "n": modulus, "e": "AQAB"}, 7], "public_cert": {}});
        let found: Vec<String> = keys(json.to_string().as_bytes()).into_iter().map(|key| key.id).collect();
        assert_eq!(found, ["1", "5"]);
        assert!(keys(b"<html>").is_empty());
    }
}
