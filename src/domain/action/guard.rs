//! The address guard: which hosts a call may never reach.
//!
//! It reads the host as a browser would (WHATWG URL, "host parsing"), so that `127.1`, `0x7f000001`, `2130706433` and
//! `[::ffff:7f00:1]` are all seen for what they are.
//!
//! **Limit:** it judges what is written, and resolves no name. A public name that points to a private address passes
//! here; Cloudflare's edge has no private network to reach behind it.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Endings of names that only exist inside somebody's network (RFC 6761, RFC 6762, RFC 8375, ICANN's `.internal`).
const PRIVATE_ENDINGS: &[&str] =
    &["localhost", "local", "internal", "localdomain", "home.arpa", "lan", "intranet", "corp", "home", "private"];

/// Whether a call may reach the host, and if not, why, in words that fit after "the host `…` ".
///
/// `allowed` are the deployer's own exceptions: a host, which allows every port, or `host:port`.
pub fn permit(host: &str, port: u16, allowed: &[String]) -> Result<(), &'static str> {
    let host = host.to_ascii_lowercase();
    let with_port = format!("{host}:{port}");
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if allowed.iter().any(|entry| {
        let entry = entry.trim();
        !entry.is_empty()
            && (entry.eq_ignore_ascii_case(&host)
                || entry.eq_ignore_ascii_case(bare)
                || entry.eq_ignore_ascii_case(&with_port))
    }) {
        return Ok(());
    }
    if host.starts_with('[') {
        let address: Ipv6Addr = bare.parse().map_err(|_| "is not an address that can be read")?;
        return if is_public_v6(address) { Ok(()) } else { Err("is a private or local address") };
    }
    let name = host.strip_suffix('.').unwrap_or(&host);
    if name.is_empty() || name.split('.').any(str::is_empty) {
        return Err("is not a name that can be read");
    }
    if ends_in_number(name) {
        let address = parse_v4(name).ok_or("is not an address that can be read")?;
        return if is_public_v4(address) { Ok(()) } else { Err("is a private or local address") };
    }
    let private = PRIVATE_ENDINGS
        .iter()
        .any(|ending| name == *ending || name.strip_suffix(ending).is_some_and(|rest| rest.ends_with('.')));
    if private || !name.contains('.') {
        return Err("is a name inside a private network");
    }
    Ok(())
}

/// Whether a connection's pattern covers a host: `api.example.com`, `*.example.com` (its subdomains), either with a port.
pub(super) fn covers(pattern: &str, host: &str, port: u16) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let pattern = pattern.trim().to_ascii_lowercase();
    let (pattern, fits) = match pattern.rsplit_once(':') {
        Some((name, wanted)) if !wanted.ends_with(']') => (name.to_owned(), wanted.parse() == Ok(port)),
        Some(_) | None => (pattern, true),
    };
    let named = match pattern.strip_prefix('*') {
        Some(ending) => ending.len() > 1 && host.len() > ending.len() && host.ends_with(ending),
        None => pattern == host,
    };
    fits && named
}

/// Whether a text can be such a pattern.
pub(in crate::domain) fn is_pattern(text: &str) -> bool {
    let text = text.trim();
    let name = text.strip_prefix("*.").unwrap_or(text);
    super::address::split(&format!("https://{name}")).is_ok_and(|parts| parts.path.is_empty() && parts.query.is_none())
        && (name.len() == text.len() || name.contains('.'))
}

/// The same as [`permit`] for a whole address that holds no template.
///
/// # Errors
/// Why it may not be reached, in words that fit after "the address ".
pub fn reach(address: &str, allowed: &[String]) -> Result<(), String> {
    let parts = super::address::split(address)?;
    if parts.path.len() > 1 || parts.query.is_some() {
        return Err("must be scheme and host only".to_owned());
    }
    permit(parts.host, parts.port, allowed).map_err(str::to_owned)
}

/// Whether the last label makes a URL parser read the host as an IPv4 address (WHATWG URL, "ends in a number").
fn ends_in_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    last.bytes().all(|byte| byte.is_ascii_digit()) || parse_part(last).is_some()
}

/// One part of an IPv4 address: decimal, octal with a leading 0, or hexadecimal with `0x`.
fn parse_part(part: &str) -> Option<u64> {
    let (digits, radix) = match part.strip_prefix("0x") {
        Some("") => return Some(0),
        Some(hex) => (hex, 16),
        None if part.len() > 1 && part.starts_with('0') => (part, 8),
        None => (part, 10),
    };
    let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    plain.then(|| u64::from_str_radix(digits, radix).ok()).flatten()
}

/// An IPv4 address of one to four parts, of which the last fills what is left.
fn parse_v4(name: &str) -> Option<Ipv4Addr> {
    let parts: Vec<u64> = name.split('.').map(parse_part).collect::<Option<_>>()?;
    let (last, leading) = parts.split_last()?;
    if parts.len() > 4 || leading.iter().any(|part| *part > 255) {
        return None;
    }
    let free_bits = 8 * (5 - u32::try_from(parts.len()).ok()?);
    if *last >= 1u64 << free_bits {
        return None;
    }
    let high = leading.iter().zip([24u32, 16, 8]).fold(0u64, |sum, (part, shift)| sum | (part << shift));
    u32::try_from(high | last).ok().map(Ipv4Addr::from)
}

