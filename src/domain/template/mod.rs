//! Texts with fields in them, rendered for one run.
//!
//! It does not know what a step is, and sends nothing: text and scope in, text and missing fields out. The way of a
//! template: `scan` cuts it into text and tags, `plan` and `expression` turn its fields into numbered slots, which
//! `scope` finds by the names that people gave them, and `engine` renders the rest with `filters`.
//!
//! Nothing here panics or runs away, whatever the template or the payload: the length of the template, of a tag and of
//! the result, the number of tags and the work are all bounded, each where its limit is declared.

pub(crate) mod date;
mod engine;
mod error;
mod expression;
mod filters;
mod plan;
mod scan;
mod scope;
mod text;
mod value;
mod word;

use std::collections::BTreeSet;

use serde_json::Value;

use engine::{Checker, Failure, LONGEST_OUTPUT, Why};
pub use error::TemplateError;
use error::quoted;
use filters::Place;
use plan::{Plan, Sight};
pub use scope::{Scope, step_of};

/// How inserted values are made safe for the place they go to. The template's own text is never changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Escape {
    /// As they are.
    None,
    /// For HTML text and quoted attributes.
    Html,
    /// For one segment of a URL's path. **Invariant** of the caller: `.` and `..` are refused as whole segments, because
    /// no encoding keeps them from climbing (`%2E%2E` is `..` too: URL Standard, double-dot segments).
    UrlPath,
    /// For a value in a URL's query.
    UrlQuery,
}

/// A template that was rendered.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The text.
    pub text: String,
    /// The fields that were missing or empty and rendered as nothing, as the operator wrote them, each once.
    pub missing: Vec<String>,
}

/// Renders a text. The operator can mend every error.
pub fn render(source: &str, scope: &Scope, escape: Escape) -> Result<Rendered, TemplateError> {
    if !source.contains('{') && source.len() <= LONGEST_OUTPUT {
        return Ok(Rendered { text: source.to_owned(), missing: Vec::new() });
    }
    let plan = planned(source, Some(scope), &Checker::new())?;
    let outcome = engine::render(&plan, &place(scope), escape).map_err(|failure| explain(&plan, failure))?;
    Ok(Rendered { text: outcome.text, missing: names(&plan, &outcome.missing) })
}

/// Renders a leaf of a JSON tree: exactly one `{{ … }}` with nothing but spaces around it keeps the kind of its value
/// (a number with its text, a list, an object, a boolean), also behind filters (`{{ quantita | number }}`); anything
/// else is text. What is missing is `""`, and named in the second part.
pub fn render_value(source: &str, scope: &Scope) -> Result<(Value, Vec<String>), TemplateError> {
    if !source.contains('{') {
        return render(source, scope, Escape::None).map(|rendered| (Value::String(rendered.text), rendered.missing));
    }
    let plan = planned(source, Some(scope), &Checker::new())?;
    if let Some(slot) = plan.field.and_then(|index| plan.slots.get(index)) {
        let missing = if slot.empty { vec![slot.name.clone()] } else { Vec::new() };
        return Ok((slot.value.clone().unwrap_or_else(|| Value::String(String::new())), missing));
    }
    let place = place(scope);
    if let Some(code) = &plan.only {
        let (value, missing) = engine::evaluate(&plan, code, &place).map_err(|failure| explain(&plan, failure))?;
        let value = if value.is_null() { Value::String(String::new()) } else { value };
        let missing = names(&plan, &missing);
        return Ok((value, missing));
    }
    let outcome = engine::render(&plan, &place, Escape::None).map_err(|failure| explain(&plan, failure))?;
    Ok((Value::String(outcome.text), names(&plan, &outcome.missing)))
}

/// Checks a template's syntax without data: tags, expressions, the names of filters and tests.
pub fn check(source: &str) -> Result<(), TemplateError> {
    let checker = Checker::new();
    let plan = planned(source, None, &checker)?;
    checker.check(&plan.text).map_err(|failure| explain(&plan, failure))
}

