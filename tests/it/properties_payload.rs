//! What must hold for every body: nothing panics, what was kept reads the same, numbers keep their text.

use proptest::prelude::*;
use serde_json::Value;
use uncino::domain::field::{self, MAX_FIELDS, MAX_PATH, MAX_SAMPLE, Schema, Sighting, flatten};
use uncino::domain::payload::{self, Encoding, MAX_DEPTH, Object};

fn content_type() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        Just(None),
        prop::sample::select(vec![
            "application/json",
            "application/vnd.api+json; charset=utf-8",
            "application/x-ndjson",
            "application/x-www-form-urlencoded",
            "application/x-www-form-urlencoded; charset=ISO-8859-1",
            "multipart/form-data; boundary=X",
            "multipart/form-data",
            "application/xml",
            "text/plain",
            "text/html",
            "image/png",
            "application/octet-stream",
        ])
        .prop_map(|text| Some(text.to_owned())),
        any::<String>().prop_map(Some),
    ]
}

/// Pieces that formats are made of, in any order: far likelier to reach their corners than random bytes.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&'static [u8]> = vec![
        b"{",
        b"}",
        b"[",
        b"]",
        b"\"",
        b":",
        b",",
        b"\\",
        b"\\u",
        b"\\ud83d",
        b"\\udc00",
        b"0024",
        b"null",
        b"-1.50e+3",
        b"{\"a\":1}",
        b"\"$serde_json::private::Number\"",
        b"\"$serde_json::private::RawValue\"",
        b"\"\\u0024serde_json::private::Number\"",
        b"\"1\"",
        b"&",
        b"=",
        b"%",
        b"%7B",
        b"%E0",
        b"%00",
        b"+",
        b"a[b]",
        b"a[]",
        b"a[0]",
        b"[",
        b"a",
        b"\xc3\xa8",
        b"\xe0",
        b"\0",
        b"\n",
        b"\r\n",
        b" ",
        b"--X",
        b"--X\r\n",
        b"--X--",
        b"Content-Disposition: form-data; name=\"a\"",
        b"; filename=\"f\"",
        b"\r\n\r\n",
        b"Content-Type: ",
        b"application/json",
        b"<",
        b">",
        b"/",
        b"<a>",
        b"</a>",
        b"<a x='1'/>",
        b"<!DOCTYPE a [<!ENTITY b \"c\">]>",
        b"&b;",
        b"&#0;",
        b"&#x41;",
        b"<![CDATA[",
        b"]]>",
        b"<!--",
        b"-->",
        b"<?xml",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xfe\xff",
        b"%PDF-",
        b"\x89PNG",
    ];
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        prop::collection::vec(prop::sample::select(pieces), 0..40).prop_map(|pieces| pieces.concat()),
        any::<String>().prop_map(String::into_bytes),
        json(4).prop_map(|value| value.to_string().into_bytes()),
        prop::collection::vec(json(2), 0..4).prop_map(|list| Value::Array(list).to_string().into_bytes()),
        prop::collection::vec(json(2), 0..4).prop_map(|list| list
            .iter()
            .map(|value| format!("{value}\n"))
            .collect::<String>()
            .into_bytes()),
    ]
}

