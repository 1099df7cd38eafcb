//! Turns what an operator wrote into what the engine takes: every field becomes a numbered slot.
//!
//! A field is found by [`Scope::lookup`](super::Scope::lookup) and never by the engine, so that `{{ your-email }}`,
//! `{{ Nome e cognome }}` and `{{ cliente.nome }}` mean the same in templates, conditions and warnings. What the engine
//! sees are slots, loop variables, literals, operators and filters. It does not render.
//!
//! The rule for the text before the first `|`: what was sent under just that name wins; else what the expression
//! language accepts is an expression; else it is the name of a field that was not sent. A `-` without spaces around it
//! belongs to a name, so a subtraction is written `a - b`.

use serde_json::Value;

use super::error::{TemplateError, quoted};
use super::expression::{self, Fields, Mode};
use super::scan::{self, Piece, Tag, never_closed, newlines};
use super::scope::{is_system, step_of, without_payload};
use super::word;
use crate::domain::condition::is_empty;

/// **Limit:** longer templates are refused. Above the longest text of any channel but e-mail, and below the 65,535
/// lines that the engine can count.
const LONGEST: usize = 60_000;

/// **Limit:** how many fields a template mentions, and what they weigh together: 1 unit a thing or 64 bytes. Each is
/// looked up and copied once, so a hundred names for the whole of a megabyte would be a hundred megabytes.
const MOST_FIELDS: usize = 1_000;
const HEAVIEST: usize = 500_000;

/// A field that a template asks for.
pub(super) struct Slot {
    /// As the operator wrote it.
    pub(super) name: String,
    /// What was found; nothing when there are no data yet.
    pub(super) value: Option<Value>,
    /// Whether it renders as nothing.
    pub(super) empty: bool,
}

/// A template as the engine takes it.
pub(super) struct Plan {
    /// The rewritten text, with the lines of the original.
    pub(super) text: String,
    /// The fields, by their number.
    pub(super) slots: Vec<Slot>,
    /// Where the template is nothing but one `{{ … }}`: its rewritten expression.
    pub(super) only: Option<String>,
    /// The field, where that expression is one field and nothing else.
    pub(super) field: Option<usize>,
    /// The lines on which tags begin, with what they hold.
    pub(super) tags: Vec<(usize, String)>,
}

/// How a plan finds out what it needs to know.
pub(super) struct Sight<'a> {
    /// The value of a field.
    pub(super) lookup: &'a dyn Fn(&str) -> Option<Value>,
    /// Whether there is such a field.
    pub(super) known: &'a dyn Fn(&str) -> bool,
    /// Whether the engine accepts an expression.
    pub(super) compiles: &'a dyn Fn(&str) -> bool,
}

/// **Limit:** how deep `if` and `for` nest, and how many `elif` one `if` has: the engine recurses over both.
const DEEPEST: usize = 16;
const MOST_BRANCHES: usize = 32;

struct Planner<'a> {
    sight: &'a Sight<'a>,
    slots: Vec<Slot>,
    open: Vec<Block<'a>>,
    locals: Vec<Vec<String>>,
    /// What the values of all slots weigh.
    weight: usize,
}

struct Block<'a> {
    name: &'a str,
    line: usize,
    branches: usize,
}

impl Fields for Planner<'_> {
    fn slot(&mut self, name: &str) -> usize {
        let name = name.trim();
        if let Some(at) = self.slots.iter().position(|slot| slot.name == name) {
            return at;
        }
        // Past a limit nothing more is looked up; the plan is refused at its next tag.
        let value = if self.is_full() { None } else { (self.sight.lookup)(name) };
        self.weight = self.weight.saturating_add(value.as_ref().map_or(0, weight));
        let empty = value.as_ref().is_none_or(is_empty);
        self.slots.push(Slot { name: name.to_owned(), value, empty });
        self.slots.len() - 1
    }

    fn is_local(&self, name: &str) -> bool {
        self.locals.iter().flatten().any(|local| local == name)
    }

    fn is_empty(&self, slot: usize) -> bool {
        self.slots.get(slot).is_none_or(|slot| slot.empty)
    }
}

/// Plans a template.
pub(super) fn plan(source: &str, sight: &Sight<'_>) -> Result<Plan, TemplateError> {
    if source.len() > LONGEST {
        return Err(TemplateError::whole(format_args!("the template is longer than {LONGEST} bytes; shorten it")));
    }
    let pieces = scan::scan(source, sight.known)?;
    let mut planner = Planner { sight, slots: Vec::new(), open: Vec::new(), locals: vec![Vec::new()], weight: 0 };
    let mut text = String::with_capacity(source.len() + 64);
    let mut tags = Vec::new();
    let mut only = None;
    let mut field = None;
    for piece in &pieces {
        if planner.is_full() {
            break;
        }
        match piece {
            Piece::Text(part) | Piece::Verbatim(part) => text.push_str(part),
            Piece::Output(tag) => {
                let head = planner.expression(tag.inner, tag.line, Mode::Output)?;
                field = head.only_slot;
                let code = head.code;
                emit(&mut text, tag, &code);
                tags.push((tag.line, tag.inner.trim().to_owned()));
                only = Some(code);
            }
            Piece::Statement(tag) => {
                let code = planner.statement(tag)?;
                emit(&mut text, tag, &code);
                tags.push((tag.line, tag.inner.trim().to_owned()));
            }
        }
    }
    if planner.is_full() {
        return Err(TemplateError::whole(format_args!(
            "the template mentions more than {MOST_FIELDS} fields, or the same large field under too many names; use fewer"
        )));
    }
    if let Some(block) = planner.open.last() {
        return Err(never_closed(block.name, block.line));
    }
    let alone = matches!(lone(&pieces), [Piece::Output(_)]);
    Ok(Plan { text, slots: planner.slots, only: only.filter(|_| alone), field: field.filter(|_| alone), tags })
}

