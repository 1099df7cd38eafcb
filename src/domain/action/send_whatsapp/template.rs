//! The `template` of a WhatsApp message: its form at save, and its components when it is sent.
//!
//! It does not know the template's text, which is at Meta: how many variables there are, and where, is the operator's
//! word until Meta answers.
//!
//! The form: `{"name", "language", "header"?, "body"?, "buttons"?}`.
//! - `header` is a text, or `{"text", "parameter_name"}` when its variable has a name, or one of
//!   `{"image" | "video" | "document": {"link", "filename"?}}`;
//! - `body` is a list of texts for `{{1}}`, `{{2}}` …, or names with texts for named variables;
//! - `buttons` has an entry for each button from the first on: a text is the end of an URL button's address,
//!   `{"quick_reply": text}` what a reply button gives back, `{"copy_code": text}` the code to copy; `null` or `""`
//!   stands for a button without a variable.

use serde_json::{Value, json};

use crate::domain::problem::Fault;
use crate::domain::template::{self, Escape};

use super::super::check::{check_template, unknown_keys};
use super::super::render::{Preparation, source_of};
use super::super::{Failure, Object, WhatsappContent, address};
use super::clean::clean;

/// Meta's limits, in characters ("Message templates": components).
const HEADER_CHARS: usize = 60;
const BODY_CHARS: usize = 1_024;
const CODE_CHARS: usize = 15;
const BUTTON_CHARS: usize = 2_000;

/// Meta takes at most ten buttons a template.
const MOST_BUTTONS: usize = 10;

const MEDIA: [&str; 3] = ["image", "video", "document"];
const BUTTON_KINDS: [&str; 3] = ["url", "quick_reply", "copy_code"];

/// The faults of a `template`, paths relative to it.
pub(super) fn check(value: &Value) -> Vec<Fault> {
    let Some(template) = value.as_object() else {
        return vec![Fault::new("", "invalid_type", "must be an object with `name`, `language` and `body`")];
    };
    let mut faults = unknown_keys(template, ["name", "language", "header", "body", "buttons"].into_iter(), "template");
    for (name, wanted, also) in [
        ("name", "the template's name as in WhatsApp Manager: lower-case letters, digits and underscores", ""),
        ("language", "the template's language as in WhatsApp Manager, such as `it` or `en_US`", "-"),
    ] {
        let plain = |text: &str| {
            !text.is_empty()
                && text.len() <= 512
                && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || also.contains(c))
        };
        match template.get(name).and_then(Value::as_str) {
            Some(text) if plain(text.trim()) => {}
            Some(_) => faults.push(Fault::new(name, "invalid_value", format!("must be {wanted}"))),
            None => faults.push(Fault::new(name, "required", format!("`template` needs `{name}`: {wanted}"))),
        }
    }
    if let Some(header) = template.get("header") {
        faults.extend(check_header(header).into_iter().map(|fault| fault.under("header")));
    }
    match template.get("body") {
        None | Some(Value::Null) => {}
        Some(Value::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                faults.extend(check_template(item).into_iter().map(|fault| fault.under(&format!("body[{index}]"))));
            }
        }
        Some(Value::Object(entries)) => {
            for (name, item) in entries {
                faults.extend(check_template(item).into_iter().map(|fault| fault.under(&format!("body.{name}"))));
            }
        }
        Some(_) => faults.push(Fault::new(
            "body",
            "invalid_type",
            "must be a list of texts, one for each variable, or names with texts when the variables have names",
        )),
    }
    match template.get("buttons") {
        None | Some(Value::Null) => {}
        Some(Value::Array(items)) if items.len() <= MOST_BUTTONS => {
            for (index, item) in items.iter().enumerate() {
                faults.extend(check_button(item).into_iter().map(|fault| fault.under(&format!("buttons[{index}]"))));
            }
        }
        Some(_) => {
            faults.push(Fault::new("buttons", "invalid_type", format!("must be a list of at most {MOST_BUTTONS}")))
        }
    }
    faults
}

