//! JavaScript's values, asked without ever throwing.
//!
//! It knows no binding; a property that is missing and one whose getter throws are the same to it.

use js_sys::{Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// A property; `None` when it is missing, undefined or null.
pub fn get(value: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(value, &JsValue::from_str(name)).ok().filter(|found| !found.is_null() && !found.is_undefined())
}

/// A property that is a text.
pub fn text(value: &JsValue, name: &str) -> Option<String> {
    get(value, name)?.as_string()
}

/// A property that is a function.
pub fn function(value: &JsValue, name: &str) -> Option<Function> {
    get(value, name)?.dyn_into().ok()
}

/// The words of an error, with those of its cause where they say more.
///
/// Bindings differ in where they put them: D1 wraps the reason into a cause, the others do not.
pub fn words(error: &JsValue) -> String {
    let own =
        error.as_string().or_else(|| text(error, "message")).unwrap_or_else(|| "an error without words".to_owned());
    let cause = get(error, "cause").and_then(|cause| cause.as_string().or_else(|| text(&cause, "message")));
    match cause {
        Some(cause) if !own.contains(&cause) => format!("{own}: {cause}"),
        Some(_) | None => own,
    }
}
