//! The invariants of `docs/ARCHITECTURE.md`, as far as a program can see them, and for each rule a file that breaks it
//! on purpose and must be caught.
//!
//! It reads the sources as text. What the compiler keeps (no `worker` outside of the platform, no panics, no unsafe code)
//! is not repeated here.

use std::path::{Path, PathBuf};

/// One source file: its path from the project's root, and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    fn is_under(&self, folder: &str) -> bool {
        self.path.starts_with(&format!("src/{folder}/"))
    }

    /// The text without comments and without the tests at the end of the file.
    fn code(&self) -> String {
        let production = self.text.split("\n#[cfg(test)]").next().unwrap_or_default();
        let lines = production.lines().map(|line| line.split("//").next().unwrap_or_default());
        lines.collect::<Vec<_>>().join("\n")
    }
}

type Rule = fn(&Source) -> Option<String>;

/// Every rule with a name, and a file that breaks it.
const RULES: [(&str, Rule, &str, &str); 15] = [
    ("domain is pure", domain_is_pure, "src/domain/a.rs", "async fn f() {}"),
    (
        "domain has no changing statics",
        domain_keeps_nothing,
        "src/domain/a.rs",
        "static X: RefCell<u8> = RefCell::new(1);",
    ),
    (
        "domain has no lazy statics",
        domain_keeps_nothing,
        "src/domain/a.rs",
        "pub static X: OnceLock<u8> = OnceLock::new();",
    ),
    ("layers point inwards", layers_point_inwards, "src/domain/a.rs", "use crate::app::App;"),
    ("store knows no use case", layers_point_inwards, "src/store/a.rs", "use crate::app::App;"),
    ("app knows no http", layers_point_inwards, "src/app/a.rs", "use crate::http::message::Request;"),
    ("http knows no platform", layers_point_inwards, "src/http/a.rs", "use crate::platform::d1;"),
    ("sql stands in store", sql_stands_in_store, "src/app/a.rs", "sql!(\"SELECT 1 AS row\")"),
    ("only the platform names cloudflare", only_platform_names_cloudflare, "src/http/a.rs", "use worker::Env;"),
    ("a status changes in the machine", status_changes_in_machine, "src/app/a.rs", "run.status = Status::Failed;"),
    ("an engine is named in its place", engines_stay_in_place, "src/app/a.rs", "use minijinja::Environment;"),
    ("a file opens with what it is for", opens_with_its_purpose, "src/app/a.rs", "use std::fmt;"),
    (
        "a file says what it does not do",
        opens_with_its_purpose,
        "src/app/a.rs",
        "//! For this and that.\n\nuse std::fmt;",
    ),
    ("names say something", names_say_something, "src/app/utils.rs", "//! Does not exist."),
    ("a long file says why", long_files_say_why, "src/app/a.rs", LONG),
];

const LONG: &str = "long";

fn domain_is_pure(source: &Source) -> Option<String> {
    const BANNED: [&str; 7] = ["async ", ".await", "SystemTime", "Instant::", "getrandom", "rand::", "std::fs"];
    let code = source.code();
    let found = BANNED.into_iter().find(|word| code.contains(word)).filter(|_| source.is_under("domain"))?;
    Some(format!("domain is pure, and `{}` is not: time and entropy are arguments, I/O is a value", found.trim()))
}

/// Only statics outlive a call: a cell within a value, such as a text that is decoded once, is nobody else's to see.
fn domain_keeps_nothing(source: &Source) -> Option<String> {
    const CHANGING: [&str; 7] = ["static mut", "Cell<", "Mutex<", "RwLock<", "Atomic", "OnceLock<", "Lazy"];
    let code = source.code();
    let statics =
        code.lines().filter(|line| line.contains("thread_local!") || line.replace("'static", "").contains("static "));
    let found = statics
        .filter(|line| line.contains("thread_local!") || CHANGING.iter().any(|word| line.contains(word)))
        .find(|_| source.is_under("domain"))?;
    Some(format!("domain keeps nothing from one call to the next, and `{}` would", found.trim()))
}

fn layers_point_inwards(source: &Source) -> Option<String> {
    const LAYERS: [(&str, &[&str]); 6] = [
        ("domain", &["store", "app", "http", "memory", "platform"]),
        ("store", &["app", "http", "memory", "platform"]),
        ("app", &["http", "memory", "platform"]),
        ("http", &["memory", "platform"]),
        ("memory", &["platform"]),
        ("platform", &["memory"]),
    ];
    let (layer, outer) = LAYERS.into_iter().find(|(layer, _)| source.is_under(layer))?;
    let code = source.code();
    let found = outer.iter().find(|name| code.contains(&format!("crate::{name}::")))?;
    Some(format!("`{layer}` must not know `{found}`: turn the dependency around with a port or a value"))
}

fn sql_stands_in_store(source: &Source) -> Option<String> {
    let code = source.code();
    let speaks_sql = code.contains("sql!(") || code.contains("\"SELECT ") || code.contains("\"INSERT ");
    let at_home = source.is_under("store") || source.is_under("memory");
    (speaks_sql && !at_home).then(|| "SQL stands in `src/store`: give the statement a function there".to_owned())
}

