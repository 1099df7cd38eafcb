//! Checking a step's parameters when it is saved, and listing what they mention.
//!
//! It works from the registry's description, so a form that follows the description makes no fault. It knows no
//! payload: whether a field has ever been sent is a warning, and somebody else's.

use serde_json::Value;

use crate::domain::condition::Condition;
use crate::domain::ids::ConnectionId;
use crate::domain::problem::Fault;
use crate::domain::template;

use super::address;
use super::param::{Param, ParamKind};
use super::registry::Action;
use super::render::source_of;
use super::{Object, send_whatsapp};

/// Checks a step's parameters: every fault, its path relative to `params`.
pub fn check(action: &Action, params: &Object) -> Vec<Fault> {
    let mut faults = unknown_keys(params, action.params.iter().map(|param| param.name), action.name);
    for param in action.params {
        match params.get(param.name).filter(|value| !value.is_null()) {
            Some(value) => {
                if param.required && value.as_str().is_some_and(|text| text.trim().is_empty()) {
                    faults.push(Fault::new(param.name, "required", format!("`{}` must not be empty", param.name)));
                } else {
                    faults.extend(check_value(param, value).into_iter().map(|fault| fault.under(param.name)));
                }
            }
            None if param.required => {
                faults.push(Fault::new(param.name, "required", format!("`{}` needs `{}`", action.name, param.name)));
            }
            None => {}
        }
    }
    for alternative in action.alternatives {
        let given: Vec<&str> = alternative.params.iter().copied().filter(|name| is_given(params, name)).collect();
        let all = alternative.params.join("`, `");
        if given.is_empty() && alternative.required {
            faults.push(Fault::new("", "required", format!("`{}` needs one of `{all}`", action.name)));
        }
        if let ([_, second, ..], true) = (given.as_slice(), alternative.exclusive) {
            faults.push(Fault::new(
                *second,
                "conflict",
                format!("only one of `{all}` may be given; remove the others"),
            ));
        }
    }
    faults.extend((action.check)(params));
    faults
}

/// Every field and every step's output that the templates and conditions of the parameters mention, each once, in order.
pub fn mentions(action: &Action, params: &Object) -> Vec<String> {
    let mut fields = Vec::new();
    for param in action.params {
        let Some(value) = params.get(param.name) else { continue };
        match param.kind {
            ParamKind::Condition => {
                if let Ok(condition) = Condition::parse(value) {
                    condition.fields().into_iter().for_each(|field| add(&mut fields, field));
                }
            }
            ParamKind::Template
            | ParamKind::LongTemplate
            | ParamKind::Html
            | ParamKind::TemplateMap
            | ParamKind::TemplateList
            | ParamKind::JsonTree
            | ParamKind::Url
            | ParamKind::Number { .. }
            | ParamKind::WhatsappTemplate => gather(value, &mut fields),
            ParamKind::Choice { .. }
            | ParamKind::Integer { .. }
            | ParamKind::Boolean
            | ParamKind::Connection { .. } => {}
        }
    }
    fields
}

