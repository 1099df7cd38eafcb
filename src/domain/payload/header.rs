//! The values of MIME headers: `form-data; name="cv"; filename="a;b.pdf"`.
//!
//! Lenient, as RFC 9110 §5.6.6 and browsers are; it does not decode the parameters' character sets.

/// The part before the first `;` in lower case, and the parameters with names in lower case, quotes taken off.
pub(super) fn parse(header: &str) -> (String, Vec<(String, String)>) {
    let (essence, mut rest) = header.split_once(';').unwrap_or((header, ""));
    let mut parameters = Vec::new();
    while let Some((name, after)) = rest.split_once('=') {
        // A parameter without a value in between (`a; b=c`) belongs to no name.
        let name = name.rsplit(';').next().unwrap_or(name).trim().to_ascii_lowercase();
        let (value, after) = value(after.trim_start());
        parameters.push((name, value));
        rest = after.split_once(';').map_or("", |(_, next)| next);
    }
    (essence.trim().to_ascii_lowercase(), parameters)
}

/// A parameter's value and what stands behind it. Only `\"` is an escape: browsers of old sent Windows paths raw.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return (value.trim().to_owned(), rest);
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, quoted.get(at + 1..).unwrap_or_default()),
            '\\' if chars.next_if(|&(_, next)| next == '"').is_some() => value.push('"'),
            c => value.push(c),
        }
    }
    (value, "")
}

/// The first parameter of that name.
pub(super) fn find<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    parameters.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(header: &str) -> Vec<(String, String)> {
        parse(header).1
    }

    #[test]
    fn quotes_protect_semicolons_and_quotes() {
        let own = parameters(r#"form-data; name="a;b"; filename="say \"hi\".txt""#);
        assert_eq!(find(&own, "name"), Some("a;b"));
        assert_eq!(find(&own, "filename"), Some(r#"say "hi".txt"#));
    }

    #[test]
    fn a_windows_path_keeps_its_backslashes() {
        assert_eq!(find(&parameters(r#"f; filename="C:\cv\a.pdf""#), "filename"), Some(r"C:\cv\a.pdf"));
    }

    #[test]
    fn names_and_the_essence_are_read_without_case() {
        let (essence, own) = parse("Multipart/Form-Data ; Boundary=XyZ ; q");
        assert_eq!((essence.as_str(), find(&own, "boundary")), ("multipart/form-data", Some("XyZ")));
    }

    #[test]
    fn an_unclosed_quote_ends_with_the_header() {
        assert_eq!(find(&parameters("f; name=\"abc"), "name"), Some("abc"));
    }
}
