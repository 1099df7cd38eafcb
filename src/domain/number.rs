//! Numbers as people write them, and money as people read it.

/// Reads a number as people write it (`89,90`, `1.234,50 €`, `$1,234.50`); `None` when the text is not one number.
pub fn parse(_text: &str) -> Option<f64> {
    None
}

/// In whose habits a number is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Language {
    It,
    En,
}

/// An amount in a currency (ISO 4217): `1.234,50 €`, `€1,234.50`.
pub fn money(_amount: f64, _currency: &str, _language: Language) -> String {
    String::new()
}