fn gather(value: &Value, fields: &mut Vec<String>) {
    match value {
        Value::String(source) => template::mentions_and_outputs(source).iter().for_each(|field| add(fields, field)),
        Value::Array(items) => items.iter().for_each(|item| gather(item, fields)),
        Value::Object(entries) => entries.values().for_each(|item| gather(item, fields)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn add(fields: &mut Vec<String>, field: &str) {
    if !fields.iter().any(|known| known == field) {
        fields.push(field.to_owned());
    }
}

fn is_given(params: &Object, name: &str) -> bool {
    match params.get(name) {
        None | Some(Value::Null) => false,
        Some(Value::String(text)) => !text.trim().is_empty(),
        Some(Value::Object(_) | Value::Array(_) | Value::Bool(_) | Value::Number(_)) => true,
    }
}

/// A fault for every key that is not one of the known ones.
pub(super) fn unknown_keys<'a>(object: &Object, known: impl Iterator<Item = &'a str> + Clone, of: &str) -> Vec<Fault> {
    object
        .keys()
        .filter(|key| !known.clone().any(|name| name == key.as_str()))
        .map(|key| {
            let message = match template::nearest(key, known.clone()) {
                Some(near) => format!("`{of}` has no `{key}`; did you mean `{near}`?"),
                None => format!("`{of}` has no `{key}`; it has `{}`", known.clone().collect::<Vec<_>>().join("`, `")),
            };
            Fault::new(key.as_str(), "unknown_key", message)
        })
        .collect()
}

/// The faults of a value by its parameter's kind, paths relative to the parameter.
fn check_value(param: &Param, value: &Value) -> Vec<Fault> {
    match param.kind {
        ParamKind::Template | ParamKind::LongTemplate | ParamKind::Html => check_template(value),
        ParamKind::TemplateMap => match value.as_object() {
            Some(entries) => each(entries.iter().map(|(name, item)| (name.clone(), item)), check_template),
            None => wrong_type("an object of names with texts"),
        },
        ParamKind::TemplateList => match (value.as_array(), value.as_str()) {
            (Some(items), _) => {
                each(items.iter().enumerate().map(|(index, item)| (format!("[{index}]"), item)), check_template)
            }
            (None, Some(source)) => check_source(source),
            (None, None) => wrong_type("a list of texts"),
        },
        ParamKind::JsonTree => check_tree(value),
        ParamKind::Url => check_url(value),
        ParamKind::Choice { options } => match value.as_str() {
            Some(word) if options.contains(&word) => Vec::new(),
            _ => vec![Fault::new("", "invalid_value", format!("must be one of `{}`", options.join("`, `")))],
        },
        ParamKind::Integer { min, max } => check_integer(value, min, max),
        ParamKind::Number { min, max } => match value.as_str() {
            Some(text) if text.contains('{') => check_source(text),
            Some(text) if text.trim().is_empty() => Vec::new(),
            Some(text) => check_number(text.trim().parse().ok(), min, max),
            None => check_number(value.as_f64(), min, max),
        },
        ParamKind::Boolean => {
            if value.is_boolean() {
                Vec::new()
            } else {
                wrong_type("true or false")
            }
        }
        ParamKind::Connection { .. } => match value.as_str() {
            Some(id) if id.is_empty() || ConnectionId::parse(id).is_some() => Vec::new(),
            _ => vec![Fault::new("", "invalid_value", "must be the id of a connection, `con_…`")],
        },
        ParamKind::Condition => Condition::parse(value).err().unwrap_or_default(),
        ParamKind::WhatsappTemplate => send_whatsapp::check_template(value),
    }
}

fn each<'a>(items: impl Iterator<Item = (String, &'a Value)>, check: impl Fn(&Value) -> Vec<Fault>) -> Vec<Fault> {
    items.flat_map(|(path, item)| check(item).into_iter().map(move |fault| fault.under(&path))).collect()
}

fn wrong_type(wanted: &str) -> Vec<Fault> {
    vec![Fault::new("", "invalid_type", format!("must be {wanted}"))]
}

/// A text that is a template; a number or boolean is taken as its text.
pub(super) fn check_template(value: &Value) -> Vec<Fault> {
    match source_of(value) {
        Some(source) => check_source(&source),
        None if value.is_null() => Vec::new(),
        None => wrong_type("a text, in which `{{ field }}` is filled in"),
    }
}

fn check_source(source: &str) -> Vec<Fault> {
    template::check(source).err().map(|error| Fault::new("", "invalid_template", error.message())).into_iter().collect()
}

fn check_tree(value: &Value) -> Vec<Fault> {
    match value {
        Value::String(source) => check_source(source),
        Value::Array(items) => {
            each(items.iter().enumerate().map(|(index, item)| (format!("[{index}]"), item)), check_tree)
        }
        Value::Object(entries) => each(entries.iter().map(|(name, item)| (name.clone(), item)), check_tree),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

fn check_url(value: &Value) -> Vec<Fault> {
    let Some(source) = value.as_str() else { return wrong_type("a text that begins with `https://` or `http://`") };
    match address::split(source) {
        Err(message) => vec![Fault::new("", "invalid_url", message)],
        Ok(address) if address::climbs(address.path) => {
            vec![Fault::new("", "invalid_url", "the path must not hold `.` or `..` as a part")]
        }
        Ok(address) => {
            let mut faults = check_source(address.path);
            if faults.is_empty() {
                faults = check_source(address.query.unwrap_or_default());
            }
            faults
        }
    }
}

fn check_integer(value: &Value, min: u32, max: u32) -> Vec<Fault> {
    match value.as_u64() {
        Some(number) if (u64::from(min)..=u64::from(max)).contains(&number) => Vec::new(),
        _ => vec![Fault::new("", "invalid_value", format!("must be a whole number from {min} to {max}"))],
    }
}

fn check_number(value: Option<f64>, min: u32, max: u32) -> Vec<Fault> {
    match value {
        Some(number) if (f64::from(min)..=f64::from(max)).contains(&number) => Vec::new(),
        _ => vec![Fault::new("", "invalid_value", format!("must be a number from {min} to {max}, or a template"))],
    }
}
