//! Proofs of origin under hostile headers: every scheme, what `identify` finds, challenges, and delivery reports.

use serde_json::json;
use uncino::domain::action::whatsapp_reports;
use uncino::domain::challenge::{Asked, Challenge};
use uncino::domain::run::report::Stage;
use uncino::domain::signature::{Algorithm, Delivery, Encoding, SCHEMES, Verification, hex, search};
use uncino::domain::time::Timestamp;

use super::{SECRET, changed, corpus, fuzz};

/// When everything here is signed.
const NOW_S: i64 = 1_700_000_000;

const KEY: &str = "whsec_c2VncmV0bw==";
const URL: &str = "https://hooks.example.com/in/abc?a=1";

/// A form, so that Twilio's scheme has parameters to sign, and a brace, without which X's signs nothing.
const BODY: &[u8] = b"{\"n\":1}&Body=ciao&From=%2B39333";

fn rule(scheme: &str) -> Verification {
    Verification {
        scheme: scheme.to_owned(),
        header: Some("x-proof".to_owned()),
        username: Some("negozio".to_owned()),
        algorithm: Some(Algorithm::Sha512),
        encoding: Some(Encoding::Hex),
        prefix: Some("v=".to_owned()),
        signed: Some(uncino::domain::signature::Signed::TimestampBody),
        timestamp_header: Some("x-time".to_owned()),
        tolerance_s: Some(60),
    }
}

