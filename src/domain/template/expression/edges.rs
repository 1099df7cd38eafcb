//! Where the operands of an expression begin and end, and the filter behind each that has an operator beside it.
//!
//! **Invariant:** no operator meets a list or an object that was not weighed, and no calculation meets one at all: the
//! engine repeats a list without making it (`[0] * 100000000`), and compares and prints without being asked for fuel.
//! It does not know what an operand means.

use super::{Fields, Rewriter, is_equality, is_word, word_length};

/// What stands between two operators: a value with its indexes and filters.
#[derive(Clone, Copy)]
pub(super) struct Operand<'a> {
    /// The sign or word before it.
    pub(super) before: &'a str,
    /// Whether it can be no list, because it is a literal or was made ready already.
    pub(super) safe: bool,
    /// Whether there is more of it than signs.
    pub(super) begun: bool,
}

/// An open bracket.
pub(super) struct Bracket<'a> {
    /// The operand that it is a part of.
    of: Operand<'a>,
    /// Whether what stands inside is an index or a key.
    key: bool,
}

impl<'a, F: Fields> Rewriter<'a, F> {
    /// Keeps count of where operands begin and end, so that none reaches an operator as a list that nobody has weighed.
    pub(super) fn follow(&mut self, c: char) {
        if matches!(self.last, "|" | "is" | ".") {
            return;
        }
        let next = self.next_word(c);
        let begun = self.operand.is_some_and(|operand| operand.begun);
        let goes_on = begun && (matches!(c, '.' | '[' | '|' | '(') || next == "is");
        if goes_on {
            if let Some(operand) = &mut self.operand {
                operand.safe = false;
            }
        } else if begun {
            self.end_operand(next);
        }
        match c {
            '(' | '[' | '{' => {
                let of = self.operand.take().unwrap_or(Operand { before: self.last, safe: false, begun: false });
                let key = c == '{' || (c == '[' && of.begun);
                self.open.push(Bracket { of: Operand { safe: false, begun: true, ..of }, key });
            }
            ')' | ']' | '}' => self.operand = self.open.pop().map(|bracket| bracket.of),
            '-' if !begun => {
                self.operand.get_or_insert(Operand { before: self.last, safe: false, begun: false });
            }
            c if begun_by(c, next) && !goes_on => {
                let before = self.operand.map_or(self.last, |operand| operand.before);
                let safe = matches!(c, '"' | '\'') || (c.is_ascii_digit() && !self.digits_begin_a_word());
                self.operand = Some(Operand { before, safe, begun: true });
            }
            _ => {}
        }
    }

    /// The sign or word that comes next.
    fn next_word(&self, c: char) -> &'a str {
        let pair = self.rest.get(..2).filter(|pair| matches!(*pair, "==" | "!=" | "<=" | ">=" | "//" | "**"));
        let length = if is_word(c) { word_length(self.rest) } else { c.len_utf8() };
        pair.or_else(|| self.rest.get(..length)).unwrap_or_default()
    }

    /// Makes the operand that ends here ready for the operators on both sides of it. A filter binds tighter than they do.
    pub(super) fn end_operand(&mut self, after: &str) {
        let Some(operand) = self.operand.take().filter(|operand| operand.begun && !operand.safe) else { return };
        let either = |test: fn(&str) -> bool| test(operand.before) || test(after);
        let key = self.open.last().is_some_and(|bracket| bracket.key);
        if either(|sign| matches!(sign, "-" | "*" | "/" | "//" | "%" | "**")) {
            self.out.push_str("|__amount");
        } else if either(|sign| sign == "+") {
            self.out.push_str("|__plain");
        } else if either(|sign| sign == "~") {
            self.out.push_str("|__text");
        } else if after == "not"
            || either(|sign| is_equality(sign) || matches!(sign, "<" | ">" | "<=" | ">=" | "in"))
            || (key && either(|sign| matches!(sign, "[" | "]" | ":")))
        {
            self.out.push_str("|__seen");
        }
    }
}

/// Whether an operand begins with this character or word.
fn begun_by(c: char, word: &str) -> bool {
    matches!(c, '"' | '\'') || (is_word(c) && !matches!(word, "and" | "or" | "not" | "in" | "is" | "if" | "else"))
}
