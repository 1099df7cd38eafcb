//! The template engine, minijinja: the only file that names it, with `value.rs`.
//!
//! **Invariant:** no text of the engine's errors leaves this file, because they can quote values: only their kind and
//! line do, and the reasons that our own filters give. It finds no fields: it gets them as numbered slots.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Rest, Value, ValueKind, ValueOrKwargs};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, UndefinedBehavior};

use super::filters::{self, Arguments, Place};
use super::plan::{Plan, Slot};
use super::{Escape, text, value};
use crate::domain::condition::is_empty;
use crate::domain::number;

/// **Limit:** the work of one rendering: one unit an instruction or 64 bytes of data. A loop over 500 products with ten
/// fields each needs about a fifth of it.
const FUEL: u64 = 100_000;
/// **Limit:** how long a rendered text may be: 64 KB, a good deal more than any message, and half of what the largest
/// step may store.
pub(super) const LONGEST_OUTPUT: usize = 64 * 1024;

/// **Limit:** how deep a value may nest that `set` keeps, and any: a payload nests half as deep as the first, and code
/// that goes into a value needs stack for every level.
const DEEPEST_KEPT: usize = 64;
const DEEPEST: usize = 96;

/// Why a list stands in no calculation: the engine would repeat it (`[0] * 100000000`), or join two without end.
const NO_NUMBER: &str =
    "is a list or an object, and nothing can be calculated with that; use `sum`, `length` or `first`";

/// Why the engine stopped.
pub(super) struct Failure {
    /// From 1; 0 when unknown.
    pub(super) line: usize,
    pub(super) why: Why,
}

/// The reasons that there are.
pub(super) enum Why {
    /// The text is no template.
    Syntax,
    /// Too much work.
    Fuel,
    /// Too long a text.
    Output,
    /// A filter's own, public.
    Told(String),
    /// An operator or an index met a value that it cannot be used with.
    Operation,
}

/// A rendered text, and the slots that were missed on the way.
pub(super) struct Outcome {
    pub(super) text: String,
    pub(super) missing: BTreeSet<usize>,
}

/// A reason of our own on its way through the engine's errors.
#[derive(Debug)]
struct Told(String);

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Told {}

type Missing = Arc<Mutex<BTreeSet<usize>>>;