fn check_header(header: &Value) -> Vec<Fault> {
    let Some(entries) = header.as_object() else { return check_template(header) };
    if entries.contains_key("text") {
        let mut faults = unknown_keys(entries, ["text", "parameter_name"].into_iter(), "header");
        faults.extend(entries.get("text").into_iter().flat_map(check_template).map(|fault| fault.under("text")));
        return faults;
    }
    let mut faults = unknown_keys(entries, MEDIA.into_iter(), "header");
    match entries.iter().filter(|(name, _)| MEDIA.contains(&name.as_str())).collect::<Vec<_>>().as_slice() {
        [(kind, media)] => match media.as_object() {
            Some(media) => {
                let known = if *kind == "document" { &["link", "filename"][..] } else { &["link"][..] };
                let mut inner = unknown_keys(media, known.iter().copied(), kind);
                if media.get("link").and_then(Value::as_str).is_none_or(|link| link.trim().is_empty()) {
                    inner.push(Fault::new("link", "required", "the file's public address is missing"));
                }
                for (name, item) in media {
                    inner.extend(check_template(item).into_iter().map(|fault| fault.under(name)));
                }
                faults.extend(inner.into_iter().map(|fault| fault.under(kind)));
            }
            None => faults.push(Fault::new(kind.as_str(), "invalid_type", "must be an object with `link`")),
        },
        _ => faults.push(Fault::new("", "invalid_value", "must be a text, or one of `image`, `video`, `document`")),
    }
    faults
}

fn check_button(button: &Value) -> Vec<Fault> {
    let Some(entries) = button.as_object() else { return check_template(button) };
    let mut faults = unknown_keys(entries, BUTTON_KINDS.into_iter(), "button");
    if entries.len() != 1 {
        faults.push(Fault::new("", "invalid_value", "must be one of `url`, `quick_reply`, `copy_code`"));
    }
    for (name, item) in entries {
        faults.extend(check_template(item).into_iter().map(|fault| fault.under(name)));
    }
    faults
}

/// Renders a `template` into Meta's components.
pub(super) fn prepare(step: &mut Preparation<'_>, value: &Value) -> Result<WhatsappContent, Failure> {
    let mut builder = Builder { shown: Object::new(), components: Vec::new() };
    let outcome = builder.fill(step, value);
    step.show("template", builder.shown.clone());
    let (name, language) = outcome?;
    Ok(WhatsappContent::Template { name, language, components: builder.components, values: builder.shown })
}

/// Collects the components, and beside them what people are shown.
struct Builder {
    shown: Object,
    components: Vec<Value>,
}

impl Builder {
    fn fill(&mut self, step: &mut Preparation<'_>, value: &Value) -> Result<(String, String), Failure> {
        let word = |name: &str| value.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
        let (Some(name), Some(language)) = (word("name"), word("language")) else {
            return Err(Failure::refused("required", "`template` needs `name` and `language`, as in WhatsApp Manager"));
        };
        self.show("name", name);
        self.show("language", language);
        if let Some(header) = value.get("header").filter(|header| !is_blank(header)) {
            self.header(step, header)?;
        }
        match value.get("body") {
            Some(Value::Array(items)) => self.body(step, items.iter().map(|item| (None, item)))?,
            Some(Value::Object(entries)) => {
                self.body(step, entries.iter().map(|(name, item)| (Some(name.as_str()), item)))?;
            }
            _ => {}
        }
        if let Some(buttons) = value.get("buttons").and_then(Value::as_array) {
            self.buttons(step, buttons)?;
        }
        Ok((name.to_owned(), language.to_owned()))
    }

    fn show(&mut self, name: &str, value: impl Into<Value>) {
        self.shown.insert(name.to_owned(), value.into());
    }

    fn header(&mut self, step: &mut Preparation<'_>, header: &Value) -> Result<(), Failure> {
        let media = MEDIA.into_iter().find_map(|kind| header.get(kind).map(|media| (kind, media)));
        let parameter = if let Some((kind, media)) = media {
            let link = parameter(step, &format!("template.header.{kind}.link"), media.get("link"), BUTTON_CHARS)?;
            if !link.starts_with("https://") && !link.starts_with("http://") {
                return Err(Failure::refused(
                    "invalid_link",
                    format!(
                        "`template.header.{kind}.link` must be a public address that begins with `https://` {}",
                        step.in_event()
                    ),
                ));
            }
            let mut file = Object::new();
            file.insert("link".to_owned(), address::tidy(&link).into());
            if let Some(name) = media.get("filename").filter(|name| !is_blank(name)) {
                let name = parameter(step, &format!("template.header.{kind}.filename"), Some(name), 240)?;
                file.insert("filename".to_owned(), name.into());
            }
            self.show("header", json!({ kind: file.clone() }));
            json!({ "type": kind, kind: file })
        } else {
            let (place, source) = match header.get("text") {
                Some(text) => ("template.header.text", text),
                None => ("template.header", header),
            };
            let text = parameter(step, place, Some(source), HEADER_CHARS)?;
            self.show("header", text.as_str());
            named(header.get("parameter_name").and_then(Value::as_str), &text)
        };
        self.components.push(json!({ "type": "header", "parameters": [parameter] }));
        Ok(())
    }

