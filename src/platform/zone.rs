//! Time zones from the runtime's `Intl`.
//!
//! It compiles no zone in, and parses no date: a formatter is asked for the offset alone (`GMT+01:00`).

use std::cell::RefCell;
use std::collections::HashMap;

use js_sys::{Array, Date, Function, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use super::js;
use crate::domain::time::Timestamp;

/// No zone has ever changed its offset between two of these moments.
const QUARTER_MS: i64 = 15 * 60 * 1000;

/// How many answers are kept. A deployment has one zone, and one moment is usually asked many times over.
const KEPT: usize = 256;

thread_local! {
    static OFFSETS: RefCell<HashMap<(String, i64), i32>> = RefCell::new(HashMap::new());
}

/// By how many minutes the zone is ahead of UTC at a moment; 0 for a zone that the runtime does not know.
pub fn offset(zone: &str, at: Timestamp) -> i32 {
    let key = (zone.to_owned(), at.as_millis().div_euclid(QUARTER_MS));
    if let Some(known) = OFFSETS.with_borrow(|offsets| offsets.get(&key).copied()) {
        return known;
    }
    let found = ask(zone, at).unwrap_or(0);
    OFFSETS.with_borrow_mut(|offsets| {
        if offsets.len() >= KEPT {
            offsets.clear();
        }
        offsets.insert(key, found);
    });
    found
}

/// Whether the runtime knows the zone.
pub fn exists(zone: &str) -> bool {
    formatter(zone).is_some()
}

/// An `Intl.DateTimeFormat` for the zone. Made by reflection, because the constructor throws for an unknown one.
fn formatter(zone: &str) -> Option<JsValue> {
    let class = js::function(&js::get(&js_sys::global(), "Intl")?, "DateTimeFormat")?;
    let options = Object::new();
    for (name, value) in [("timeZone", zone), ("timeZoneName", "longOffset")] {
        Reflect::set(&options, &JsValue::from_str(name), &JsValue::from_str(value)).ok()?;
    }
    let arguments = Array::of2(&JsValue::from_str("en-US"), &options);
    Reflect::construct(&class, &arguments).ok()
}

fn ask(zone: &str, at: Timestamp) -> Option<i32> {
    let formatter = formatter(zone)?;
    let format: Function = js::get(&formatter, "format")?.dyn_into().ok()?;
    let date = Date::new(&JsValue::from_f64(at.as_millis() as f64));
    read(&format.call1(&formatter, &date).ok()?.as_string()?)
}

/// The minutes in a text that ends with `GMT`, `GMT+1:00`, `GMT-03:30` or `GMT+00:19:32`.
fn read(text: &str) -> Option<i32> {
    let (_, offset) = text.rsplit_once("GMT")?;
    let (sign, digits) = match offset.strip_prefix('+') {
        Some(digits) => (1, digits),
        None => (-1, offset.strip_prefix(['-', '\u{2212}']).unwrap_or_default()),
    };
    let mut parts = digits.split(':').map(|part| part.parse::<i32>().unwrap_or(0));
    let hours = parts.next().unwrap_or(0);
    Some(sign * (hours * 60 + parts.next().unwrap_or(0)))
}
