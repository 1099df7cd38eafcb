//! The documents name what exists, and leave out nothing that a reader looks for in them.
//!
//! It does not judge whether a sentence is true; the paths, actions, settings and tables that a program can find, it
//! finds.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use uncino::domain::action::registry;

/// What a path in a document begins with, seen from the project's root.
const FOLDERS: [&str; 6] = ["src/", "tests/", "docs/", "migrations/", "scripts/", "dashboard/"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every document: the Markdown files at the root and in `docs`.
fn documents() -> Vec<(String, String)> {
    let mut paths: Vec<PathBuf> = ["", "docs"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(root().join(folder)).expect("a folder"))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
        .collect();
    paths.sort();
    let name = |path: &Path| path.strip_prefix(root()).expect("below the root").to_string_lossy().replace('\\', "/");
    paths.into_iter().map(|path| (name(&path), std::fs::read_to_string(&path).expect("a text"))).collect()
}

/// The document without its blocks of code.
fn prose(text: &str) -> String {
    text.split("\n```").step_by(2).collect::<Vec<_>>().join("\n")
}

/// What stands between backticks in the document's prose.
fn code_spans(text: &str) -> Vec<String> {
    prose(text)
        .lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// The paths of this project that a document names: spans of code that look like one, and the targets of its links.
fn paths(document: &str, text: &str) -> Vec<String> {
    let is_path = |span: &String| {
        FOLDERS.iter().any(|folder| span.starts_with(folder))
            && !span.contains("your_")
            && span.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_-.".contains(&byte))
    };
    let folder = Path::new(document).parent().unwrap_or(Path::new(""));
    let prose = prose(text);
    let targets = prose.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    let links = targets
        .filter(|target| !target.is_empty() && !target.contains("://"))
        .map(|target| folder.join(target).to_string_lossy().into_owned());
    code_spans(text).into_iter().filter(is_path).chain(links).collect()
}

#[test]
fn every_path_that_a_document_names_exists() {
    let mut missing = BTreeSet::new();
    let mut found = 0;
    for (document, text) in documents() {
        for path in paths(&document, &text) {
            found += 1;
            if !root().join(&path).exists() {
                missing.insert(format!("{document} names `{path}`, which does not exist"));
            }
        }
    }
    assert!(found > 100, "only {found} paths were found: does this test still read the documents?");
    assert!(missing.is_empty(), "\n{}\n", missing.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_path_that_does_not_exist_is_seen() {
    let text =
        "See `src/no_such.rs`, `cargo test` and [this](NOWHERE.md).\n```\n`src/in_code.rs`\n```\n[out](https://a.b)";
    assert_eq!(paths("docs/A.md", text), ["src/no_such.rs", "docs/NOWHERE.md"]);
}

#[test]
fn every_action_has_its_section_with_every_parameter() {
    let text = read("docs/ACTIONS.md");
    let mut missing = Vec::new();
    for action in registry() {
        let heading = format!("\n## {}\n", action.name);
        let Some((_, section)) = text.split_once(&heading) else {
            missing.push(format!("`{}` has no section", action.name));
            continue;
        };
        let section = section.split("\n## ").next().unwrap_or_default();
        let unnamed = action.params.iter().filter(|param| !section.contains(&format!("| `{}` |", param.name)));
        missing
            .extend(unnamed.map(|param| format!("the section of `{}` has no row for `{}`", action.name, param.name)));
    }
    assert!(missing.is_empty(), "docs/ACTIONS.md:\n{}\n", missing.join("\n"));
}

/// The names in capitals that a source file reads as texts: `"RETENTION_DAYS"`.
fn settings(source: &str) -> BTreeSet<String> {
    let is_name = |text: &&str| {
        text.len() > 3 && text.contains('_') && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
    };
    source.split('"').skip(1).step_by(2).filter(is_name).map(str::to_owned).collect()
}

#[test]
fn every_setting_stands_in_the_readme() {
    let names = settings(&read("src/app/config.rs"));
    assert!(names.contains("ADMIN_TOKEN") && names.len() > 10, "the settings were not found: {names:?}");
    let readme = read("README.md");
    let missing: Vec<_> = names.into_iter().filter(|name| !readme.contains(&format!("`{name}"))).collect();
    assert!(missing.is_empty(), "README.md does not say what these settings are: {missing:?}");
}

#[test]
fn every_table_stands_in_the_storage_document() {
    let document = read("docs/STORAGE.md");
    let mut tables = Vec::new();
    for entry in std::fs::read_dir(root().join("migrations")).expect("the migrations") {
        let sql = std::fs::read_to_string(entry.expect("an entry").path()).expect("a text");
        let names = sql.split("CREATE TABLE ").skip(1).filter_map(|rest| rest.split([' ', '(']).next());
        tables.extend(names.map(str::to_owned));
    }
    assert!(tables.contains(&"events".to_owned()), "the tables were not found: {tables:?}");
    let missing: Vec<_> = tables.into_iter().filter(|table| !document.contains(&format!("\n| `{table}` |"))).collect();
    assert!(missing.is_empty(), "docs/STORAGE.md does not say what these tables hold: {missing:?}");
}

/// All of a folder's files with an ending, one after the other.
fn texts_below(folder: &Path, ending: &str, found: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            texts_below(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push_str(&std::fs::read_to_string(&path).expect("a text"));
        }
    }
}

/// The tests that a document names and that nobody has written: names of functions between backticks, titles between
/// curly quotes, and laws of the simulation.
fn unwritten_tests(text: &str) -> Vec<String> {
    let (mut rust, mut node) = (String::new(), String::new());
    texts_below(&root().join("tests/it"), ".rs", &mut rust);
    texts_below(&root().join("tests/worker"), ".test.mjs", &mut node);
    let is_name = |span: &String| {
        span.matches('_').count() >= 3 && span.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    let names = code_spans(text).into_iter().filter(is_name).filter(|name| !rust.contains(&format!("fn {name}(")));
    let titles = text.split('“').skip(1).filter_map(|rest| rest.split('”').next());
    let titles = titles.filter(|title| !node.contains(*title)).map(str::to_owned);
    let laws =
        text.lines().filter_map(|line| line.split("| law").nth(1)).filter_map(|rest| rest.split([';', '|']).next());
    let laws = laws.flat_map(code_spans).filter(|law| !rust.contains(&format!("\n    {law},\n")));
    names.chain(titles).chain(laws).collect()
}

#[test]
fn every_test_that_the_promises_name_is_written() {
    let text = read("docs/RELIABILITY.md");
    assert!(text.matches("| law ").count() > 10 && text.matches('“').count() > 8, "the promises were not found");
    assert_eq!(unwritten_tests(&text), Vec::<String>::new());
    // A variant of no enum, a function and a title that are not there.
    let made_up = "| a promise | law `Perfect`; `a_test_that_nobody_wrote`; “a title that nobody wrote” |";
    assert_eq!(unwritten_tests(made_up).len(), 3, "{:?}", unwritten_tests(made_up));
}

/// A law that no promise names is a promise that nobody reads.
#[test]
fn every_law_of_the_simulation_is_a_promise() {
    let laws = read("tests/it/simulation/laws.rs");
    let body = laws.split("pub enum Law {").nth(1).and_then(|rest| rest.split("\n}").next()).expect("the laws");
    let names =
        body.lines().map(str::trim).filter(|line| !line.starts_with("///")).map(|line| line.trim_end_matches(','));
    let document = read("docs/RELIABILITY.md");
    let missing: Vec<&str> =
        names.filter(|name| !name.is_empty() && !document.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "docs/RELIABILITY.md promises nothing of the laws {missing:?}");
}
