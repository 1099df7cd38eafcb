//! What holds for every template and every payload: nothing panics, nothing grows without bound.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use uncino::domain::condition::Condition;
use uncino::domain::contact::{email, phone};
use uncino::domain::number::{self, Language};
use uncino::domain::settings::Settings;
use uncino::domain::template::{Escape, Scope, check, mentions, render, render_value};

const LONGEST: usize = 64 * 1024;

fn scope(payload: &Map<String, Value>) -> Scope {
    let mut scope =
        Scope::new(payload.clone(), &Settings::new(|_, at| i32::try_from(at.as_millis() % 5_000).unwrap_or(0)));
    scope.set_system("event", json!({"id": "evt_1"}));
    scope
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "-?[0-9]{1,25}(\\.[0-9]{1,4})?(e[0-9]{1,3})?".prop_map(|text| text.parse().map_or(Value::Null, Value::Number)),
        any::<String>().prop_map(Value::from),
        "[0-9.,€ +-]{0,14}".prop_map(Value::from),
        "[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}[T ]?[0-9:.Z+-]{0,14}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names(), inner), 0..4).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("nome".to_owned()),
        Just("a".to_owned()),
        Just("your-email".to_owned()),
        Just("città".to_owned()),
        Just("Nome e cognome".to_owned()),
        any::<String>(),
    ]
}

fn payloads() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::vec((names(), values()), 0..6).prop_map(|pairs| pairs.into_iter().collect())
}

/// Pieces that make templates which get far, in any order.
fn templates() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "#}",
        "{{-",
        "-}}",
        " ",
        "\n",
        "nome",
        "a",
        "your-email",
        "città",
        "Nome e cognome",
        "event.id",
        ".b",
        "[0]",
        "[]",
        "[a]",
        "(",
        ")",
        "\"x\"",
        "'",
        "\"",
        "\\",
        "|",
        "|upper",
        "|default(1)",
        "|round(2)",
        "|money(\"EUR\")",
        "|date(\"%d/%m/%Y %H:%M %A\")",
        "|map(attribute=\"a\")",
        "|join(\", \")",
        "|sum",
        "|first",
        "|last",
        "|truncate(3)",
        "|replace(\"a\",\"b\")",
        "|phone",
        "|tojson",
        "|urlencode",
        "|number",
        "|length",
        " + ",
        " - ",
        "-",
        "*",
        "/",
        "//",
        "%",
        "**",
        "~",
        "==",
        "<",
        " and ",
        " or ",
        "not ",
        " in ",
        " is defined",
        " if ",
        " else ",
        "1",
        "0",
        "1e400",
        "99999999999999999999",
        ",",
        ":",
        "{",
        "}",
        "for p in a",
        "endfor",
        "if a",
        "elif",
        "else",
        "endif",
        "set x = a",
        "raw",
        "endraw",
        "p",
        "loop.index",
        "è",
        "{% for p in a %}{{ p }}",
        "{% endfor %}",
        "{% if a %}",
        "{% endif %}",
        "{{ nome }}",
        "{{ a }}",
    ]);
    prop::collection::vec(words, 0..14).prop_map(|parts| parts.concat())
}