fn json(depth: u32) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[+0-9 ./,€@a-z-]{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(depth, 40, 6, |inner| {
        let key = prop_oneof![any::<String>(), "[a-z.]{0,6}", Just("$serde_json::private::Number".to_owned())];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..6).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Object(object) => 1 + object.values().map(depth).max().unwrap_or(0),
        Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

fn check_flat(payload: &Object) {
    let flat = flatten(payload);
    assert!(flat.fields.len() <= MAX_FIELDS);
    assert!(flat.learned.len() >= flat.fields.len());
    for seen in &flat.learned {
        assert!(seen.path.len() <= MAX_PATH && !seen.path.is_empty());
        assert_eq!(seen.sample.is_none(), seen.empty);
        assert!(seen.sample.as_ref().is_none_or(|text| text.chars().count() <= MAX_SAMPLE && !text.contains('\0')));
    }
}

/// A source that has seen the payload knows all of it, and one that has not seen one of its paths does not.
fn check_schema(payload: &Object, text: Option<&str>, left_out: usize) {
    let flat = flatten(payload);
    let learn = |seen: &Sighting| (seen.path.clone(), vec![seen.kind]);
    let all: Schema = flat.learned.iter().map(learn).collect();
    // What lies under a key without a name has the path of what lies beside it: that is left to a whole look.
    let plain = flat.not_learned.is_empty() && !payload.is_empty() && !payload.contains_key("");
    let fields = plain.then_some(flat.fields.len());
    assert_eq!(all.fields_of(payload), fields, "{payload:?}");
    // Of two equal keys the text knows nothing.
    assert!(text.is_none_or(|text| all.fields_of_text(text).is_none_or(|own| Some(own) == fields)));
    let Some(new) = flat.learned.get(left_out % flat.learned.len().max(1)) else { return };
    let most: Schema = flat.learned.iter().filter(|seen| seen.path != new.path).map(learn).collect();
    assert_eq!(most.fields_of(payload), None, "{}", new.path);
    assert_eq!(text.and_then(|text| most.fields_of_text(text)), None, "{}", new.path);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_what_was_kept_reads_the_same(body in body(), content_type in content_type(), query in prop::option::of("[a-c\\[\\]=&%+{}\"0-9é]{0,12}"), left_out in any::<usize>()) {
        let (content_type, query) = (content_type.as_deref(), query.as_deref());
        match payload::read(&body, content_type, query) {
            Ok(reading) => {
                prop_assert!(!reading.items.is_empty());
                prop_assert!(reading.many || reading.items.len() == 1);
                for item in &reading.items {
                    let again = payload::reread(item.kept.encoding, &item.kept.body, content_type, query);
                    prop_assert_eq!(again.as_ref(), Ok(&item.payload));
                    prop_assert!(!item.kept.body.contains('\0'));
                    prop_assert!(depth(&Value::Object(item.payload.clone())) <= MAX_DEPTH);
                    // Whoever stores the payload or its lists as JSON must get the same back.
                    let text = Value::Object(item.payload.clone()).to_string();
                    let stored: Value = serde_json::from_str(&text).unwrap();
                    prop_assert_eq!(stored.as_object(), Some(&item.payload));
                    check_flat(&item.payload);
                    let text = payload::json_text(&body, content_type).filter(|_| query.is_none());
                    check_schema(&item.payload, text, left_out);
                }
                if !reading.many && reading.items[0].kept.encoding == Encoding::Text {
                    prop_assert_eq!(reading.items[0].kept.body.as_bytes(), &body);
                }
            }
            Err(refusal) => {
                let message = refusal.message();
                prop_assert!(!message.is_empty() && !message.ends_with('.'));
            }
        }
    }

    #[test]
    fn a_json_object_is_read_as_it_is(pairs in prop::collection::vec(("[a-z]{1,5}", json(3)), 1..6)) {
        let payload: Object = pairs.into_iter().collect();
        let text = Value::Object(payload.clone()).to_string();
        let reading = payload::read(text.as_bytes(), None, None).unwrap();
        if !text.contains("$serde_json") {
            prop_assert_eq!(&reading.items[0].payload, &payload);
        }
        prop_assert_eq!(&reading.items[0].kept.body, &text);
        let schema: Schema = flatten(&payload).learned.into_iter().map(|seen| (seen.path, vec![seen.kind])).collect();
        if let Some(text) = payload::json_text(text.as_bytes(), None) {
            prop_assert_eq!(schema.fields_of_text(text), schema.fields_of(&payload));
        }
    }

    #[test]
    fn a_form_is_read_as_it_was_filled_in(pairs in prop::collection::btree_map("[a-z é_.-]{1,8}", "[^{]{0,20}", 1..6)) {
        let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
        let reading = payload::read(text.as_bytes(), Some("application/x-www-form-urlencoded"), None).unwrap();
        let expected: Object = pairs.into_iter().map(|(name, value)| (name, Value::from(value))).collect();
        prop_assert_eq!(&reading.items[0].payload, &expected);
    }

    #[test]
    fn numbers_keep_their_text(number in "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,12})?") {
        let reading = payload::read(format!("{{\"n\":{number}}}").as_bytes(), Some("application/json"), None).unwrap();
        let flat = flatten(&reading.items[0].payload);
        prop_assert_eq!(flat.fields[0].1.to_string(), number);
    }

    #[test]
    fn guessing_a_meaning_never_panics(path in any::<String>(), text in any::<String>(), near in "[+0-9 ./,:@€$a-zè-]{0,24}") {
        field::guess(&path, &Value::from(text));
        field::guess(&path, &Value::from(near.as_str()));
        for key in ["telefono", "importo", "data", "sito", "paese", "nome", "id"] {
            field::guess(key, &Value::from(near.as_str()));
        }
    }

    #[test]
    fn a_path_is_split_where_it_was_joined(keys in prop::collection::vec(any::<String>(), 1..5)) {
        let path = keys.iter().map(|key| field::escape(key)).collect::<Vec<_>>().join(".");
        prop_assert_eq!(field::split(&path), keys);
    }
}
