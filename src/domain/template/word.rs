//! The words of an expression: how far names, paths and numbers reach.
//!
//! It does not know what they mean.

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

pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// How far a word reaches, with dashes that have letters or digits on both sides.
pub(super) fn word_length(text: &str) -> usize {
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
pub(super) fn path_length(text: &str) -> usize {
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
pub(super) fn index_length(text: &str) -> usize {
    let Some(inside) = text.strip_prefix('[') else { return 0 };
    let inner = match inside.chars().next() {
        Some(quote @ ('"' | '\'')) => inside.get(1..).and_then(|rest| rest.find(quote)).map_or(0, |at| at + 2),
        _ => inside.bytes().take_while(u8::is_ascii_digit).count(),
    };
    if inside.get(inner..).is_some_and(|rest| rest.starts_with(']')) { inner + 2 } else { 0 }
}

pub(super) fn number_length(text: &str) -> usize {
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