/// What a sender writes: the headers, and the proof itself, without which none of them proves anything.
fn signed(scheme: &str, at: &str) -> (Vec<(&'static str, String)>, String) {
    let mac = |algorithm: Algorithm, key: &[u8], parts: &[&[u8]]| algorithm.hmac(key, parts);
    let own = |parts: &[&[u8]]| mac(Algorithm::Sha256, KEY.as_bytes(), parts);
    let base64 = |mac: &[u8]| Encoding::Base64.text(mac);
    match scheme {
        "standard_webhooks" | "svix" => {
            let proof = base64(&mac(Algorithm::Sha256, b"segreto", &[b"msg_1.", at.as_bytes(), b".", BODY]));
            let names = match scheme {
                "svix" => ["svix-id", "svix-timestamp", "svix-signature"],
                _ => ["webhook-id", "webhook-timestamp", "webhook-signature"],
            };
            let values = ["msg_1".to_owned(), at.to_owned(), format!("v1,{proof}")];
            (names.into_iter().zip(values).collect(), proof)
        }
        "stripe" => {
            let proof = hex(&own(&[at.as_bytes(), b".", BODY]));
            (vec![("stripe-signature", format!("t={at},v1={proof},v0=00"))], proof)
        }
        "github" | "meta" => {
            let proof = hex(&own(&[BODY]));
            (vec![("x-hub-signature-256", format!("sha256={proof}"))], proof)
        }
        "shopify" | "woocommerce" | "x" => {
            let proof = base64(&own(&[BODY]));
            let (name, prefix) = match scheme {
                "shopify" => ("x-shopify-hmac-sha256", ""),
                "woocommerce" => ("x-wc-webhook-signature", ""),
                _ => ("x-twitter-webhooks-signature", "sha256="),
            };
            (vec![(name, format!("{prefix}{proof}"))], proof)
        }
        "slack" | "zoom" => {
            let proof = hex(&own(&[b"v0:", at.as_bytes(), b":", BODY]));
            let names = match scheme {
                "slack" => ["x-slack-request-timestamp", "x-slack-signature"],
                _ => ["x-zm-request-timestamp", "x-zm-signature"],
            };
            (names.into_iter().zip([at.to_owned(), format!("v0={proof}")]).collect(), proof)
        }
        "twilio" => {
            let mut pairs: Vec<(String, String)> = form_urlencoded::parse(BODY).into_owned().collect();
            pairs.sort();
            let parameters: String = pairs.into_iter().map(|(name, value)| name + &value).collect();
            let proof = base64(&mac(Algorithm::Sha1, KEY.as_bytes(), &[URL.as_bytes(), parameters.as_bytes()]));
            (vec![("x-twilio-signature", proof.clone())], proof)
        }
        "shared_token" => (vec![("x-proof", KEY.to_owned())], KEY.to_owned()),
        "basic" => {
            let proof = base64(format!("negozio:{KEY}").as_bytes());
            (vec![("authorization", format!("Basic {proof}"))], proof)
        }
        "hmac" => {
            let proof = hex(&mac(Algorithm::Sha512, KEY.as_bytes(), &[at.as_bytes(), b".", BODY]));
            (vec![("x-time", at.to_owned()), ("x-proof", format!("v={proof}"))], proof)
        }
        _ => panic!("how does a sender sign with `{scheme}`?"),
    }
}

#[test]
fn schemes() {
    let odd = corpus("headers", None);
    fuzz("schemes", Some("headers"), |chance, input| {
        let scheme = chance.pick(&SCHEMES).name;
        // Far enough for no scheme, near enough for each, and exactly at the edge.
        let away_s = chance.pick(&[0, 0, 0, 59, -60, 299, -300, 301, -301, 86_401]);
        let (mut headers, proof) = signed(scheme, &(NOW_S + away_s).to_string());
        let body = if chance.one_in(3) { changed(chance, &[BODY.to_vec()]) } else { BODY.to_vec() };
        // One header becomes the input, or a changed one of itself; some come beside it.
        if chance.one_in(2) {
            let at = chance.below(headers.len());
            let text = String::from_utf8_lossy(input).into_owned();
            let own = String::from_utf8_lossy(&changed(chance, &[headers[at].1.clone().into_bytes()])).into_owned();
            headers[at].1 = if chance.one_in(2) { text } else { own };
        }
        for name in ["x-proof", "x-time", "authorization", "x-slack-signature", "webhook-signature"] {
            if chance.one_in(8) && !headers.iter().any(|(own, _)| *own == name) {
                headers.push((name, String::from_utf8_lossy(&odd[chance.below(odd.len())]).into_owned()));
            }
        }
        let header = |name: &str| headers.iter().find(|(own, _)| *own == name).map(|(_, value)| value.clone());
        let urls = || vec![URL.to_owned()];
        let delivery =
            Delivery { header: &header, urls: &urls, body: &body, now: Timestamp::from_millis(NOW_S * 1_000) };
        let untouched =
            headers.iter().take(signed(scheme, "").0.len()).eq(signed(scheme, &(NOW_S + away_s).to_string()).0.iter());
        let timed = ["standard_webhooks", "svix", "stripe", "slack", "zoom", "hmac"].contains(&scheme);
        let near = !timed || away_s.abs() <= if scheme == "hmac" { 60 } else { 300 };
        let says = headers.iter().any(|(_, value)| {
            value.contains(&proof) || (scheme != "shared_token" && value.to_lowercase().contains(&proof.to_lowercase()))
        });
        // The same text in other bytes of base64 (an unused bit, spaces around) may still be the proof.
        let same_form = body == BODY || (scheme == "twilio" && form(&body) == form(BODY));
        let bodiless = ["shared_token", "basic"].contains(&scheme);
        let fits = near && (says || scheme == "basic") && (bodiless || same_form);
        let own = rule(scheme);
        for secrets in [vec![KEY.to_owned()], vec!["whsec_YWx0cm8gc2VncmV0bw==".to_owned(), KEY.to_owned()]] {
            let holds = own.holds(&secrets, &delivery);
            assert!(!holds || fits, "{scheme} takes {headers:?} with {}", body.escape_ascii());
            assert!(holds || !(untouched && near && body == BODY), "{scheme} refuses what its sender signed");
        }
        assert!(!own.holds(&["whsec_YWx0cm8gc2VncmV0bw==".to_owned()], &delivery), "{scheme} takes another secret");
        let names: Vec<String> = headers.iter().map(|(name, _)| (*name).to_owned()).collect();
        for found in search(KEY, &names, &delivery) {
            assert!(found.holds(&[KEY.to_owned()], &delivery), "what is found holds: {found:?}");
        }
    });
}

fn form(body: &[u8]) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
    pairs.sort();
    pairs.dedup();
    // What is signed has no mark between a name and its value.
    vec![(String::new(), pairs.into_iter().map(|(name, value)| name + &value).collect())]
}