/// A tag that mostly reads.
fn expressions() -> impl Strategy<Value = String> {
    let operand =
        prop::sample::select(vec!["nome", "a", "your-email", "città", "1", "2.5", "\"x\"", "a[0]", "a.a", "event.id"]);
    let operator = prop::sample::select(vec![
        " + ", " - ", " * ", " / ", " // ", " % ", " ** ", " ~ ", " < ", " == ", " in ", " or ",
    ]);
    let filter = prop::sample::select(vec![
        "",
        "|upper",
        "|round(1)",
        "|money",
        "|date",
        "|sum",
        "|length",
        "|default(0)",
        "|number",
        "|truncate(2)",
        "|title",
        "|map(attribute=\"a\")",
        "|join",
        "|first",
        "|last",
        "|tojson",
        "|phone",
        "|capitalize",
        "|date(\"%A %-d %B %j %z %%\")",
    ]);
    (prop::collection::vec((operand, operator, filter), 1..4)).prop_map(|parts| {
        let mut text = String::new();
        for (index, (operand, operator, filter)) in parts.iter().enumerate() {
            if index > 0 {
                text.push_str(operator);
            }
            text.push_str(operand);
            text.push_str(filter);
        }
        format!("{{{{ {text} }}}}")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_template_panics_and_its_text_is_bounded(source in prop_oneof![templates(), expressions(), any::<String>()], payload in payloads()) {
        let scope = scope(&payload);
        let _ = check(&source);
        let _ = mentions(&source);
        for escape in [Escape::None, Escape::Html, Escape::UrlPath, Escape::UrlQuery] {
            if let Ok(rendered) = render(&source, &scope, escape) {
                prop_assert!(rendered.text.len() <= LONGEST);
            }
        }
        if let Ok((value, _)) = render_value(&source, &scope) {
            let _ = value.to_string();
        }
    }

    #[test]
    fn an_error_never_quotes_a_value(source in prop_oneof![templates(), expressions()]) {
        let secret = "SEGRETO";
        let payload = json!({"nome": secret, "a": [secret, {"a": secret}], "your-email": secret, "città": {"b": secret}});
        let scope = scope(payload.as_object().unwrap());
        if let Err(error) = render(&source, &scope, Escape::None) {
            prop_assert!(!error.message().contains(secret), "{}", error.message());
        }
    }

    #[test]
    fn a_field_is_found_under_its_literal_name(name in "[^|{}%#\"'\\\\\n\r]{1,30}", value in "[a-z]{1,8}") {
        let name = name.trim().to_owned();
        // A number is a number, a dash at an end is the engine's, and words of the system are never hidden by a literal.
        prop_assume!(!name.is_empty() && !name.starts_with(['-', '+']) && !name.ends_with(['-', '+']));
        let payload = Map::from_iter([(name.clone(), Value::String(value.clone()))]);
        let rendered = render(&format!("{{{{ {name} }}}}"), &scope(&payload), Escape::None);
        prop_assert_eq!(rendered.ok().map(|rendered| rendered.text), Some(value));
    }

    #[test]
    fn escaped_values_cannot_leave_their_place(value in any::<String>()) {
        let payload = Map::from_iter([("a".to_owned(), Value::String(value))]);
        let scope = scope(&payload);
        let html = render("<p title=\"{{ a }}\">", &scope, Escape::Html).unwrap().text;
        prop_assert!(!html[10..html.len() - 2].contains(['<', '>', '"', '\'']));
        for escape in [Escape::UrlPath, Escape::UrlQuery] {
            let url = render("{{ a }}", &scope, escape).unwrap().text;
            prop_assert!(url.bytes().all(|b| b.is_ascii_alphanumeric() || b"%-._~".contains(&b)));
        }
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in prop_oneof![any::<String>(), "[0-9+., €'()/-]{0,24}", "[a-z@. <>,]{0,24}"]) {
        if let Some(amount) = number::parse(&text) {
            prop_assert!(amount.is_finite());
            let _ = number::money(amount, &text, Language::It);
        }
        if let Ok(number) = phone::normalise(&text, "IT") {
            prop_assert!(number.starts_with('+') && number.len() <= 16);
            prop_assert_eq!(phone::normalise(&number, "IT"), Ok(number.clone()));
            prop_assert_eq!(phone::normalise(&number, "US"), Ok(number));
        }
        let _ = phone::normalise("3331234567", &text);
        if let Ok(address) = email::parse(&text) {
            prop_assert_eq!(email::parse(&address), Ok(address));
        }
    }

    #[test]
    fn no_condition_panics(json in values(), field in values(), op in 0_usize..13, value in values()) {
        let _ = Condition::parse(&json);
        let op = uncino::domain::condition::Op::ALL[op].as_str();
        if let Ok(condition) = Condition::parse(&json!({"field": "a", "op": op, "value": value})) {
            let _ = condition.holds(&|_| Some(field.clone()));
        }
    }
}

/// The most memory that this process ever had, where Linux tells it.
fn most_memory_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// Templates that make much of little, with what they start from.
fn hostile() -> impl Strategy<Value = String> {
    let start = prop::sample::select(vec![
        "l",
        "(l)",
        "[1]",
        "[l, l]",
        "(1, 2)",
        "\"xy\"",
        "s",
        "n",
        "{\"a\": l}",
        "l[::-1]",
        "l[1:]",
        "l|map(attribute=\"a\")",
        "l or n",
        "o",
    ]);
    let grow = prop::sample::select(vec![
        " * 100000000",
        " * 1e8",
        " * n",
        " + x + x",
        " ~ x ~ x",
        ", x, x",
        " ** 9999",
        "|replace(\"x\", s)",
        "|join(s)",
        "|tojson|tojson|tojson",
        "|map(attribute=\"a\")",
        "[::-1]",
        " == [x]",
        " in [x, x]",
        " < x",
        "|default(x)|urlencode",
        "|truncate(99, s)",
        "|length",
        " and x",
        " if x else n",
        "|date(s)",
        "|sum",
        "|round(99)",
        " is even",
        "|upper|title",
    ]);
    let end = prop::sample::select(vec![
        "{{ x }}",
        "{{ x ~ x }}",
        "{{ x | length }}",
        "{% for y in x %}{{ y }}{% endfor %}",
        "{{ [x] == [x] }}",
        "{{ {(x): 1} }}",
        "{% for y in l %}{% for z in l %}{{ x | length }}{% endfor %}{% endfor %}",
        "{{ x in [x] }}",
        "{{ x[9999999] }}",
        "{{ l[x] }}",
        "{{ x is empty }}",
        "{% if x == x %}{% endif %}",
        "{{ x * 100000000 }}",
        "{{ -x * x }}",
    ]);
    (start, prop::collection::vec((grow, 1_usize..24), 1..5), end).prop_map(|(start, grown, end)| {
        let mut source = format!("{{% set x = {start} %}}");
        for (grow, times) in grown {
            let value = if grow.starts_with(',') { format!("[x{grow}]") } else { format!("x{grow}") };
            source.push_str(&format!("{{% set x = {value} %}}").repeat(times));
        }
        source + end
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn little_cannot_become_much(source in hostile(), items in 1_usize..600) {
        let item = json!({"a": "x".repeat(items), "n": [items]});
        let payload = json!({"l": vec![item.clone(); items], "s": "x".repeat(items * 100), "n": 100_000_000, "o": item});
        let scope = scope(payload.as_object().unwrap());
        if let Ok(rendered) = render(&source, &scope, Escape::None) {
            prop_assert!(rendered.text.len() <= LONGEST);
        }
        let _ = render_value(&format!("{{{{ {} }}}}", source.split(['=', '%']).nth(2).unwrap_or("l")), &scope);
        prop_assert!(most_memory_mb() < 800, "{} MB for {source}", most_memory_mb());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_longest_tags_and_deepest_nests_fit_a_small_stack(piece in prop::sample::select(vec![
        "a~", "a+", "not ", "-", "(", "[", "a.", "a[", "a|upper|", "a if ", "{", "a and ", "a**", "a<", "a,", "1 if a else ", "{0:",
    ]), block in prop::sample::select(vec!["{% if a %}", "{% if a %}{% elif a %}", "{% elif a %}", "{% for a in a %}", "{% else %}", "{{ a }}"])) {
        let source = format!("{{{{ {}a }}}}", piece.repeat(980 / piece.len()));
        let blocks = format!("{{% if a %}}{}", block.repeat(490));
        let closed = format!("{{% if a %}}{}{{% endif %}}", block.repeat(490));
        let done = std::thread::Builder::new().stack_size(1024 * 1024).spawn(move || {
            let scope = scope(&Map::from_iter([("a".to_owned(), json!([1, 2]))]));
            for text in [source, blocks, closed] {
                let _ = check(&text);
                let _ = render(&text, &scope, Escape::None);
                let _ = render_value(&text, &scope);
            }
        }).unwrap().join();
        prop_assert!(done.is_ok());
    }
}
