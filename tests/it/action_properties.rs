//! Actions under arbitrary input: whatever is saved, sent or answered, nothing panics and the classes hold.

use proptest::prelude::*;
use serde_json::{Map, Value};
use uncino::domain::action::{
    Answer, Call, Class, Delivery, HttpAnswer, HttpCall, Intent, MailError, Outcome, WhatsappContent, WhatsappMessage,
    check, mentions, permit, prepare, read, registry, request, sender,
};
use uncino::domain::connection::{self, Connection, Kind};
use uncino::domain::ids::ConnectionId;
use uncino::domain::secret::Secret;
use uncino::domain::settings::Settings;
use uncino::domain::template::Scope;
use uncino::domain::time::Timestamp;

fn utc(_: &str, _: Timestamp) -> i32 {
    0
}

fn now() -> Timestamp {
    Timestamp::from_millis(1_764_000_000_000)
}

/// Texts that come near what the code looks at.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z{}%#? .:/\\\\@\\[\\]0-9-]{0,30}",
        Just("{{ a }}".to_owned()),
        Just("https://example.com/{{ a }}?b={{ c }}".to_owned()),
        Just("+39 333 1234567".to_owned()),
        Just("ada@example.com".to_owned()),
        Just("2026-12-24 18:00".to_owned()),
    ]
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key(), inner), 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "name",
            "language",
            "header",
            "body",
            "buttons",
            "text",
            "image",
            "link",
            "url",
            "quick_reply",
            "all",
            "a",
        ])
        .prop_map(str::to_owned),
        text(),
    ]
}

proptest! {
    #[test]
    fn no_params_and_no_payload_make_a_step_panic(
        which in 0..registry().len(),
        values in prop::collection::vec(prop::option::weighted(0.8, json()), 12),
        payload in prop::collection::vec((key(), json()), 0..4),
        hop in any::<u8>(),
    ) {
        let action = registry()[which];
        let params: Map<String, Value> = action.params.iter().zip(values)
            .filter_map(|(param, value)| Some((param.name.to_owned(), value?))).collect();
        let settings = Settings::new(utc);
        let scope = Scope::new(payload.into_iter().collect::<serde_json::Map<_, _>>(), &settings);
        check(action, &params);
        mentions(action, &params);
        let prepared = prepare(action, &params, &scope, &settings, now());
        if let Ok(Intent::Call(call)) = prepared.outcome {
            let delivery = Delivery { connection: None, settings: &settings, step_key: "run_x/s1", message_key: "run_x/s1", hop, now: now() };
            let _ = (request(&call, &delivery), sender(&delivery), call.outbox(), call.simulated_output());
        }
    }

    #[test]
    fn what_a_field_holds_stays_a_text_in_a_json_body(
        text in prop_oneof![text(), json().prop_map(|json| json.to_string()), "[0-9]{1,20}", Just("\",\"b\":\"".to_owned())],
    ) {
        let http = registry().iter().find(|action| action.name == "http_request").unwrap();
        let body = serde_json::json!({"alone": "{{ a }}", "within": "da {{ a }}"});
        let params = serde_json::json!({"method": "POST", "url": "https://example.com/", "json": body});
        let settings = Settings::new(utc);
        let payload = Map::from_iter([("a".to_owned(), Value::String(text.clone()))]);
        let scope = Scope::new(payload.clone(), &settings);
        let prepared = prepare(http, params.as_object().unwrap(), &scope, &settings, now());
        let Ok(Intent::Call(Call::Http(HttpCall { body: Some((sent, _)), .. }))) = prepared.outcome else {
            return Err(TestCaseError::fail("there is a body"));
        };
        let sent: Value = serde_json::from_str(&sent).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(sent, serde_json::json!({"alone": text, "within": format!("da {text}")}));
    }

    #[test]
    fn no_answer_makes_a_call_that_cannot_be_repeated_repeat_unless_it_says_so(
        status in prop_oneof![any::<u16>(), 100u16..600],
        body in prop_oneof![prop::collection::vec(any::<u8>(), 0..64), json().prop_map(|json| json.to_string().into_bytes())],
        retry_after in prop::option::of(text()),
        idempotent in any::<bool>(),
    ) {
        let calls = [
            Call::Http(HttpCall {
                connection: None, method: "POST", url: "https://example.com/".to_owned(), headers: Vec::new(), body: None,
                timeout_ms: 1, idempotent,
            }),
            Call::Whatsapp(WhatsappMessage {
                connection: None, to: "+39333".to_owned(), content: WhatsappContent::Text("x".to_owned()),
            }),
        ];
        for call in calls {
            let answer = HttpAnswer { status, retry_after: retry_after.clone(), content_type: None, body: body.clone(), truncated: false };
            if let Outcome::Failed(failure) = read(&call, Answer::Http(answer), now()) {
                let retried = matches!(failure.class, Class::Retry { .. });
                prop_assert!(!retried || call.repeatable() || status == 429 || failure.code.starts_with("whatsapp_"));
                prop_assert!(call.repeatable() || status < 500 || failure.class == Class::Uncertain || failure.code.starts_with("whatsapp_"));
            }
        }
    }

    #[test]
    fn no_mail_error_makes_a_message_repeat_unless_it_says_so(code in text(), message in text()) {
        let call = Call::Email(uncino::domain::action::EmailMessage {
            connection: None, to: "a@b.it".to_owned(), cc: Vec::new(), reply_to: None, subject: "x".to_owned(),
            text: "x".to_owned(), html: None,
        });
        let Outcome::Failed(failure) = read(&call, Answer::Mail(Err(MailError { code, message })), now()) else {
            return Err(TestCaseError::fail("an error is no success"));
        };
        let retried = matches!(failure.class, Class::Retry { .. });
        prop_assert!(!retried);
    }

    #[test]
    fn no_host_makes_the_guard_panic(host in text(), port in any::<u16>(), allowed in prop::collection::vec(text(), 0..3)) {
        let _ = permit(&host, port, &allowed);
    }

    #[test]
    fn every_address_of_a_private_network_is_refused_in_every_notation(a in 0usize..4, low in 0u32..65_536, notation in 0usize..6) {
        let address = [0x7f00_0000u32, 0x0a00_0000, 0xc0a8_0000, 0xa9fe_0000][a] | low;
        let [b0, b1, b2, b3] = address.to_be_bytes();
        let host = match notation {
            0 => format!("{b0}.{b1}.{b2}.{b3}"),
            1 => address.to_string(),
            2 => format!("0x{address:x}"),
            3 => format!("0{b0:o}.0x{b1:X}.{}", address & 0xffff),
            4 => format!("[::ffff:{:x}:{:x}]", address >> 16, address & 0xffff),
            _ => format!("{b0}.{}.", address & 0x00ff_ffff),
        };
        prop_assert!(permit(&host, 80, &[]).is_err(), "{host}");
    }

    #[test]
    fn no_connection_makes_a_check_or_a_trial_panic(
        kind in prop::sample::select(Kind::ALL.to_vec()),
        settings in prop::collection::vec((key(), json()), 0..4),
        secrets in prop::collection::vec((key(), json()), 0..4),
        simulated in any::<bool>(),
    ) {
        let (settings, secrets): (Map<_, _>, Map<_, _>) = (settings.into_iter().collect(), secrets.into_iter().collect());
        connection::check(kind, simulated, &settings, &secrets);
        let connection = Connection {
            id: ConnectionId::new(now(), 1), kind, name: String::new(), simulated, is_default: false, settings,
            secrets: Secret::new(secrets),
        };
        let _ = connection::trial(&connection, &Settings::new(utc));
    }
}
