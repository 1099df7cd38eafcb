//! Every file in `tests/cases/templates` is one case: the payload as JSON, `---`, a template, `---`, what comes out.
//!
//! What comes out is the text; then, if any, a line `missing: a, b`. Instead of both: a line `error: …`. The first
//! line may be `# ` with options: `html`, `path`, `query` (the escape) or `value` (a leaf of a JSON tree: what comes
//! out is JSON).

use std::fs;
use std::path::Path;

use serde_json::json;
use uncino::domain::settings::Settings;
use uncino::domain::template::{Escape, Scope, check, mentions, nearest, render, render_value};

fn scope(payload: &str) -> Scope {
    let payload: serde_json::Value = serde_json::from_str(payload).expect("the payload is JSON");
    let mut scope =
        Scope::new(payload.as_object().expect("the payload is an object").clone(), &Settings::new(|_, _| 120));
    scope.set_system("event", json!({"id": "evt_1", "received_at": "2026-05-04T16:30:00.000Z"}));
    scope.set_system("source", json!({"name": "Modulo"}));
    scope.set_system("steps", json!({"s1": {"message_id": "wamid.1"}}));
    scope
}

fn outcome(options: &str, payload: &str, template: &str) -> String {
    let scope = scope(payload);
    let escape = match options {
        "html" => Escape::Html,
        "path" => Escape::UrlPath,
        "query" => Escape::UrlQuery,
        _ => Escape::None,
    };
    let result = if options == "value" {
        render_value(template, &scope).map(|(value, missing)| (value.to_string(), missing))
    } else {
        render(template, &scope, escape).map(|rendered| (rendered.text, rendered.missing))
    };
    match result {
        Ok((text, missing)) if missing.is_empty() => text,
        Ok((text, missing)) => format!("{text}\nmissing: {}", missing.join(", ")),
        Err(error) => format!("error: {}", error.message()),
    }
}

#[test]
fn every_template_renders_as_its_case_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/templates");
    let mut files: Vec<_> = fs::read_dir(folder).expect("there are cases").map(|file| file.unwrap().path()).collect();
    files.sort();
    let mut wrong = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let (options, text) = match text.strip_prefix("# ") {
            Some(rest) => rest.split_once('\n').expect("a line of options ends"),
            None => ("", text.as_str()),
        };
        let parts: Vec<&str> = text.splitn(3, "\n---\n").collect();
        let [payload, template, expected] = parts.as_slice() else { panic!("{} has three parts", file.display()) };
        let got = outcome(options, payload, template);
        if got != expected.trim_end_matches('\n') {
            wrong.push(format!("{}\n{got}\n", file.file_name().unwrap().display()));
        }
        if !got.starts_with("error:") {
            assert_eq!(check(template).err().map(|e| e.message().to_owned()), None, "{}", file.display());
        }
    }
    assert!(wrong.is_empty(), "these came out otherwise:\n{}", wrong.join("\n"));
}

#[test]
fn a_template_mentions_the_fields_and_not_the_systems_values_nor_loop_variables() {
    let source = "{{ nome }} {{ your-email | lower }} {{ Nome e cognome }} {{ event.id }} {{ payload.x }} {{ steps.s1.y }}\
        {% for p in prodotti %}{{ p.nome }}{{ loop.index }}{% endfor %}{% if città == \"Roma\" %}{{ a + b.c }}{% endif %}\
        {{ nome }} {{ prodotti[0].nome }} {{ \"nome\" }} {# {{ no }} #}{% set t = z %}{{ t }}";
    assert_eq!(
        mentions(source),
        ["nome", "your-email", "Nome e cognome", "x", "prodotti", "città", "a", "b.c", "prodotti[0].nome", "z"]
    );
    assert!(mentions("{{ nome").is_empty());
}

#[test]
fn a_mistyped_name_finds_the_nearest() {
    let known = ["telefono", "nome", "cliente.email", "città", "id"];
    for (name, near) in [
        ("telefon", Some("telefono")),
        ("Telefono", Some("telefono")),
        ("nmoe", Some("nome")),
        ("email", Some("cliente.email")),
        ("citta", Some("città")),
        ("indirizzo", None),
        ("xy", None),
        ("", None),
    ] {
        assert_eq!(nearest(name, known.into_iter()), near, "{name}");
    }
}

#[test]
fn what_is_no_template_is_refused_when_it_is_saved() {
    for source in
        ["{{ nome", "{% if a %}", "{{ nome | uper }}", "{{ }}", "{% include \"x\" %}", "{{ \"a }}", "{{ upper(nome) }}"]
    {
        assert!(check(source).is_err(), "{source}");
    }
    // The name of a question in a form can be nearly anything.
    for source in [
        "{{ C'è altro? }}",
        "{{ Nome (obbligatorio) }}",
        "{{ Nome * }}",
        "{{ Prezzo €/kg }}",
        "{{ Accetto termini & condizioni }}",
        "{{ Hai visto \"Matrix\"? }}",
        "{{ 1. Nome }}",
        "{{ E-mail: }}",
        "{{ Data di nascita (gg/mm/aaaa) }}",
        "{{ #ordine }}",
    ] {
        assert_eq!(check(source).err().map(|e| e.message().to_owned()), None, "{source}");
        assert_eq!(mentions(source).len(), 1, "{source}");
    }
}

#[test]
fn an_endless_template_is_stopped_with_its_reason() {
    let items: Vec<_> = (0..2_000).collect();
    let payload = json!({ "a": items }).to_string();
    let nested = "{% for x in a %}{% for y in a %}.{% endfor %}{% endfor %}";
    assert!(outcome("", &payload, nested).contains("too much work"));
    let long = json!({ "a": "x".repeat(40_000) }).to_string();
    assert!(outcome("", &long, "{{ a }}{{ a }}").contains("longer than 64 KB"));
    assert!(outcome("", "{}", &"x".repeat(70_000)).contains("shorten it"));
    let aliases =
        "{{ a.b }}{{ a['b'] }}{{ a[\"b\"] }}{{ payload.a.b }}{{ payload.a['b'] }}{{ uncino.payload.a.b }}".to_owned();
    let heavy = json!({ "a": { "b": vec!["x"; 100_000] } }).to_string();
    assert!(outcome("", &heavy, &aliases).contains("under too many names"));
    let many: String = (0..1_100).map(|at| format!("{}f{at}", if at % 100 == 0 { "}}{{ " } else { "~" })).collect();
    assert!(outcome("", "{}", &format!("{}}}}}", many.trim_start_matches("}}"))).contains("more than 1000 fields"));
    let copies = "{% for x in a %}{{ a | length }}{% endfor %}";
    assert!(outcome("", &payload, copies).contains("too much work"));
}