fn only_platform_names_cloudflare(source: &Source) -> Option<String> {
    let code = source.code();
    let found = ["worker::", "js_sys", "web_sys", "wasm_bindgen"].into_iter().find(|word| code.contains(word))?;
    let outside = !source.is_under("platform");
    outside.then(|| format!("only `src/platform` names Cloudflare, and this names `{found}`"))
}

fn status_changes_in_machine(source: &Source) -> Option<String> {
    let code = source.code();
    let changes = ["status = Status::", "status = StepStatus::", "status = status"];
    let found = changes.into_iter().find(|word| code.contains(&format!(".{word}")))?;
    (source.path != "src/domain/run/machine.rs")
        .then(|| format!("a status changes only in `src/domain/run/machine.rs`, and `{found}` changes one here"))
}

/// Third-party engines, each with the places that may name it.
const ENGINES: [(&str, &[&str]); 10] = [
    ("minijinja", &["src/domain/template/"]),
    ("phonelib", &["src/domain/contact/phone.rs"]),
    ("email_address", &["src/domain/contact/email.rs"]),
    ("quick_xml", &["src/domain/payload/xml.rs"]),
    ("hmac", &["src/domain/signature/mac.rs", "src/domain/action/sign.rs"]),
    ("ed25519_dalek", &["src/domain/signature/ed25519.rs"]),
    ("chacha20poly1305", &["src/app/seal.rs"]),
    ("ulid", &["src/domain/ids.rs"]),
    ("rusqlite", &["src/memory/"]),
    ("strsim", &["src/domain/template/"]),
];

fn engines_stay_in_place(source: &Source) -> Option<String> {
    let code = source.code();
    ENGINES.into_iter().find_map(|(engine, places)| {
        let named = code.contains(&format!("{engine}::"));
        let at_home = places.iter().any(|place| source.path.starts_with(place));
        (named && !at_home).then(|| format!("`{engine}` is named only in {places:?}, so that it can be replaced"))
    })
}

fn header(source: &Source) -> String {
    let lines = source.text.lines().take_while(|line| line.starts_with("//!"));
    lines.map(|line| line.trim_start_matches("//!")).collect::<Vec<_>>().join("\n")
}

fn opens_with_its_purpose(source: &Source) -> Option<String> {
    const LIMITS: [&str; 9] =
        [" not ", "never", "nothing", " no ", "only", "neither", "without", "none", "deliberately"];
    let header = header(source).to_lowercase();
    if header.trim().is_empty() {
        return Some("a file opens with `//!` and what it is for".to_owned());
    }
    let limited = LIMITS.iter().any(|word| header.contains(word));
    (!limited).then(|| "a file says at its top what it deliberately does not do".to_owned())
}

fn names_say_something(source: &Source) -> Option<String> {
    const EMPTY: [&str; 7] = ["utils", "util", "helpers", "helper", "common", "manager", "service"];
    let name = Path::new(&source.path).file_stem()?.to_str()?.to_owned();
    EMPTY.contains(&name.as_str()).then(|| format!("`{name}` says nothing: name the file after what it holds"))
}

fn long_files_say_why(source: &Source) -> Option<String> {
    let lines = source.text.lines().count();
    match lines {
        0..=400 => None,
        401..=700 if header(source).contains("**Length:**") => None,
        401..=700 => Some(format!("{lines} lines: say why in the header (`**Length:**`), or divide it")),
        _ => Some(format!("{lines} lines: divide it")),
    }
}

fn sources() -> Vec<Source> {
    fn walk(folder: &Path, root: &Path, found: &mut Vec<Source>) {
        let mut entries: Vec<PathBuf> =
            std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                walk(&path, root, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
                found.push(Source { path: name, text: std::fs::read_to_string(&path).expect("a text") });
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    walk(&root.join("src"), root, &mut found);
    found
}

#[test]
fn the_invariants_hold() {
    let mut broken = Vec::new();
    for source in sources() {
        for (_, rule, ..) in RULES {
            if let Some(complaint) = rule(&source) {
                broken.push(format!("{}: {complaint}", source.path));
            }
        }
    }
    broken.dedup();
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn each_rule_catches_a_file_that_breaks_it() {
    for (name, rule, path, text) in RULES {
        let text = if text == LONG { "//! Not short.\n".repeat(401) } else { text.to_owned() };
        let source = Source { path: path.to_owned(), text };
        assert!(rule(&source).is_some(), "the rule \"{name}\" does not catch {path}: {}", source.text);
    }
}

#[test]
fn a_delivery_is_verified_before_it_is_parsed() {
    let ingest = sources().into_iter().find(|source| source.path == "src/app/ingest.rs").expect("ingest").code();
    let verify = ingest.find("verify(app, source").expect("ingest verifies");
    let parse = ingest.find("payload::read(").expect("ingest parses");
    assert!(verify < parse, "the bytes must be verified before anything parses them");
}

#[test]
fn a_secret_cannot_be_written_down() {
    let secret = sources().into_iter().find(|source| source.path == "src/domain/secret.rs").expect("secret").code();
    for way_out in
        ["impl<T> std::fmt::Display", "impl<T> fmt::Display", "Serialize for Secret", "derive(Serialize", "Debug)]"]
    {
        assert!(!secret.contains(way_out), "`Secret` must not have `{way_out}`");
    }
}
