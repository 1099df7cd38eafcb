//! Headers of an HTTP call: which names and values may be sent, and who wins when two name the same.
//!
//! It holds no credentials: those of a connection pass through here only as texts to be checked or merged.

/// Names that belong to the connection itself, to Cloudflare or to us (RFC 9110 §7.6.1; Fetch, "forbidden
/// request-header").
const FORBIDDEN: &[&str] = &[
    "host",
    "content-length",
    "connection",
    "keep-alive",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "user-agent",
    "x-forwarded-for",
    "x-real-ip",
];

/// Beginnings of such names.
const FORBIDDEN_BEGINNINGS: &[&str] = &["proxy-", "sec-", "cf-", "x-uncino-", "webhook-"];

/// Why a name cannot be that of a header which a step sets; `None` when it can.
pub(in crate::domain) fn name_fault(name: &str) -> Option<String> {
    let token =
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
    if !token {
        return Some(format!("`{name}` is not the name of a header; use letters, digits and hyphens"));
    }
    let lower = name.to_ascii_lowercase();
    let forbidden = FORBIDDEN.contains(&lower.as_str())
        || FORBIDDEN_BEGINNINGS.iter().any(|beginning| lower.starts_with(beginning));
    forbidden.then(|| format!("the header `{name}` is set by Uncino or by the connection itself; remove it"))
}

/// Why a text cannot be the value of a header; `None` when it can (RFC 9110 §5.5, without the obsolete bytes).
pub(in crate::domain) fn value_fault(name: &str, value: &str) -> Option<String> {
    if value.contains(['\r', '\n', '\0']) {
        return Some(format!(
            "the header `{name}` would hold a line break; remove it from the field, for example with `| replace`"
        ));
    }
    let plain = value.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte));
    (!plain).then(|| {
        format!("the header `{name}` would hold a character beyond ASCII; encode it, for example with `| urlencode`")
    })
}

/// Sets a header; what is set later wins, whatever the case of its name.
pub(super) fn set(headers: &mut Vec<(String, String)>, name: &str, value: impl Into<String>) {
    headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    headers.push((name.to_owned(), value.into()));
}

/// Whether a header is set.
pub(super) fn has(headers: &[(String, String)], name: &str) -> bool {
    headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_would_split_the_request_is_refused() {
        for name in ["", "a b", "a:b", "x\r\ny", "Host", "CONTENT-LENGTH", "Proxy-Authorization", "X-Uncino-Hop", "è"]
        {
            assert!(name_fault(name).is_some(), "{name}");
        }
        for value in ["a\r\nX-Evil: 1", "a\nb", "nul\0", "Niccolò", "\u{7f}"] {
            assert!(value_fault("x", value).is_some(), "{value}");
        }
        assert_eq!(name_fault("X-Api-Key"), None);
        assert_eq!(name_fault("Authorization"), None);
        assert_eq!(value_fault("x", "Bearer a\tb"), None);
    }

    #[test]
    fn what_is_set_later_wins() {
        let mut headers = vec![("authorization".to_owned(), "step".to_owned())];
        set(&mut headers, "Authorization", "connection");
        assert_eq!(headers, [("Authorization".to_owned(), "connection".to_owned())]);
        assert!(has(&headers, "AUTHORIZATION"));
    }
}