#[test]
fn challenges() {
    fuzz("challenges", None, |chance, input| {
        let text = String::from_utf8_lossy(input).into_owned();
        let (query, body) = text.split_once('\n').unwrap_or((&text, ""));
        let get = chance.one_in(2);
        let asked = Asked {
            get,
            query: Some(query).filter(|query| !query.is_empty()),
            body: body.as_bytes(),
            header: &|_| None,
        };
        for scheme in ["", "x", "zoom", "slack", "github"] {
            let own = rule(scheme);
            let parameter = chance.one_in(2).then_some("sfida");
            let Some(found) = asked.challenge(parameter, Some(&own).filter(|_| !scheme.is_empty())) else { continue };
            assert!(asked.is_possible(), "what is none at first sight is none: {found:?}");
            let (said, proves) = match &found {
                Challenge::Echo(said)
                | Challenge::SignedEcho(said)
                | Challenge::VerifiedEcho { challenge: said, .. } => (said, false),
                Challenge::Crc(said) => {
                    assert!(get && scheme == "x", "{found:?}");
                    (said, true)
                }
                Challenge::Validation(said) => {
                    assert!(!get && scheme == "zoom", "{found:?}");
                    (said, true)
                }
            };
            // No markup, no script, no formula, no line: text alone.
            assert!((1..=500).contains(&said.len()), "{found:?}");
            assert!(!said.contains(['<', '>', '"', '\'', '&', '\\', '\n', '\r', '\0', '{', '}', ';']), "{found:?}");
            // And nothing is signed that could be a delivery of the scheme's.
            assert!(!proves || !said.contains([':', ' ', '[', ',']), "{found:?}");
        }
    });
}

#[test]
fn reports() {
    fuzz("reports", None, |_, input| {
        let now = Timestamp::from_millis(NOW_S * 1_000);
        let Some(found) = whatsapp_reports(input, now) else { return };
        assert!(serde_json::from_slice::<serde_json::Value>(input).is_ok());
        for (key, report) in found {
            let written = key.to_string();
            assert_eq!(uncino::domain::run::report::MessageKey::parse(&written), Some(key), "{written}");
            assert!(report.at <= now && report.message_id.as_ref().is_none_or(|id| id.len() <= 200), "{report:?}");
            assert_eq!(report.failure.is_some(), report.stage == Stage::Failed);
            if let Some(failure) = report.failure {
                let told = json!(failure).to_string();
                assert!(failure.message.len() < 1_500, "{}", failure.message.len());
                // The recipient of every kept report, which may stand in Meta's words.
                assert!(!told.contains("393331234567") || !is_recipient(input), "{told}");
                assert!(!failure.message.contains(SECRET) || told.contains("WhatsApp says"), "{told}");
            }
        }
    });
}

/// Whether the recipient is named as Meta names it, so that its words can be held against it.
fn is_recipient(input: &[u8]) -> bool {
    let json: serde_json::Value = serde_json::from_slice(input).unwrap_or_default();
    let mut all = Vec::new();
    statuses(&json, &mut all);
    !all.is_empty() && all.iter().all(|status| status["recipient_id"] == "393331234567")
}

fn statuses<'a>(value: &'a serde_json::Value, found: &mut Vec<&'a serde_json::Value>) {
    match value {
        serde_json::Value::Object(object) => {
            if object.contains_key("biz_opaque_callback_data") {
                found.push(value);
            }
            object.values().for_each(|value| statuses(value, found));
        }
        serde_json::Value::Array(list) => list.iter().for_each(|value| statuses(value, found)),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_) => {}
    }
}
