//! Who is reached, and who is meant: the hosts that a call may have, and the people of an erasure or an export.
//!
//! The guard reads hosts as a browser does; here they are read once more, by rules that were written from another text
//! (`inet_aton`) and by the standard library's own lists of addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde_json::{Value, json};
use uncino::domain::action::{Delivery, Intent, find, prepare, request};
use uncino::domain::contact::named;
use uncino::domain::contact::subject::Subject;
use uncino::domain::input::Reader;
use uncino::domain::settings::Settings;
use uncino::domain::template::Scope;
use uncino::domain::time::Timestamp;

use super::{SECRET, changed, corpus, fuzz};

/// The address that a step with this URL would call.
fn called(url: &str, field: &str) -> Option<String> {
    let settings = Settings::new(|_, _| 0);
    let Value::Object(payload) = json!({ "campo": field }) else { return None };
    let scope = Scope::new(payload.clone(), &settings);
    let Value::Object(params) = json!({ "url": url, "method": "GET" }) else { return None };
    let now = Timestamp::from_millis(1_764_000_000_000);
    let Ok(Intent::Call(call)) = prepare(find("http_request")?, &params, &scope, &settings, now).outcome else {
        return None;
    };
    let delivery = Delivery { connection: None, settings: &settings, step_key: "r/s", message_key: "r/s", hop: 0, now };
    request(&call, &delivery).ok().map(|request| request.url)
}

/// One part of an address as `inet_aton` reads it.
fn part(text: &str) -> Option<u64> {
    match text.to_ascii_lowercase() {
        hex if hex.starts_with("0x") => u64::from_str_radix(&hex[2..], 16).ok().or((hex == "0x").then_some(0)),
        octal if octal.starts_with('0') && octal.len() > 1 => u64::from_str_radix(&octal[1..], 8).ok(),
        text => text.parse().ok(),
    }
}

fn inet_aton(host: &str) -> Option<Ipv4Addr> {
    let parts: Vec<u64> = host.split('.').map(part).collect::<Option<_>>()?;
    let address = match parts[..] {
        [a] => a,
        [a, b] => a << 24 | b,
        [a, b, c] => a << 24 | b << 16 | c,
        [a, b, c, d] => a << 24 | b << 16 | c << 8 | d,
        _ => return None,
    };
    u32::try_from(address).ok().map(Ipv4Addr::from)
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => {
            four.is_private()
                || four.is_loopback()
                || four.is_link_local()
                || four.is_unspecified()
                || four.is_broadcast()
                || four.is_documentation()
                || four.is_multicast()
                || four.octets()[0] == 0
        }
        IpAddr::V6(six) => {
            let low = six.octets();
            let four = Ipv4Addr::new(low[12], low[13], low[14], low[15]);
            let within = six.to_ipv4_mapped().is_some() || low[..12] == [0; 12] || low[..4] == [0, 0x64, 0xff, 0x9b];
            six.is_loopback()
                || six.is_unspecified()
                || six.is_multicast()
                || six.is_unique_local()
                || six.is_unicast_link_local()
                || (within && is_private(IpAddr::V4(four)))
        }
    }
}

#[test]
fn hosts() {
    let values = corpus("values", None);
    fuzz("hosts", None, |chance, input| {
        let text = String::from_utf8_lossy(input).into_owned();
        let field = String::from_utf8_lossy(&changed(chance, &values)).into_owned();
        let tail = chance.pick(&["", "/", "/a", "/{{ campo }}", "?q={{ campo }}", "/{{ campo }}/b?c={{ campo }}#d"]);
        let url = if chance.one_in(3) { text.clone() } else { format!("https://{text}{tail}") };
        let Some(called) = called(&url, &field) else { return };
        assert!(called.is_ascii() && !called.contains([' ', '\n', '\r', '\t', '\\']), "{called}");
        let (scheme, rest) = called.split_once("://").unwrap();
        assert!(["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()), "{called}");
        let authority = rest.split(['/', '?', '#']).next().unwrap();
        assert!(!authority.contains(['@', '%']), "{called}");
        let literal = url.trim().split_once("://").map_or("", |(_, literal)| literal);
        assert!(literal.starts_with(authority), "what is called is what was written: {url} {called}");
        let host = match authority.strip_prefix('[') {
            Some(six) => six.split(']').next().unwrap(),
            None => authority.split(':').next().unwrap(),
        };
        if authority.starts_with('[') {
            let six: Ipv6Addr = host.parse().unwrap_or_else(|_| panic!("no address: {called}"));
            assert!(!is_private(IpAddr::V6(six)), "{called}");
        }
        let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        if let Some(four) = inet_aton(&name) {
            assert!(!is_private(IpAddr::V4(four)), "{called} is {four}");
        }
        for ending in [".localhost", ".local", ".internal", ".home.arpa"] {
            assert!(!format!(".{name}").ends_with(ending), "{called}");
        }
    });
}

#[test]
fn persons() {
    let subjects = [
        ("phone", "+393331234567"),
        ("phone", "+390212345678"),
        ("phone", "+442079460958"),
        ("phone", "+96551096468"),
        ("phone", "+12025550173"),
        ("email", "ada.byron@example.com"),
        ("email", "o'brien+a@sub.example.it"),
        ("email", "mario@città.it"),
    ];
    fuzz("persons", Some("values"), |chance, input| {
        let text = String::from_utf8_lossy(input).into_owned();
        let country = chance.pick(&["IT", "GB", "US", "KW", "??"]);
        let (numbers, addresses) = (named::numbers(&text, country), named::addresses(&text));
        for (kind, value) in subjects {
            let subject = Subject::from_parts(kind, value).unwrap();
            let found = subject.search(country).finds(&text);
            let named = if kind == "phone" { numbers.contains(value) } else { addresses.contains(value) };
            // Whoever has only the hash finds whom the search finds, and nobody else.
            assert_eq!(named, found, "{value} of {country} in {}", input.escape_ascii());
        }
        for key in ["phone", "email"] {
            let body = json!({ key: text });
            let mut reader = Reader::new(&body).unwrap();
            let read = Subject::read(&mut reader, country);
            let faults = reader.finish();
            assert!(faults.iter().all(|fault| !fault.message.contains(SECRET)), "{faults:?}");
            let Some(subject) = read.filter(|_| faults.is_empty()) else { continue };
            assert_eq!(Subject::from_parts(subject.kind(), subject.value()).as_ref(), Some(&subject));
            assert!(subject.search(country).finds(subject.value()), "whoever is meant is found: {}", subject.value());
            // In whatever the person's own text stands.
            let within = json!({ "a": [text, 1] }).to_string();
            let own = country != "??" || subject.kind() == "email" || text.contains('+');
            assert!(!own || subject.search(country).finds(&within), "{} is not found in {within}", subject.value());
        }
    });
}
