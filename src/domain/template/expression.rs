//! Rewrites one expression: fields become slots, and operands are made ready for their operators.
//!
//! It does not parse: the engine does. It only knows words, literals and what stands on either side of them.

use super::error::quoted;
use super::filters;

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

/// Words of the expression language.
pub(super) fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "and" | "or" | "not" | "in" | "is" | "if" | "else" | "true" | "false" | "none" | "True" | "False" | "None"
    )
}

/// Whether the engine takes a word for a variable.
pub(super) fn is_plain(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// The first word of a text.
pub(super) fn root(text: &str) -> &str {
    let end = text.find(|c: char| !is_word(c)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// Whether a text is words with dots between and indexes behind, and nothing else.
pub(super) fn is_path(text: &str) -> bool {
    let end = path_length(text);
    end == text.len() && !is_keyword(text) && text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

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

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// How far a word reaches, with dashes that have letters or digits on both sides.
fn word_length(text: &str) -> usize {
    let mut end = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let dash = c == '-'
            && at > 0
            && chars.peek().is_some_and(|(_, next)| is_word(*next))
            && !text.get(..at).is_some_and(|t| t.ends_with('-'));
        if !is_word(c) && !dash {
            break;
        }
        end = at + c.len_utf8();
    }
    end
}

/// How far a path reaches: `a`, `a.b-c`, `a[0]`, `a[]`, `a["b c"]`.
fn path_length(text: &str) -> usize {
    let mut end = word_length(text);
    loop {
        let rest = text.get(end..).unwrap_or_default();
        let step = match rest.strip_prefix('.').map(word_length) {
            Some(length) if length > 0 => length + 1,
            Some(_) => 0,
            None => index_length(rest),
        };
        if step == 0 {
            return end;
        }
        end += step;
    }
}

/// `[]`, `[12]` or a quoted key; an index that is calculated is left to the engine.
fn index_length(text: &str) -> usize {
    let Some(inside) = text.strip_prefix('[') else { return 0 };
    let inner = match inside.chars().next() {
        Some(quote @ ('"' | '\'')) => inside.get(1..).and_then(|rest| rest.find(quote)).map_or(0, |at| at + 2),
        _ => inside.bytes().take_while(u8::is_ascii_digit).count(),
    };
    if inside.get(inner..).is_some_and(|rest| rest.starts_with(']')) { inner + 2 } else { 0 }
}

struct Rewriter<'a, F> {
    rest: &'a str,
    out: String,
    /// The last sign or word, to know what comes next.
    last: &'a str,
    depth: usize,
    tracked: bool,
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
    let mut rewriter = Rewriter { rest: source, out: String::new(), last: "", depth: 0, tracked, fields };
    if let Some(slot) = head {
        rewriter.emit_slot(slot);
    }
    while let Some(c) = rewriter.rest.chars().next() {
        rewriter.step(c)?;
    }
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
        self.emit_slot(slot);
        self.prepare(before, after, slot);
        self.last = path;
        self.rest = after;
        Ok(())
    }

    fn emit_slot(&mut self, slot: usize) {
        self.out.push_str(&format!("__f{slot}"));
        if self.tracked && self.fields.is_empty(slot) {
            self.out.push_str(&format!("|__missing({slot})"));
        }
    }

    /// A loop variable with its path, as the engine takes it. A dash before a digit is a minus here: `loop.index-1`.
    fn local(&mut self, first: &'a str) -> Result<(), String> {
        let before = self.last;
        self.out.push_str(first);
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
                push_segment(&mut self.out, word);
                last = word;
                rest = tail.get(word.len()..).unwrap_or_default();
            } else {
                let length = index_length(rest);
                if length <= 2 {
                    break;
                }
                self.out.push_str(rest.get(..length).unwrap_or_default());
                rest = rest.get(length..).unwrap_or_default();
            }
        }
        self.no_call(rest, last)?;
        self.prepare(before, rest, usize::MAX);
        self.last = last;
        self.rest = rest;
        Ok(())
    }

    /// Makes an operand ready for the operators beside it: what people send as text is calculated with as a number.
    fn prepare(&mut self, before: &str, after: &str, slot: usize) {
        let (after, number_behind) = operator(after);
        let number_before = self.before_is_number(before);
        let calculates = |sign: &str| matches!(sign, "-" | "*" | "/" | "//" | "%" | "**");
        let compares = |sign: &str| matches!(sign, "<" | ">" | "<=" | ">=");
        let equals = |sign: &str| matches!(sign, "==" | "!=");
        let adds = (after == "+" && number_behind) || (before == "+" && number_before);
        let filter = if calculates(before) || calculates(after) || adds {
            format!("|__calc({})", if slot == usize::MAX { -1 } else { i64::try_from(slot).unwrap_or(-1) })
        } else if compares(before)
            || compares(after)
            || (equals(after) && number_behind)
            || (equals(before) && number_before)
        {
            "|__number".to_owned()
        } else if before == "+" || after == "+" {
            "|__add".to_owned()
        } else if equals(before) || equals(after) || before == "in" || after == "in" {
            "|__same".to_owned()
        } else {
            return;
        };
        self.out.push_str(&filter);
    }

    /// Whether a number stands on the other side of the sign before: `1 == quantita`.
    fn before_is_number(&self, sign: &str) -> bool {
        let mut text = self.out.trim_end();
        if let Some(at) = text.rfind(sign).filter(|_| !sign.is_empty()) {
            text = text.get(..at).unwrap_or_default().trim_end();
        }
        text.ends_with(|c: char| c.is_ascii_digit())
            && text.rsplit(|c: char| !is_word(c)).next().is_some_and(|word| !word.starts_with("__f"))
    }
}

/// The operator that follows, and whether a number follows it.
fn operator(after: &str) -> (&str, bool) {
    let text = after.trim_start();
    let length = if ["==", "!=", "<=", ">=", "//", "**"].iter().any(|pair| text.starts_with(pair)) {
        2
    } else if text.starts_with("in ") {
        2
    } else {
        text.chars().next().filter(char::is_ascii).map_or(0, char::len_utf8)
    };
    let (sign, rest) = text.split_at_checked(length).unwrap_or(("", ""));
    (sign, rest.trim_start().starts_with(|c: char| c.is_ascii_digit()))
}

fn number_length(text: &str) -> usize {
    let digits = |text: &str| text.bytes().take_while(|b| b.is_ascii_digit() || *b == b'_').count();
    let mut end = digits(text);
    let fraction = text.get(end..).and_then(|rest| rest.strip_prefix('.')).map_or(0, digits);
    if fraction > 0 {
        end += fraction + 1;
    }
    let rest = text.get(end..).unwrap_or_default();
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let sign = usize::from(exponent.starts_with(['+', '-']));
        let length = exponent.get(sign..).map_or(0, digits);
        if length > 0 {
            end += 1 + sign + length;
        }
    }
    end
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
