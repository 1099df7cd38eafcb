//! XML: the root's children become fields, its attributes too as `@name`, and a repeated element a list.
//!
//! Entities are never expanded, except the five of XML itself and characters by number; a DTD is passed over and
//! nothing external is fetched, so that neither expansion bombs nor file reading have a place to begin. What is not
//! well formed is no XML, and is kept as plain text rather than refused.

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};
use serde_json::Value;

use super::declared::Family;
use super::json::safe_key;
use super::{Delivery, Found, Look, MAX_DEPTH, Object, Refusal};

/// Where the text of an element stands that has attributes or children besides.
const TEXT: &str = "#text";

pub(super) fn look(delivery: &Delivery<'_>) -> Look {
    let text = delivery.text().trim();
    if !text.starts_with('<') || delivery.declared.family == Family::Html {
        return None;
    }
    match document(text) {
        Ok(payload) => Some(Ok(Found::One(payload))),
        Err(Fault::TooDeep) => Some(Err(Refusal::TooDeep)),
        Err(Fault::NoXml) => None,
    }
}

enum Fault {
    TooDeep,
    NoXml,
}

/// An element that is open.
struct Element {
    name: String,
    children: Object,
    text: String,
}

impl Element {
    fn open(tag: &BytesStart<'_>) -> Result<Self, Fault> {
        let mut children = Object::new();
        // Unchecked: quick-xml looks for duplicates in time that is quadratic in their number. The last one wins.
        for attribute in tag.attributes().with_checks(false) {
            let attribute = attribute.map_err(|_| Fault::NoXml)?;
            let name = attribute.key.into_inner();
            // Declarations of namespaces say nothing about the data.
            if name == "xmlns" || name.starts_with("xmlns:") {
                continue;
            }
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| Fault::NoXml)?;
            children.insert(format!("@{name}"), Value::String(value.into_owned()));
        }
        Ok(Self { name: tag.name().into_inner().to_owned(), children, text: String::new() })
    }

    /// Adds a child; the second one of a name makes a list.
    fn add(&mut self, name: &str, value: Value) {
        match self.children.entry(safe_key(name)).or_insert(Value::Null) {
            empty @ Value::Null => *empty = value,
            Value::Array(list) => list.push(value),
            first @ (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
                *first = Value::Array(vec![first.take(), value]);
            }
        }
    }

    /// An element of text alone is that text.
    fn close(mut self) -> (String, Value) {
        let text = self.text.trim();
        let value = if self.children.is_empty() {
            Value::String(text.to_owned())
        } else {
            if !text.is_empty() {
                self.children.insert(TEXT.to_owned(), Value::String(text.to_owned()));
            }
            Value::Object(self.children)
        };
        (self.name, value)
    }
}

fn document(text: &str) -> Result<Object, Fault> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    loop {
        match reader.read_event().map_err(|_| Fault::NoXml)? {
            Event::Start(tag) => {
                // Behind the root comes nothing, and a root is depth 1.
                if root.is_some() {
                    return Err(Fault::NoXml);
                }
                if open.len() >= MAX_DEPTH {
                    return Err(Fault::TooDeep);
                }
                open.push(Element::open(&tag)?);
            }
            Event::Empty(tag) => {
                if root.is_some() {
                    return Err(Fault::NoXml);
                }
                close(Element::open(&tag)?, &mut open, &mut root);
            }
            Event::End(_) => {
                let element = open.pop().ok_or(Fault::NoXml)?;
                close(element, &mut open, &mut root);
            }
            Event::Text(text) => match open.last_mut() {
                Some(element) => element.text.push_str(&text.xml10_content()),
                None if text.trim().is_empty() => {}
                None => return Err(Fault::NoXml),
            },
            Event::CData(text) => open.last_mut().ok_or(Fault::NoXml)?.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let element = open.last_mut().ok_or(Fault::NoXml)?;
                match reference.resolve_char_ref() {
                    Ok(Some(c)) => element.text.push(c),
                    Ok(None) | Err(_) => match resolve_xml_entity(&reference) {
                        Some(resolved) => element.text.push_str(resolved),
                        // Unknown entities stay as they were written.
                        None => element.text.push_str(&format!("&{};", &*reference)),
                    },
                }
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            Event::Eof => break,
        }
    }
    match (root, open.is_empty()) {
        // A root of text alone gives its own name to the field.
        (Some((name, Value::String(text))), true) if !text.is_empty() => {
            Ok(Object::from_iter([(safe_key(&name).into_owned(), Value::String(text))]))
        }
        (Some((_, Value::Object(children))), true) => Ok(children),
        (Some(_), true) => Ok(Object::new()),
        (_, _) => Err(Fault::NoXml),
    }
}

fn close(element: Element, open: &mut [Element], root: &mut Option<(String, Value)>) {
    let (name, value) = element.close();
    match open.last_mut() {
        Some(parent) => parent.add(&name, value),
        None => *root = Some((name, value)),
    }
}
