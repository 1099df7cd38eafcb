//! Every file in `tests/cases/conditions` is one group of cases: the payload as JSON, then lines `condition => true`,
//! `condition => false` or `condition => fault at path: code`.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use uncino::domain::condition::Condition;
use uncino::domain::settings::Settings;
use uncino::domain::template::Scope;

#[test]
fn every_condition_holds_as_its_case_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/conditions");
    for file in fs::read_dir(folder).expect("there are cases").map(|file| file.unwrap().path()) {
        let text = fs::read_to_string(&file).unwrap();
        let (payload, cases) = text.split_once("\n---\n").expect("a case has a payload");
        let payload: Value = serde_json::from_str(payload).expect("the payload is JSON");
        let scope = Scope::new(payload.as_object().unwrap().clone(), &Settings::new(|_, _| 0));
        for line in cases.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            let (condition, expected) = line.rsplit_once(" => ").expect("a case is `condition => result`");
            let json: Value = serde_json::from_str(condition).expect(line);
            let got = match Condition::parse(&json) {
                Ok(condition) => {
                    assert_eq!(Condition::parse(&condition.to_json()).as_ref(), Ok(&condition), "{line}");
                    condition.holds(&|name| scope.lookup(name)).to_string()
                }
                Err(faults) => {
                    let faults: Vec<_> = faults.iter().map(|fault| format!("{}: {}", fault.path, fault.code)).collect();
                    faults.join(", ")
                }
            };
            assert_eq!(got, expected, "{}: {line}", file.display());
        }
    }
}

#[test]
fn a_condition_too_deep_or_too_large_is_refused() {
    let mut deep = json!({"field": "a", "op": "exists"});
    for _ in 0..9 {
        deep = json!({ "all": [deep] });
    }
    assert_eq!(Condition::parse(&deep).unwrap_err()[0].code, "too_deep");
    let many: Vec<_> = (0..200).map(|_| json!({"field": "a", "op": "exists"})).collect();
    assert_eq!(Condition::parse(&json!({ "any": many })).unwrap_err()[0].code, "too_large");
}

#[test]
fn a_condition_survives_storage_and_names_its_fields() {
    let json = json!({"all": [{"field": "a", "op": "in", "value": ["x"]}, {"any": [{"field": "b.c", "op": "empty"}, {"field": "a", "op": "exists"}]}]});
    let condition: Condition = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&condition).unwrap(), json);
    assert_eq!(condition.fields(), ["a", "b.c"]);
}
