//! Rewrites one expression: fields become slots, and operands are made ready for their operators.
//!
//! It does not parse: the engine does. It only knows words, literals and what stands on either side of them.

mod edges;

use edges::{Bracket, Operand};

use super::error::quoted;
use super::filters;
use super::word::{index_length, is_keyword, is_plain, is_word, number_length, path_length, root, word_length};

/// **Limit:** how deep parentheses, signs and choices nest. The engine's parser needs some fifteen frames for each level,
/// and the stack of a worker is small.
const DEEPEST: usize = 16;

/// What a rewriting needs to know of the fields around it.
pub(super) trait Fields {
    /// The number of a field.
    fn slot(&mut self, name: &str) -> usize;
    /// Whether a word is a loop variable or was set.
    fn is_local(&self, name: &str) -> bool;
    /// Whether a field renders as nothing.
    fn is_empty(&self, slot: usize) -> bool;
}

/// What an expression is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mode {
    /// It is printed: fields that are missing are noted.
    Output,
    /// It decides, or is kept: nothing is noted.
    Condition,
}

/// The tests behind `is`.
pub(super) const TESTS: &[&str] = &["defined", "undefined", "none", "empty", "string", "number", "even", "odd"];

/// Whether a text that is no expression was still meant as one, so that the fault must be told: to take it for the
/// name of a field would hide it.
pub(super) fn is_meant_as_code(text: &str) -> bool {
    let signs = ["~", "==", "!=", ">=", "<=", " + ", " * ", " - ", " / "];
    let before_paren = text.split_once('(').map(|(before, _)| before);
    text.starts_with(['"', '\'', '(', '[', '{'])
        || signs.iter().any(|sign| text.contains(sign))
        || before_paren.is_some_and(|before| is_plain(before) && !text.contains(' '))
        || before_paren.is_some_and(|before| before.ends_with(|c: char| c.is_alphanumeric()) && before.contains('.'))
}

struct Rewriter<'a, F> {
    rest: &'a str,
    out: String,
    /// The last sign or word, to know what comes next.
    last: &'a str,
    depth: usize,
    /// How many signs and `not`s stood in a row, and how many choices there were.
    prefixes: usize,
    choices: usize,
    tracked: bool,
    operand: Option<Operand<'a>>,
    open: Vec<Bracket<'a>>,
    fields: &'a mut F,
}

/// Rewrites an expression; `head` is a slot that stands before it. The error is a reason in public words.
pub(super) fn rewrite<F: Fields>(
    source: &str,
    mode: Mode,
    head: Option<usize>,
    fields: &mut F,
) -> Result<String, String> {
    let tracked = mode == Mode::Output && !decides(source);
    let mut rewriter = Rewriter {
        rest: source,
        out: String::new(),
        last: "",
        depth: 0,
        prefixes: 0,
        choices: 0,
        tracked,
        operand: None,
        open: Vec::new(),
        fields,
    };
    if let Some(slot) = head {
        rewriter.emit_slot(slot);
        rewriter.operand = Some(Operand { before: "", safe: false, begun: true });
    }
    while let Some(c) = rewriter.rest.chars().next() {
        let before = rewriter.rest.len();
        if !c.is_whitespace() {
            rewriter.follow(c);
        }
        rewriter.step(c)?;
        if !c.is_whitespace() {
            rewriter.bounded()?;
        }
        if rewriter.rest.len() == before {
            return Err(format!("{} cannot be read", quoted(rewriter.rest)));
        }
    }
    rewriter.end_operand("");
    Ok(rewriter.out)
}

/// Whether an expression takes care of what is missing itself.
fn decides(source: &str) -> bool {
    let mut words = source.split(|c: char| !is_word(c));
    words.any(|word| matches!(word, "if" | "or" | "and" | "not" | "is" | "default"))
        || ["==", "!=", "<", ">"].iter().any(|sign| source.contains(sign))
}

impl<'a, F: Fields> Rewriter<'a, F> {
    fn step(&mut self, c: char) -> Result<(), String> {
        match c {
            c if c.is_whitespace() => {
                self.out.push(if c == '\n' { '\n' } else { ' ' });
                self.rest = self.rest.get(c.len_utf8()..).unwrap_or_default();
                Ok(())
            }
            '"' | '\'' => self.literal(c),
            '0'..='9' if !self.digits_begin_a_word() && self.last != "." => {
                let length = number_length(self.rest);
                self.copy(length);
                Ok(())
            }
            c if is_word(c) => self.word(),
            _ => self.sign(c),
        }
    }

    fn bounded(&mut self) -> Result<(), String> {
        self.prefixes = if matches!(self.last, "-" | "not") { self.prefixes + 1 } else { 0 };
        self.choices += usize::from(matches!(self.last, "else" | "**"));
        if self.depth.max(self.prefixes).max(self.choices) > DEEPEST {
            return Err(format!("the expression nests deeper than {DEEPEST}; use {{% set %}} for its parts"));
        }
        Ok(())
    }