    fn body<'v>(
        &mut self,
        step: &mut Preparation<'_>,
        items: impl Iterator<Item = (Option<&'v str>, &'v Value)>,
    ) -> Result<(), Failure> {
        let (mut parameters, mut length) = (Vec::new(), 0);
        // Every value is rendered before the first fault is told, so that the input shows them all.
        let mut first_failure = None;
        let (mut list, mut map) = (Vec::new(), Object::new());
        for (index, (name, item)) in items.enumerate() {
            let place = name.map_or_else(|| format!("template.body[{index}]"), |name| format!("template.body.{name}"));
            let text = match parameter(step, &place, Some(item), BODY_CHARS) {
                Ok(text) => text,
                Err(failure) => {
                    first_failure.get_or_insert(failure);
                    String::new()
                }
            };
            length += text.chars().count();
            parameters.push(named(name, &text));
            match name {
                Some(name) => drop(map.insert(name.to_owned(), text.into())),
                None => list.push(Value::String(text)),
            }
        }
        if parameters.is_empty() {
            return Ok(());
        }
        self.show("body", if map.is_empty() { Value::Array(list) } else { Value::Object(map) });
        if let Some(failure) = first_failure {
            return Err(failure);
        }
        if length > BODY_CHARS {
            return Err(Failure::refused(
                "too_long",
                format!(
                    "the values of `template.body` have {length} characters together, and the whole message may have {BODY_CHARS}; shorten one with `| truncate`"
                ),
            ));
        }
        self.components.push(json!({ "type": "body", "parameters": parameters }));
        Ok(())
    }

    fn buttons(&mut self, step: &mut Preparation<'_>, buttons: &[Value]) -> Result<(), Failure> {
        let mut shown = Vec::new();
        for (index, button) in buttons.iter().enumerate() {
            let own = BUTTON_KINDS.into_iter().find_map(|kind| button.get(kind).map(|value| (kind, value)));
            let (kind, source) = own.unwrap_or(("url", button));
            if is_blank(source) {
                shown.push(Value::Null);
                continue;
            }
            let place = format!("template.buttons[{index}]");
            let most = if kind == "copy_code" { CODE_CHARS } else { BUTTON_CHARS };
            let text = parameter(step, &place, Some(source), most)?;
            let value = match kind {
                "quick_reply" => json!({ "type": "payload", "payload": text }),
                "copy_code" => json!({ "type": "coupon_code", "coupon_code": text }),
                _ => json!({ "type": "text", "text": address::tidy(&text) }),
            };
            shown.push(Value::String(text));
            self.show("buttons", shown.clone());
            self.components
                .push(json!({ "type": "button", "sub_type": kind, "index": index.to_string(), "parameters": [value] }));
        }
        Ok(())
    }
}

fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

fn named(name: Option<&str>, text: &str) -> Value {
    match name {
        Some(name) => json!({ "type": "text", "parameter_name": name, "text": text }),
        None => json!({ "type": "text", "text": text }),
    }
}

/// Renders one parameter, cleaned; an empty one fails, because Meta refuses the whole message for it.
fn parameter(
    step: &mut Preparation<'_>,
    place: &str,
    source: Option<&Value>,
    most_chars: usize,
) -> Result<String, Failure> {
    let source = source.and_then(source_of).unwrap_or_default();
    let rendered = step.render(place, &source, Escape::None)?;
    let (text, cleaned) = clean(&rendered.text);
    if let Some(note) = cleaned.note(place) {
        step.note(note);
    }
    if text.is_empty() {
        let fields = if rendered.missing.is_empty() { template::mentions(&source) } else { rendered.missing };
        let remedy = fields.first().map_or_else(
            || "write a value".to_owned(),
            |field| format!("give it a value to fall back on, such as `{{{{ {field} | default(\"…\") }}}}`"),
        );
        return Err(Failure::refused(
            "empty_parameter",
            format!("{}; WhatsApp refuses a template with an empty value: {remedy}", step.why_empty(place, &fields)),
        ));
    }
    let length = text.chars().count();
    if length > most_chars {
        return Err(Failure::refused(
            "too_long",
            format!(
                "`{place}` has {length} characters, of at most {most_chars}; shorten it, for example with `| truncate({most_chars})`"
            ),
        ));
    }
    Ok(text)
}
