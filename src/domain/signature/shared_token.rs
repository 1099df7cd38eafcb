//! A shared token in a header: no signature, only something that both sides know.
//!
//! For senders that can set a header and sign nothing. The value is compared whole.

use super::{Delivery, Reader, Scheme, Verification, read_header, same};

/// The scheme.
pub const SHARED_TOKEN: Scheme = Scheme {
    name: "shared_token",
    read: |reader: &mut Reader<'_>, rule: &mut Verification| rule.header = read_header(reader, "header"),
    check_secret: |secret| (secret.len() < 8).then_some("must have at least 8 characters"),
    verify,
    propose: Some(|_, names, _| {
        let of = |name: &String| Verification {
            scheme: SHARED_TOKEN.name.to_owned(),
            header: Some(name.clone()),
            ..Verification::default()
        };
        names.iter().map(of).collect()
    }),
};

fn verify(rule: &Verification, secret: &str, delivery: &Delivery<'_>) -> bool {
    let given = rule.header.as_deref().and_then(|name| (delivery.header)(name));
    given.is_some_and(|given| same(secret.as_bytes(), given.as_bytes()))
}