    /// Copies so many bytes as they are.
    fn copy(&mut self, length: usize) {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.out.push_str(taken);
        self.last = taken;
        self.rest = rest;
    }

    fn literal(&mut self, quote: char) -> Result<(), String> {
        let mut escaped = false;
        for (at, c) in self.rest.char_indices().skip(1) {
            if c == quote && !escaped {
                self.copy(at + 1);
                return Ok(());
            }
            escaped = c == '\\' && !escaped;
        }
        Err(format!("the quote in {} is never closed; add {quote}", quoted(self.rest)))
    }

    fn digits_begin_a_word(&self) -> bool {
        let length = word_length(self.rest);
        let word = self.rest.get(..length).unwrap_or_default();
        let number = word.bytes().all(|b| b.is_ascii_digit() || b == b'_');
        let exponent = word.split_once(['e', 'E']).is_some_and(|(mantissa, exponent)| {
            let exponent = exponent.strip_prefix('-').unwrap_or(exponent);
            !exponent.is_empty() && [mantissa, exponent].iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()))
        });
        !number && !exponent && !word.bytes().all(|b| b.is_ascii_digit() || b == b'-')
    }

    fn sign(&mut self, c: char) -> Result<(), String> {
        let pairs = ["==", "!=", "<=", ">=", "//", "**"];
        if let Some(pair) = pairs.iter().find(|pair| self.rest.starts_with(**pair)) {
            self.copy(pair.len());
            return Ok(());
        }
        match c {
            '(' | '[' | '{' => self.depth += 1,
            ')' | ']' | '}' => self.depth = self.depth.saturating_sub(1),
            '.' => return self.attribute(),
            '|' | ',' | ':' | '~' | '+' | '-' | '*' | '/' | '%' | '<' | '>' | '=' => {}
            _ => return Err(format!("`{c}` cannot stand in {}", quoted(self.rest))),
        }
        self.copy(c.len_utf8());
        Ok(())
    }

    /// `.name` behind something that is no path: `(…).name`, `…[i].name`.
    fn attribute(&mut self) -> Result<(), String> {
        let rest = self.rest.get(1..).unwrap_or_default();
        let length = word_length(rest);
        let Some(word) = rest.get(..length).filter(|word| !word.is_empty()) else {
            return Err(format!("a name is missing before {}", quoted(self.rest)));
        };
        self.no_call(rest.get(length..).unwrap_or_default(), word)?;
        push_segment(&mut self.out, word);
        self.last = word;
        self.rest = rest.get(length..).unwrap_or_default();
        Ok(())
    }

    fn word(&mut self) -> Result<(), String> {
        let word = self.rest.get(..word_length(self.rest)).unwrap_or_default();
        match self.last {
            "|" => return self.of_list(word, filters::NAMES, "filter"),
            "is" => {
                return if word == "not" { self.keep_as("is", word.len()) } else { self.of_list(word, TESTS, "test") };
            }
            _ => {}
        }
        let first = root(word);
        if is_keyword(word) {
            self.copy(word.len());
            return Ok(());
        }
        let after = self.rest.get(word.len()..).unwrap_or_default().trim_start();
        if self.depth > 0 && after.starts_with('=') && !after.starts_with("==") {
            self.copy(word.len());
            return Ok(());
        }
        if self.fields.is_local(first) { self.local(first) } else { self.field() }
    }

    fn keep_as(&mut self, last: &'a str, length: usize) -> Result<(), String> {
        self.copy(length);
        self.last = last;
        Ok(())
    }

    fn of_list(&mut self, word: &str, list: &[&str], what: &str) -> Result<(), String> {
        if list.contains(&word) {
            self.copy(word.len());
            return Ok(());
        }
        let near = super::nearest(word, list.iter().copied());
        let hint =
            near.map_or_else(|| format!("there are {}", list.join(", ")), |near| format!("did you mean `{near}`?"));
        Err(format!("there is no {what} {}; {hint}", quoted(word)))
    }

    fn no_call(&self, after: &str, name: &str) -> Result<(), String> {
        if after.trim_start().starts_with('(') {
            return Err(format!("{} cannot be called; use a filter: {{{{ nome | upper }}}}", quoted(name)));
        }
        Ok(())
    }

    fn field(&mut self) -> Result<(), String> {
        let path = self.rest.get(..path_length(self.rest)).unwrap_or_default();
        let after = self.rest.get(path.len()..).unwrap_or_default();
        self.no_call(after, path)?;
        let slot = self.fields.slot(path);
        let before = self.last;
        let mut operand = self.slot_code(slot);
        if after.starts_with(['[', '.']) {
            operand = format!("({operand})");
        }
        self.operand(&operand, before, after, i64::try_from(slot).unwrap_or(-1));
        self.last = path;
        self.rest = after;
        Ok(())
    }

    fn emit_slot(&mut self, slot: usize) {
        let code = self.slot_code(slot);
        self.out.push_str(&code);
    }

    fn slot_code(&self, slot: usize) -> String {
        let noted = self.tracked && self.fields.is_empty(slot);
        if noted { format!("__f{slot}|__missing({slot})") } else { format!("__f{slot}") }
    }

    /// A loop variable with its path, as the engine takes it. A dash before a digit is a minus here: `loop.index-1`.
    fn local(&mut self, first: &'a str) -> Result<(), String> {
        let before = self.last;
        let mut operand = first.to_owned();
        let mut rest = self.rest.get(first.len()..).unwrap_or_default();
        let mut last = first;
        loop {
            if let Some(tail) = rest.strip_prefix('.') {
                let mut word = tail.get(..word_length(tail)).unwrap_or_default();
                if let Some(at) = word
                    .find('-')
                    .filter(|at| word.get(at + 1..).is_some_and(|t| t.starts_with(|c: char| c.is_ascii_digit())))
                {
                    word = word.get(..at).unwrap_or_default();
                }
                if word.is_empty() {
                    break;
                }
                push_segment(&mut operand, word);
                last = word;
                rest = tail.get(word.len()..).unwrap_or_default();
            } else {
                let length = index_length(rest);
                if length <= 2 {
                    break;
                }
                operand.push_str(rest.get(..length).unwrap_or_default());
                rest = rest.get(length..).unwrap_or_default();
            }
        }
        self.no_call(rest, last)?;
        self.operand(&operand, before, rest, -1);
        self.last = last;
        self.rest = rest;
        Ok(())
    }

    /// Writes an operand, made ready for the operators beside it: what people send as text is calculated with as a
    /// number, and put behind text as text.
    fn operand(&mut self, operand: &str, before: &str, after: &str, slot: i64) {
        let (after, behind) = operator(after);
        if after == "|" {
            // The operators meet what the filter makes of it.
            self.out.push_str(operand);
            return;
        }
        let ahead = self.side(before);
        let either = |test: fn(&str) -> bool| test(before) || test(after);
        let number = (is_equality(after) && behind == Side::Number) || (is_equality(before) && ahead == Side::Number);
        let text = (after == "+" && behind == Side::Text) || (before == "+" && ahead == Side::Text);
        let filter = if either(|sign| matches!(sign, "-" | "*" | "/" | "//" | "%" | "**")) {
            format!("__calc({slot})")
        } else if text {
            "__text".to_owned()
        } else if either(|sign| sign == "+") {
            format!("__calc({slot})")
        } else if matches!(after, "<" | "<=") || matches!(before, ">" | ">=") {
            "__high".to_owned()
        } else if matches!(after, ">" | ">=") || matches!(before, "<" | "<=") {
            "__low".to_owned()
        } else if number {
            "__number".to_owned()
        } else if either(|sign| is_equality(sign) || sign == "in") {
            "__same".to_owned()
        } else {
            self.out.push_str(operand);
            return;
        };
        self.out.push_str(&format!("({operand}|{filter})"));
        if let Some(operand) = &mut self.operand {
            operand.safe = true;
        }
    }

    /// What stands on the other side of the sign before: `1 == quantita`.
    fn side(&self, sign: &str) -> Side {
        let text = self.out.trim_end();
        let text = text.strip_suffix(sign).unwrap_or(text).trim_end();
        let word = text.rsplit(|c: char| !is_word(c)).next().unwrap_or_default();
        if text.ends_with(['"', '\'']) {
            Side::Text
        } else if word.starts_with(|c: char| c.is_ascii_digit()) {
            Side::Number
        } else {
            Side::Other
        }
    }
}

/// What an operand is put together with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Text,
    Number,
    Other,
}

fn is_equality(sign: &str) -> bool {
    matches!(sign, "==" | "!=")
}

/// The operator that follows, and what follows it.
fn operator(after: &str) -> (&str, Side) {
    let text = after.trim_start();
    let pair = ["==", "!=", "<=", ">=", "//", "**", "in "].iter().any(|pair| text.starts_with(pair));
    let length = if pair { 2 } else { text.chars().next().filter(char::is_ascii).map_or(0, char::len_utf8) };
    let (sign, rest) = text.split_at_checked(length).unwrap_or(("", ""));
    let side = match rest.trim_start().chars().next() {
        Some('"' | '\'') => Side::Text,
        Some('0'..='9') => Side::Number,
        _ => Side::Other,
    };
    (sign, side)
}

/// `.name`, or `["naïve name"]` where the engine takes no such name behind a dot.
fn push_segment(out: &mut String, word: &str) {
    if is_plain(word) || word.bytes().all(|b| b.is_ascii_digit()) {
        out.push('.');
        out.push_str(word);
    } else {
        out.push_str(&format!("[\"{word}\"]"));
    }
}