/// Whether the address is one of the public Internet (IANA IPv4 Special-Purpose Address Registry).
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(a == 0
        || a == 10
        || a == 127
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a == 169 && b == 254)
        || (a == 172 && (16..32).contains(&b))
        || (a == 192 && b == 168)
        || (a == 192 && b == 0 && (c == 0 || c == 2))
        // The anycast relays of 6to4 (RFC 7526), and the one public address at which a cloud answers its own machines
        // (Microsoft, "What is IP address 168.63.129.16?").
        || (a == 192 && b == 88 && c == 99)
        || address == Ipv4Addr::new(168, 63, 129, 16)
        || (a == 198 && (b == 18 || b == 19))
        || (a == 198 && b == 51 && c == 100)
        || (a == 203 && b == 0 && c == 113))
}

/// Whether the address is one of the public Internet: global unicast, and where it carries an IPv4 address, that too.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let [first, second, third, ..] = segments;
    let embedded = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match segments {
        // IPv4-mapped, IPv4-compatible and NAT64 addresses end in an IPv4 address.
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            is_public_v4(embedded(high, low))
        }
        // 6to4 carries it in front.
        [0x2002, ..] => is_public_v4(embedded(second, third)),
        _ => {
            let teredo_and_protocol = first == 0x2001 && second < 0x0200;
            let documentation = (first == 0x2001 && second == 0x0db8) || (first == 0x3fff && second < 0x1000);
            (0x2000..0x4000).contains(&first) && !teredo_and_protocol && !documentation
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_refused_in_every_notation() {
        for host in [
            "localhost",
            "LOCALHOST",
            "localhost.",
            "api.localhost",
            "printer.local",
            "metadata.google.internal",
            "metadata",
            "router.home.arpa",
            "127.0.0.1",
            "127.0.0.1.",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0X7F.1",
            "0x7f.0x0.0x0.0x1",
            "0177.0.0.1",
            "017700000001",
            "0",
            "0x",
            "10.0.0.8",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "192.168.257",
            "169.254.169.254",
            "0xa9fea9fe",
            "100.64.0.1",
            "100.100.100.200",
            "168.63.129.16",
            "192.88.99.1",
            "224.0.0.1",
            "255.255.255.255",
            "[::1]",
            "[::]",
            "[0:0:0:0:0:0:0:1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "[fe80::1]",
            "[fc00::1]",
            "[fd00:ec2::254]",
            "[ff02::1]",
            "[fe80::1%eth0]",
            "[]",
            "256.1.1.1",
            "1.2.3.4.5",
            "1.2.3.09",
            "a..b",
            "",
            ".",
        ] {
            assert!(permit(host, 443, &[]).is_err(), "{host} passed");
        }
    }

    #[test]
    fn a_pattern_covers_its_host_and_no_other() {
        for (pattern, host, port) in [
            ("api.example.com", "api.example.com", 443),
            ("API.example.com", "api.EXAMPLE.com.", 80),
            ("*.example.com", "a.b.example.com", 443),
            ("api.example.com:8443", "api.example.com", 8443),
            ("[2606:4700::1111]", "[2606:4700::1111]", 443),
        ] {
            assert!(is_pattern(pattern) && covers(pattern, host, port), "{pattern} {host}");
        }
        for (pattern, host, port) in [
            ("api.example.com", "api.example.com.evil.it", 443),
            ("api.example.com", "xapi.example.com", 443),
            ("*.example.com", "example.com", 443),
            ("*.example.com", "evilexample.com", 443),
            ("*.example.com", ".example.com", 443),
            ("api.example.com:8443", "api.example.com", 443),
            ("*", "api.example.com", 443),
            ("*.", "api.example.com.", 443),
            ("", "api.example.com", 443),
        ] {
            assert!(!covers(pattern, host, port), "{pattern} {host}");
        }
        for pattern in ["", "*", "*.", "*.com", "https://a.it", "a.it/x", "a b", "u@a.it", "*.*.it", "a.it:x", "a.it:0"]
        {
            assert!(!is_pattern(pattern), "{pattern}");
        }
    }

    #[test]
    fn public_hosts_pass() {
        for host in [
            "example.com",
            "api.example.com.",
            "8.8.8.8",
            "172.32.0.1",
            "[2606:4700::1111]",
            "[::ffff:8.8.8.8]",
            "1.it",
            "168.63.129.17",
            "192.88.98.1",
        ] {
            assert_eq!(permit(host, 443, &[]), Ok(()), "{host} was refused");
        }
    }

    #[test]
    fn the_deployer_may_allow_a_host_or_one_of_its_ports() {
        let allowed = ["localhost".to_owned(), "127.0.0.1:8080".to_owned(), "::1".to_owned(), String::new()];
        assert_eq!(permit("localhost", 1, &allowed), Ok(()));
        assert_eq!(permit("127.0.0.1", 8080, &allowed), Ok(()));
        assert_eq!(permit("[::1]", 80, &allowed), Ok(()));
        assert!(permit("127.0.0.1", 8081, &allowed).is_err());
        assert!(permit("", 80, &allowed).is_err());
    }
}