/// Answers whether expressions are such; making the engine once serves many questions.
pub(super) struct Checker(Environment<'static>);

impl Checker {
    pub(super) fn new() -> Self {
        let place = Place { time_zone: String::new(), zone_offset: |_, _| 0, default_country: String::new() };
        Self(environment(&place, &[], Escape::None, &Missing::default()))
    }

    /// Whether the engine accepts an expression.
    pub(super) fn compiles(&self, expression: &str) -> bool {
        self.0.compile_expression(expression).is_ok()
    }

    /// Whether the engine accepts a template.
    pub(super) fn check(&self, text: &str) -> Result<(), Failure> {
        self.0.template_from_str(text).map(|_| ()).map_err(|error| failure(&error))
    }
}

/// Renders a planned template.
pub(super) fn render(plan: &Plan, place: &Place, escape: Escape) -> Result<Outcome, Failure> {
    let missing = Missing::default();
    let env = environment(place, &plan.slots, escape, &missing);
    let template = env.template_from_str(&plan.text).map_err(|error| failure(&error))?;
    let mut out = Bounded { bytes: Vec::new(), full: false };
    let result = template.render_captured_to(context(&plan.slots), &mut out);
    if out.full {
        return Err(Failure { line: 0, why: Why::Output });
    }
    result.map_err(|error| failure(&error))?;
    let text = String::from_utf8(out.bytes).map_err(|_| Failure { line: 0, why: Why::Operation })?;
    drop(env);
    Ok(Outcome { text, missing: take(&missing) })
}

/// Evaluates the one expression of a planned template, keeping the kind of its value.
pub(super) fn evaluate(
    plan: &Plan,
    code: &str,
    place: &Place,
) -> Result<(serde_json::Value, BTreeSet<usize>), Failure> {
    let missing = Missing::default();
    let env = environment(place, &plan.slots, Escape::None, &missing);
    let expression = env.compile_expression(code).map_err(|error| failure(&error))?;
    let result = expression.eval(context(&plan.slots)).map_err(|error| failure(&error))?;
    if value::weigh(&result, FUEL, DEEPEST).is_none() {
        return Err(Failure { line: 0, why: Why::Fuel });
    }
    let json = value::to_json(&result);
    if text::of(&json).len() > LONGEST_OUTPUT {
        return Err(Failure { line: 0, why: Why::Output });
    }
    Ok((json, take(&missing)))
}

fn take(missing: &Missing) -> BTreeSet<usize> {
    std::mem::take(&mut *missing.lock().unwrap_or_else(PoisonError::into_inner))
}

fn context(slots: &[Slot]) -> Value {
    Value::from_pairs(
        slots
            .iter()
            .enumerate()
            .filter_map(|(index, slot)| Some((format!("__f{index}"), value::from_json(slot.value.as_ref()?)))),
    )
}

/// A writer that takes [`LONGEST_OUTPUT`] bytes and no more.
struct Bounded {
    bytes: Vec<u8>,
    full: bool,
}

impl io::Write for Bounded {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + part.len() > LONGEST_OUTPUT {
            self.full = true;
            return Err(io::Error::from(io::ErrorKind::WriteZero));
        }
        self.bytes.extend_from_slice(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn environment(place: &Place, slots: &[Slot], escape: Escape, missing: &Missing) -> Environment<'static> {
    let mut env = Environment::empty();
    env.set_undefined_behavior(UndefinedBehavior::Chainable);
    env.set_fuel(Some(FUEL));
    env.set_recursion_limit(60);
    if let Ok(syntax) = SyntaxConfig::builder().keep_trailing_newline(true).build() {
        env.set_syntax(syntax);
    }
    // Not `None`, so that what a block captures, escaped already, counts as safe.
    env.set_auto_escape_callback(|_| AutoEscape::Html);
    env.set_formatter(move |out, state, value| {
        pay(state, value, COPIED)?;
        let text = value::text(value);
        let text = if value.is_safe() { text } else { text::escaped(&text, escape) };
        out.write_str(&text).map_err(Error::from)
    });
    for name in filters::NAMES {
        let place = place.clone();
        env.add_filter(*name, move |state: &State<'_, '_>, subject: Value, rest: Rest<ValueOrKwargs>| {
            let subject = copied(state, &subject)?;
            let arguments = arguments(state, rest.into_values())?;
            let result = filters::apply(name, subject, &arguments, &place).map_err(told)?;
            Ok::<_, Error>(value::from_json(&result))
        });
    }
    add_operands(&mut env, slots, missing);
    env.add_test("defined", |value: Value| !value.is_undefined());
    env.add_test("undefined", |value: Value| value.is_undefined());
    env.add_test("none", |value: Value| value.is_none());
    env.add_test("empty", |state: &State<'_, '_>, value: Value| Ok::<_, Error>(is_empty(&copied(state, &value)?)));
    env.add_test("string", |value: Value| value.as_str().is_some());
    env.add_test("number", |value: Value| !value::is_many(&value) && value::to_json(&value).is_number());
    for (name, rest) in [("even", 0), ("odd", 1)] {
        env.add_test(name, move |value: Value| whole(&value).is_some_and(|number| number.rem_euclid(2) == rest));
    }
    env
}

/// What [`super::expression`] puts behind operands.
fn add_operands(env: &mut Environment<'static>, slots: &[Slot], missing: &Missing) {
    let noted = Arc::clone(missing);
    env.add_filter("__missing", move |value: Value, slot: i64| {
        if let Ok(slot) = usize::try_from(slot) {
            noted.lock().unwrap_or_else(PoisonError::into_inner).insert(slot);
        }
        value
    });
    let names: Arc<[String]> = slots.iter().map(|slot| slot.name.clone()).collect();
    env.add_filter("__calc", move |operand: Value, slot: i64| {
        let name = usize::try_from(slot).ok().and_then(|slot| names.get(slot));
        let name = name.map_or_else(|| "a value of the loop".to_owned(), |name| super::error::quoted(name));
        if value::is_many(&operand) && operand.is_true() {
            return Err(told(format!("{name} {NO_NUMBER}")));
        }
        let json = if value::is_many(&operand) { serde_json::Value::Null } else { value::to_json(&operand) };
        if is_empty(&json) {
            return Err(told(format!(
                "{name} is missing or empty, so nothing can be calculated with it; write ({} | default(0))",
                if slot < 0 { "p.quantita" } else { name.trim_matches('`') }
            )));
        }
        Ok(value::operand(&operand, &json))
    });
    for (name, number) in [("__amount", true), ("__plain", false)] {
        env.add_filter(name, move |operand: Value| {
            if value::is_many(&operand) {
                return Err(told(format!("one side of a calculation {NO_NUMBER}")));
            }
            Ok(if number { value::operand(&operand, &value::to_json(&operand)) } else { operand })
        });
    }
    // What is missing is neither smaller nor larger than anything, so it stands on the side where it cannot be.
    for (name, nothing) in [("__high", f64::INFINITY), ("__low", f64::NEG_INFINITY), ("__number", f64::NAN)] {
        env.add_filter(name, move |state: &State<'_, '_>, operand: Value| {
            Ok::<_, Error>(match copied(state, &operand)? {
                json if is_empty(&json) => Value::from(nothing),
                json => value::operand(&operand, &json),
            })
        });
    }
    // A loop over one thing that is no list has one turn: XML and forms send a single product without a list around it.
    env.add_filter("__items", |list: Value| {
        if list.is_undefined() || list.is_none() {
            Value::from_iter(std::iter::empty::<Value>())
        } else if matches!(list.kind(), ValueKind::Seq | ValueKind::Iterable) {
            list
        } else {
            Value::from_iter([list])
        }
    });
    env.add_filter("__same", |state: &State<'_, '_>, operand: Value| {
        pay(state, &operand, SEEN)?;
        Ok::<_, Error>(value::native(&operand))
    });
    env.add_filter("__text", |state: &State<'_, '_>, operand: Value| {
        pay(state, &operand, COPIED)?;
        Ok::<_, Error>(value::text(&operand))
    });
    env.add_filter("__seen", |state: &State<'_, '_>, operand: Value| {
        pay(state, &operand, SEEN)?;
        Ok::<_, Error>(operand)
    });
    // A value that is kept can stand in the next one twice, and so on: it is paid for in full each time, and each time
    // it may be only so deep.
    env.add_filter("__kept", |state: &State<'_, '_>, kept: Value| {
        if value::weigh(&kept, u64::MAX >> 1, 0).is_none() {
            pay(state, &kept, COPIED)?;
            if value::weigh(&kept, u64::MAX >> 1, DEEPEST_KEPT).is_none() {
                return Err(told(format!("a value of `set` nests deeper than {DEEPEST_KEPT}; keep less in it")));
            }
        }
        Ok(kept)
    });
}

fn whole(value: &Value) -> Option<i64> {
    if value::is_many(value) {
        return None;
    }
    let number = number::of(&value::to_json(value))?;
    // Beyond 2^53 every `f64` is even, and nobody asks.
    #[allow(clippy::cast_possible_truncation)]
    (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
}

fn arguments(state: &State<'_, '_>, values: Vec<Value>) -> Result<Arguments, Error> {
    let mut arguments = Arguments::default();
    for given in values {
        let json = copied(state, &given)?;
        if let serde_json::Value::Object(named) = &json
            && given.is_kwargs()
        {
            arguments.by_name.extend(named.clone());
        } else {
            arguments.by_place.push(json);
        }
    }
    Ok(arguments)
}

/// How many things of a value one unit of fuel pays for, when they are looked at and when they are copied.
const SEEN: u64 = 4;
const COPIED: u64 = 1;

/// Pays for looking at the whole of a value, before anybody does.
fn pay(state: &State<'_, '_>, value: &Value, things: u64) -> Result<(), Error> {
    let (_, left) = state.fuel_levels().unwrap_or((0, FUEL));
    let work = value::weigh(value, left.saturating_mul(things), DEEPEST);
    state.consume_fuel(work.map_or(left, |work| work / things))
}

fn copied(state: &State<'_, '_>, value: &Value) -> Result<serde_json::Value, Error> {
    pay(state, value, COPIED)?;
    Ok(value::to_json(value))
}

fn told(reason: String) -> Error {
    Error::from(ErrorKind::InvalidOperation).with_source(Told(reason))
}

fn failure(error: &Error) -> Failure {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if let Some(Told(reason)) = inner.downcast_ref::<Told>() {
            return Failure { line: error.line().unwrap_or(0), why: Why::Told(reason.clone()) };
        }
        source = inner.source();
    }
    // `ErrorKind` may grow, so the rest is one arm.
    #[allow(clippy::wildcard_enum_match_arm)]
    let why = match error.kind() {
        ErrorKind::OutOfFuel => Why::Fuel,
        ErrorKind::SyntaxError | ErrorKind::BadEscape => Why::Syntax,
        ErrorKind::WriteFailure => Why::Output,
        _ => Why::Operation,
    };
    Failure { line: error.line().unwrap_or(0), why }
}