/// The fields of a plan that are the payload's, each once. `payload.` with nothing behind it names none.
pub(super) fn mentioned(slots: &[Slot]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for slot in slots.iter().filter(|slot| !is_system(&slot.name) && slot.name != "payload") {
        let name = without_payload(&slot.name);
        if !name.is_empty() && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// The names under which a plan asks for the outputs of steps, each once.
pub(super) fn outputs(slots: &[Slot]) -> impl Iterator<Item = &str> {
    slots.iter().map(|slot| slot.name.as_str()).filter(|name| step_of(name).is_some())
}

/// The pieces without blank text around them.
fn lone<'a, 'b>(mut pieces: &'b [Piece<'a>]) -> &'b [Piece<'a>] {
    let blank = |piece: &Piece<'_>| matches!(piece, Piece::Text(text) if text.trim().is_empty());
    while let Some((first, rest)) = pieces.split_first()
        && blank(first)
    {
        pieces = rest;
    }
    while let Some((last, rest)) = pieces.split_last()
        && blank(last)
    {
        pieces = rest;
    }
    pieces
}

/// Writes a tag; line breaks that a name swallowed are put back, so that the engine counts the operator's lines.
fn emit(text: &mut String, tag: &Tag<'_>, code: &str) {
    text.push_str(tag.open);
    text.push(' ');
    text.push_str(code);
    for _ in newlines(code)..newlines(tag.inner) {
        text.push('\n');
    }
    text.push(' ');
    text.push_str(tag.close);
}

/// An expression as the engine takes it.
struct Head {
    code: String,
    only_slot: Option<usize>,
}

fn weight(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 1,
        Value::String(text) => 1 + text.len() / 64,
        Value::Array(items) => 1 + items.iter().map(weight).sum::<usize>(),
        Value::Object(object) => {
            1 + object.iter().map(|(key, value)| 1 + key.len() / 64 + weight(value)).sum::<usize>()
        }
    }
}

impl<'a> Planner<'a> {
    fn is_full(&self) -> bool {
        self.slots.len() > MOST_FIELDS || self.weight > HEAVIEST
    }

    fn expression(&mut self, source: &str, line: usize, mode: Mode) -> Result<Head, TemplateError> {
        let name = source.split('|').next().unwrap_or_default();
        let rest = source.get(name.len()..).unwrap_or_default();
        let trimmed = name.trim();
        if trimmed.is_empty() {
            return Err(TemplateError::new(line, "a tag names no field; write it as {{ nome }}"));
        }
        let local = self.is_local(word::root(trimmed));
        if !local && (self.sight.known)(trimmed) {
            return self.named(trimmed, rest, line, mode);
        }
        let slots = self.slots.len();
        let attempt = expression::rewrite(source, mode, None, self);
        let plain = word::is_path(trimmed);
        if let Ok(code) = &attempt
            && ((plain && rest.is_empty()) || (self.sight.compiles)(code))
        {
            let only_slot = (plain && rest.is_empty() && !local).then(|| self.slot(trimmed));
            return Ok(Head { code: code.clone(), only_slot });
        }
        // The head alone tells whether the fault is in it or in the filters behind it.
        let head_is_fine =
            expression::rewrite(name, Mode::Condition, None, self).is_ok_and(|code| (self.sight.compiles)(&code));
        self.slots.truncate(slots);
        if head_is_fine || local || expression::is_meant_as_code(trimmed) {
            let reason = attempt.err().unwrap_or_else(|| {
                format!(
                    "{} cannot be read; write a field as {{{{ nome }}}}, a filter as {{{{ nome | upper }}}}",
                    quoted(source)
                )
            });
            return Err(TemplateError::new(line, reason));
        }
        self.named(trimmed, rest, line, mode)
    }

    /// A field by its name, with the filters behind it.
    fn named(&mut self, name: &str, rest: &str, line: usize, mode: Mode) -> Result<Head, TemplateError> {
        let slot = self.slot(name);
        let code = expression::rewrite(rest, mode, Some(slot), self).map_err(|why| TemplateError::new(line, why))?;
        if !(self.sight.compiles)(&code) {
            let message = format!("{} cannot be read; write a filter as {{{{ nome | upper }}}}", quoted(rest));
            return Err(TemplateError::new(line, message));
        }
        Ok(Head { code, only_slot: rest.is_empty().then_some(slot) })
    }

