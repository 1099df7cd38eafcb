//! Cuts a template into its text and its tags.
//!
//! It does not look into a tag further than it must to find its end: past string literals and inner braces.

use super::error::TemplateError;

/// **Limit:** longer expressions are refused: the engine's parser recurses over them, and the stack of a worker is
/// small. What people write has less than a tenth of this.
const LONGEST_TAG: usize = 1_000;
/// **Limit:** more tags are refused, for the same reason (`elif` nests).
const MOST_TAGS: usize = 500;

/// One piece of a template, in order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Piece<'a> {
    /// Text, copied as it is.
    Text(&'a str),
    /// `{{ … }}`.
    Output(Tag<'a>),
    /// `{% … %}`.
    Statement(Tag<'a>),
    /// `{# … #}`, or what `{% raw %}` protects: nothing to rewrite.
    Verbatim(&'a str),
}

/// What stands between two delimiters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Tag<'a> {
    /// `{{` or `{{-`.
    pub(super) open: &'a str,
    /// The inside, with its spaces.
    pub(super) inner: &'a str,
    /// `}}` or `-}}`.
    pub(super) close: &'a str,
    /// The line on which it begins, from 1.
    pub(super) line: usize,
}

/// Cuts a template. `known` answers whether a name was sent just so: such a name may hold what would otherwise be
/// syntax (`C'è altro?`).
pub(super) fn scan<'a>(source: &'a str, known: &dyn Fn(&str) -> bool) -> Result<Vec<Piece<'a>>, TemplateError> {
    let mut pieces = Vec::new();
    let mut rest = source;
    let mut tags = 0_usize;
    while let Some((start, kind)) = next_tag(rest) {
        let (text, tail) = rest.split_at(start);
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        let line = 1 + newlines(source.get(..source.len() - tail.len()).unwrap_or_default());
        tags += 1;
        if tags > MOST_TAGS {
            return Err(TemplateError::new(line, format_args!("there are more than {MOST_TAGS} tags; use fewer")));
        }
        if kind == b'#' {
            let end = tail.find("#}").ok_or_else(|| TemplateError::new(line, "`{#` is never closed; add `#}`"))? + 2;
            let (comment, after) = tail.split_at(end);
            pieces.push(Piece::Verbatim(comment));
            rest = after;
            continue;
        }
        let (tag, after) = tag(tail, kind, line, known)?;
        if tag.inner.len() > LONGEST_TAG {
            let message = format!("the expression is longer than {LONGEST_TAG} characters; shorten it");
            return Err(TemplateError::new(line, message));
        }
        rest = after;
        if kind == b'{' {
            pieces.push(Piece::Output(tag));
        } else if tag.inner.trim() == "raw" {
            let end = end_of_raw(after).ok_or_else(|| never_closed("raw", line))?;
            let (_, after) = after.split_at(end);
            pieces.push(Piece::Verbatim(tail.get(..tail.len() - after.len()).unwrap_or_default()));
            rest = after;
        } else {
            pieces.push(Piece::Statement(tag));
        }
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

/// How many line breaks a text has.
pub(super) fn newlines(text: &str) -> usize {
    text.bytes().filter(|b| *b == b'\n').count()
}

/// `{% for %}` without its end.
pub(super) fn never_closed(name: &str, line: usize) -> TemplateError {
    TemplateError::new(line, format_args!("`{{% {name} %}}` is never closed; add `{{% end{name} %}}`"))
}

fn next_tag(text: &str) -> Option<(usize, u8)> {
    let bytes = text.as_bytes();
    bytes.windows(2).enumerate().find_map(|(at, pair)| match pair {
        [b'{', kind @ (b'{' | b'%' | b'#')] => Some((at, *kind)),
        _ => None,
    })
}

fn tag<'a>(
    tail: &'a str,
    kind: u8,
    line: usize,
    known: &dyn Fn(&str) -> bool,
) -> Result<(Tag<'a>, &'a str), TemplateError> {
    let (end, unclosed) = match kind {
        b'{' => ("}}", "`{{` is never closed; add `}}`"),
        _ => ("%}", "`{%` is never closed; add `%}`"),
    };
    let inside = tail.get(2..).unwrap_or_default();
    let nearest = inside.find(end).ok_or_else(|| TemplateError::new(line, unclosed))?;
    let literal = inside.get(..nearest).is_some_and(|inner| known(strip(inner).split('|').next().unwrap_or_default()));
    let length = if literal { nearest } else { past_literals(inside, end).unwrap_or(nearest) };
    let (inner, after) = inside.split_at(length);
    let before = usize::from(inner.starts_with(['-', '+']));
    let behind = usize::from(inner.len() > before && inner.ends_with(['-', '+']));
    let split = |at: usize| tail.split_at(at);
    let (open, _) = split(2 + before);
    let (_, rest) = split(2 + before);
    let (inner, rest) = rest.split_at(inner.len() - before - behind);
    let (close, _) = rest.split_at(behind + 2);
    Ok((Tag { open, inner, close, line }, after.get(2..).unwrap_or_default()))
}

fn strip(inner: &str) -> &str {
    inner.strip_prefix(['-', '+']).unwrap_or(inner)
}

/// Where the tag ends, when neither string literals nor braces inside may end it.
fn past_literals(text: &str, end: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut before = ' ';
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' | '\'' if !before.is_alphanumeric() => {
                let mut escaped = false;
                loop {
                    let (_, inner) = chars.next()?;
                    if inner == c && !escaped {
                        break;
                    }
                    escaped = inner == '\\' && !escaped;
                }
            }
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            _ if text.get(at..)?.starts_with(end) => return Some(at),
            _ => {}
        }
        before = c;
    }
    None
}

/// Where `{% endraw %}` ends.
fn end_of_raw(text: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let start = from + text.get(from..)?.find("{%")?;
        let inside = text.get(start + 2..)?;
        let end = inside.find("%}")?;
        if inside.get(..end)?.trim_matches(['-', '+']).trim() == "endraw" {
            return Some(start + 2 + end + 2);
        }
        from = start + 2;
    }
}
