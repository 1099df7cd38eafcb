//! The address of an HTTP call: a template whose scheme, host and port are literal.
//!
//! It takes templates apart and puts rendered pieces together; it never judges a host, which is `guard`'s work.
//! Everything that a payload can influence stands behind the host, percent-encoded, and cannot leave its place.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What may not stand in a URL as it is, beside `%`, which what was rendered has already used (RFC 3986, appendix A;
/// the backslash because browsers read it as a slash).
const UNSAFE: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');

/// What a query name or value may not hold: everything but RFC 3986's unreserved characters.
const COMPONENT: &AsciiSet = &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The parts of an address: the first two literal, the others templates.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Address<'a> {
    /// `http` or `https`.
    pub scheme: &'static str,
    /// As written; IPv6 in brackets.
    pub host: &'a str,
    /// As written or the scheme's own.
    pub port: u16,
    /// Scheme, host and port as written: `https://api.example.com:8443`.
    pub origin: &'a str,
    /// Template of the path, with its slash; may be empty.
    pub path: &'a str,
    /// Template of the query, without its question mark.
    pub query: Option<&'a str>,
}

/// Takes an address apart; the error says what to write instead.
pub(super) fn split(source: &str) -> Result<Address<'_>, String> {
    let source = source.trim();
    let (scheme, rest) = match source.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => ("https", rest),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => ("http", rest),
        Some((scheme, _)) if !scheme.contains(['{', '/', '?']) => {
            return Err(format!("`{scheme}` addresses cannot be called; write `https://` or `http://`"));
        }
        _ => return Err("must begin with a literal `https://` or `http://`, then the host".to_owned()),
    };
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
    if authority.contains(['{', '}']) {
        return Err("scheme, host and port must be literal; fields may stand in the path and the query".to_owned());
    }
    if authority.contains('@') {
        return Err("must not hold a user name or password; put them into a connection's headers".to_owned());
    }
    let (host, port) = split_authority(authority, scheme)?;
    let origin = source.get(..source.len() - tail.len()).unwrap_or(source);
    let tail = tail.get(..literal(tail, '#').unwrap_or(tail.len())).unwrap_or(tail);
    let (path, query) = match literal(tail, '?') {
        Some(at) => (tail.get(..at).unwrap_or_default(), tail.get(at + 1..)),
        None => (tail, None),
    };
    if path.contains('\\') {
        return Err("must not hold a backslash; write `/`".to_owned());
    }
    Ok(Address { scheme, host, port, origin, path, query })
}

fn split_authority<'a>(authority: &'a str, scheme: &str) -> Result<(&'a str, u16), String> {
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.find(']')) {
        Some(end) => authority.split_at_checked(end + 2).unwrap_or((authority, "")),
        None => authority.split_at_checked(authority.find(':').unwrap_or(authority.len())).unwrap_or((authority, "")),
    };
    if host.is_empty() {
        return Err("names no host; write `https://` and then, for example, `api.example.com`".to_owned());
    }
    let inside = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let readable = match inside {
        Some(v6) => v6.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.')),
        None => host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')),
    };
    if !readable {
        return Err(format!(
            "the host `{host}` may hold letters, digits, dots and hyphens only; write a name with accents as `xn--…`"
        ));
    }
    let own = if scheme == "https" { 443 } else { 80 };
    let port = match port {
        "" | ":" => own,
        given => given
            .strip_prefix(':')
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|digits| digits.parse::<u16>().ok())
            .filter(|port| *port > 0)
            .ok_or_else(|| format!("the port `{given}` must be `:` and a number from 1 to 65535"))?,
    };
    Ok((host, port))
}

/// Where a character stands outside of `{{ }}`, `{% %}` and `{# #}`.
fn literal(source: &str, wanted: char) -> Option<usize> {
    let mut from = 0;
    loop {
        let rest = source.get(from..)?;
        let here = rest.find(wanted)?;
        let open = ["{{", "{%", "{#"].iter().filter_map(|mark| rest.find(mark).map(|at| (at, *mark))).min();
        match open {
            Some((at, mark)) if at < here => {
                let closing = match mark {
                    "{{" => "}}",
                    "{%" => "%}",
                    _ => "#}",
                };
                let inside = rest.get(at + 2..)?;
                from += at + 2 + inside.find(closing)? + 2;
            }
            _ => return Some(from + here),
        }
    }
}

/// Whether a URL parser would take a segment of the path as "here" or "one up" (WHATWG URL, "dot segment").
pub(super) fn climbs(path: &str) -> bool {
    path.split(['/', '\\']).any(|segment| {
        let segment = segment.to_ascii_lowercase().replace("%2e", ".");
        segment == "." || segment == ".."
    })
}

/// Encodes what the literal text of an address may still hold; what was rendered is left as it is.
pub(super) fn tidy(text: &str) -> String {
    utf8_percent_encode(text, UNSAFE).to_string()
}

/// Encodes a name or a value of a query.
pub(super) fn component(text: &str) -> String {
    utf8_percent_encode(text, COMPONENT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart_where_its_literals_end() {
        let source = "https://api.example.com:8443/o/{{ a?b }}/x?q={{ c | default('?#') }}&z=1#end";
        let address = split(source).unwrap();
        assert_eq!((address.scheme, address.host, address.port), ("https", "api.example.com", 8443));
        assert_eq!(address.origin, "https://api.example.com:8443");
        assert_eq!(address.path, "/o/{{ a?b }}/x");
        assert_eq!(address.query, Some("q={{ c | default('?#') }}&z=1"));
    }

    #[test]
    fn the_scheme_brings_its_port() {
        assert_eq!(split("HTTP://example.com").unwrap().port, 80);
        assert_eq!(split("https://example.com?a=1").unwrap().port, 443);
        assert_eq!(split("https://[2606:4700::1111]:9/").unwrap().host, "[2606:4700::1111]");
    }

    #[test]
    fn a_host_that_is_not_literal_is_refused() {
        for source in [
            "{{ url }}",
            "{{ scheme }}://example.com",
            "https://{{ host }}/",
            "https://example.com{{ tail }}",
            "https://example.com:{{ port }}/",
            "https://user:pass@example.com/",
            "https://127.0.0.1\\@example.com/\\x",
            "ftp://example.com",
            "javascript://x",
            "https://",
            "https:///x",
            "https://exa mple.com",
            "https://%31%32%37.0.0.1/",
            "https://città.it/",
            "https://１２７.0.0.1/",
            "https://example.com:0/",
            "https://example.com:99999/",
            "https://example.com:8a/",
            "https://[::1",
            "https://[::1]x/",
            "example.com/x",
            "",
        ] {
            let outcome = split(source);
            assert!(outcome.is_err(), "{source} gave {outcome:?}");
        }
    }

    #[test]
    fn dot_segments_are_seen_also_when_encoded() {
        assert!(climbs("/a/../b") && climbs("/a/%2E%2e") && climbs("/.") && climbs("/x/.%2e/"));
        assert!(!climbs("/a/...") && !climbs("/a.b/c..d"));
    }
}