/// The fields that a template mentions, as the operator wrote them (without `payload.`), each once; no system values,
/// no loop variables. A template that cannot be read mentions nothing: [`check`] says why.
pub fn mentions(source: &str) -> Vec<String> {
    planned(source, None, &Checker::new()).map(|plan| plan::mentioned(&plan.slots)).unwrap_or_default()
}

/// What [`mentions`] gives, and the names under which the template asks for the outputs of steps. Apart, because only who
/// knows all the steps can say whether there is such a one.
pub fn mentions_and_outputs(source: &str) -> Vec<String> {
    let Ok(plan) = planned(source, None, &Checker::new()) else { return Vec::new() };
    let mut names = plan::mentioned(&plan.slots);
    for name in plan::outputs(&plan.slots) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// The known name that is nearest to a mistyped one, if any is near: the same but for case, the end of a path
/// (`nome` for `cliente.nome`), or a few letters off.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    let letters = wanted.chars().count();
    let allowed = (letters / 3).clamp(1, 3);
    let suffix = format!(".{wanted}");
    let distance = |candidate: &str| {
        let candidate = candidate.to_lowercase();
        if candidate == wanted {
            return 0;
        }
        let near = strsim::osa_distance(&candidate, &wanted);
        if candidate.ends_with(&suffix) || wanted.ends_with(&format!(".{candidate}")) { near.min(1) } else { near }
    };
    known
        .filter(|candidate| candidate.chars().count().abs_diff(letters) <= 40 && candidate.len() <= 256)
        .map(|candidate| (distance(candidate), candidate))
        .filter(|(distance, candidate)| *distance <= allowed && *distance < candidate.chars().count().max(2))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn planned(source: &str, scope: Option<&Scope>, checker: &Checker) -> Result<Plan, TemplateError> {
    let lookup = |name: &str| scope.and_then(|scope| scope.lookup(name));
    let compiles = |expression: &str| checker.compiles(expression);
    let known = |name: &str| scope.is_some_and(|scope| scope.has(name));
    plan::plan(source, &Sight { lookup: &lookup, known: &known, compiles: &compiles })
}

fn place(scope: &Scope) -> Place {
    Place {
        time_zone: scope.time_zone.clone(),
        zone_offset: scope.zone_offset,
        default_country: scope.default_country.clone(),
    }
}

fn names(plan: &Plan, missing: &BTreeSet<usize>) -> Vec<String> {
    missing.iter().filter_map(|index| plan.slots.get(*index)).map(|slot| slot.name.clone()).collect()
}

/// A failure of the engine in words made from the template's own text.
fn explain(plan: &Plan, failure: Failure) -> TemplateError {
    let line = failure.line.max(1);
    let on_line = plan.tags.iter().filter(|(at, _)| *at <= line).map(|(at, _)| *at).max();
    let mut tags = plan.tags.iter().filter(|(at, _)| Some(*at) == on_line).map(|(_, tag)| tag.as_str());
    let tag = match (tags.next(), tags.next()) {
        (Some(tag), None) => quoted(tag),
        _ => "an expression".to_owned(),
    };
    match failure.why {
        Why::Syntax => TemplateError::new(line, format_args!("{tag} cannot be read; write a field as {{{{ nome }}}}")),
        Why::Fuel => TemplateError::new(line, "the template takes too much work; shorten its loops or its data"),
        Why::Output => TemplateError::whole(format_args!(
            "the text becomes longer than {} KB; shorten it, or cut a field with `truncate`",
            LONGEST_OUTPUT / 1024
        )),
        Why::Told(reason) => TemplateError::new(line, reason),
        Why::Operation => TemplateError::new(
            line,
            format_args!("{tag} uses a value in a way that does not fit it, such as a text where a number is needed"),
        ),
    }
}