    fn statement(&mut self, tag: &Tag<'a>) -> Result<String, TemplateError> {
        let inner = tag.inner.trim();
        let (word, rest) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
        match word {
            "if" => {
                self.enter("if", tag.line)?;
                Ok(format!("if {}", self.condition(rest, tag.line)?))
            }
            "elif" => {
                self.inside("if", "elif", tag.line)?;
                let branches = self.open.last_mut().map_or(0, |block| {
                    block.branches += 1;
                    block.branches
                });
                if branches > MOST_BRANCHES {
                    let message = format!("one `if` has at most {MOST_BRANCHES} `elif`; use fewer");
                    return Err(TemplateError::new(tag.line, message));
                }
                Ok(format!("elif {}", self.condition(rest, tag.line)?))
            }
            "else" if self.open.is_empty() => {
                Err(TemplateError::new(tag.line, "`{% else %}` stands outside of `if` and `for`"))
            }
            "else" => Ok("else".to_owned()),
            "for" => self.loop_head(rest, tag.line),
            "endif" | "endfor" => {
                self.inside(word.get(3..).unwrap_or_default(), word, tag.line)?;
                self.open.pop();
                self.locals.pop();
                Ok(word.to_owned())
            }
            "set" => self.assignment(rest, tag.line),
            other => {
                let message = format!(
                    "`{{% {} %}}` is not offered; there are if, elif, else, for, set and raw",
                    quoted(other).trim_matches('`')
                );
                Err(TemplateError::new(tag.line, message))
            }
        }
    }

    fn enter(&mut self, name: &'static str, line: usize) -> Result<(), TemplateError> {
        if self.open.len() >= DEEPEST {
            return Err(TemplateError::new(
                line,
                format_args!("`{name}` nests deeper than {DEEPEST}; use fewer levels"),
            ));
        }
        self.open.push(Block { name, line, branches: 0 });
        self.locals.push(Vec::new());
        Ok(())
    }

    fn inside(&self, name: &str, word: &str, line: usize) -> Result<(), TemplateError> {
        match self.open.last() {
            Some(block) if block.name == name => Ok(()),
            Some(block) if word.starts_with("end") => Err(TemplateError::new(
                line,
                format_args!(
                    "`{{% {word} %}}` closes no `{name}`; the open tag is `{}` of line {}",
                    block.name, block.line
                ),
            )),
            _ => Err(TemplateError::new(line, format_args!("`{{% {word} %}}` has no `{{% {name} … %}}` before it"))),
        }
    }

    fn condition(&mut self, source: &str, line: usize) -> Result<String, TemplateError> {
        let source = source.trim();
        let negated = source.strip_prefix("not ").filter(|rest| (self.sight.known)(rest.trim()));
        if let Some(rest) = negated {
            return Ok(format!("not {}", self.expression(rest, line, Mode::Condition)?.code));
        }
        Ok(self.expression(source, line, Mode::Condition)?.code)
    }

    fn loop_head(&mut self, source: &str, line: usize) -> Result<String, TemplateError> {
        let shape = "write a loop as {% for p in prodotti %}";
        let (targets, rest) = source.split_once(" in ").ok_or_else(|| TemplateError::new(line, shape))?;
        let targets = plain_names(targets).ok_or_else(|| TemplateError::new(line, shape))?;
        let whole = (self.sight.known)(rest.trim());
        let (list, filter) = match rest.split_once(" if ") {
            Some((list, filter)) if !whole => (list, Some(filter)),
            _ => (rest, None),
        };
        let list = self.expression(list.trim(), line, Mode::Condition)?.code;
        self.enter("for", line)?;
        let frame = targets.iter().map(|name| (*name).to_owned()).chain(["loop".to_owned()]);
        if let Some(locals) = self.locals.last_mut() {
            locals.extend(frame);
        }
        let filter = match filter {
            Some(filter) => format!(" if {}", self.condition(filter, line)?),
            None => String::new(),
        };
        Ok(format!("for {} in ({list})|__items{filter}", targets.join(", ")))
    }

    fn assignment(&mut self, source: &str, line: usize) -> Result<String, TemplateError> {
        let shape = "write an assignment as {% set totale = prezzo * 2 %}";
        let (target, value) = source.split_once('=').ok_or_else(|| TemplateError::new(line, shape))?;
        let target =
            plain_names(target).filter(|names| names.len() == 1).ok_or_else(|| TemplateError::new(line, shape))?;
        let value = self.expression(value.trim(), line, Mode::Condition)?.code;
        let name = target.join("");
        if let Some(locals) = self.locals.last_mut() {
            locals.push(name.clone());
        }
        Ok(format!("set {name} = ({value})|__kept"))
    }
}

/// Names that the engine takes for variables: letters without accents, digits and `_`.
fn plain_names(text: &str) -> Option<Vec<&str>> {
    let names: Vec<&str> = text.split(',').map(str::trim).collect();
    names.iter().all(|name| word::is_plain(name) && !word::is_keyword(name)).then_some(names)
}
