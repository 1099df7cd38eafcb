//! What a field is about, guessed from its key and its value together.
//!
//! Some values speak for themselves under any key (an e-mail address, a date, `89,90 €`). For all others the key
//! proposes and the value may refuse: a `telefono` of `ORD-12345` means nothing. A guess only helps to pick; nothing
//! is validated or changed by it, and the operator may overrule it.

use serde_json::Value;

use super::words::{self, Words};
use super::{Meaning, shape};

/// **Limit:** bytes of a value that is looked at. What is longer is prose, or a URL that no field picker needs.
const MAX_LOOK: usize = 2_048;

/// The meaning of a value at a path, when both agree on one.
pub fn guess(path: &str, value: &Value) -> Option<Meaning> {
    match value {
        Value::String(text) if text.len() <= MAX_LOOK => of_text(path, text.trim()),
        Value::Number(number) => of_number(&Words::of(path), &number.to_string()),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn of_text(path: &str, text: &str) -> Option<Meaning> {
    if text.is_empty() {
        return None;
    }
    if let Some(certain) = shape::certain(text) {
        return Some(certain);
    }
    let words = Words::of(path);
    let amount = shape::amount(text);
    // In this order: what is more telling comes first, and the first word that fits decides.
    if amount == Some(true) {
        Some(Meaning::Money)
    } else if words.say(words::COUNTRY) {
        is_country(text).then_some(Meaning::Country)
    } else if is_phone_key(&words) {
        shape::is_phone(text).then_some(Meaning::Phone)
    } else if identifies(&words, text) {
        Some(Meaning::Id)
    } else if shape::is_international(text) {
        Some(Meaning::Phone)
    } else if is_money_key(&words) {
        amount.map(|_| Meaning::Money)
    } else if words.say(words::DATE) && shape::is_short_day(text) {
        Some(Meaning::Date)
    } else if words.say(words::URL) {
        shape::is_domain(text.split('/').next().unwrap_or_default()).then_some(Meaning::Url)
    } else {
        (is_name_key(&words) && is_name(text)).then_some(Meaning::Name)
    }
}

fn of_number(words: &Words, number: &str) -> Option<Meaning> {
    let whole = number.bytes().all(|byte| byte.is_ascii_digit());
    if is_phone_key(words) {
        (whole && shape::is_phone(number)).then_some(Meaning::Phone)
    } else if whole && identifies(words, number) {
        Some(Meaning::Id)
    } else if is_money_key(words) {
        Some(Meaning::Money)
    } else if words.say(words::MOMENT) && whole && matches!(number.len(), 10 | 13) {
        Some(Meaning::Datetime)
    } else {
        None
    }
}

/// `phone_number_id` is an id of Meta's; `wa_id` is, in spite of its name, a number.
fn is_phone_key(words: &Words) -> bool {
    words.say_pair("wa", "id") || (words.say(words::PHONE) && !words.end_with("id"))
}

fn is_money_key(words: &Words) -> bool {
    words.say(words::MONEY) && !words.say(words::COUNTED)
}

fn identifies(words: &Words, text: &str) -> bool {
    let one_word = !text.contains(char::is_whitespace) && text.len() <= 128 && text.contains(char::is_alphanumeric);
    let has_digit = text.contains(|c: char| c.is_ascii_digit());
    let named = words.say(words::ID) && !words.say(words::NO_ID);
    let numbered = words.say(words::NUMBERED) || (words.say(words::NUMBER) && words.directly_in(words::NUMBERED));
    one_word && (named || words.say_pair("partita", "iva") || (numbered && has_digit))
}

fn is_name_key(words: &Words) -> bool {
    let person = words.say(words::NAME) || words.say_pair("ragione", "sociale");
    // A thing above takes the name away, unless it is of the sort that stands around people.
    let things_around =
        words.around(words::THING) && !words.directly_in(words::AROUND_A_PERSON) && !words.directly_in(words::NAME);
    person && !words.say(words::THING) && !things_around && !words.directly_in(&["form", "modulo", "event", "evento"])
}

/// Words with letters; no address, no path, no slug, no file.
fn is_name(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let is_file = text.rsplit_once('.').is_some_and(|(_, end)| {
        (2..=4).contains(&end.len()) && end.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    });
    letters > digits
        && !is_file
        && text.chars().count() <= 100
        && text.split_whitespace().count() <= 8
        && !text.contains(['@', '/', '\\', '=', '_', '<', '>', '{', '}', '[', ']', '#', '?', '!', ':', ';', '\n'])
}

fn is_country(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    (2..=60).contains(&letters)
        && text.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '.' | '\'' | '’' | '(' | ')' | ','))
}

#[cfg(test)]
mod tests {
    use super::Meaning::{Country, Date, Datetime, Email, Id, Money, Name, Phone, Url};
    use super::*;

    fn text(path: &str, text: &str) -> Option<Meaning> {
        guess(path, &Value::from(text))
    }

    #[test]
    fn keys_and_values_agree_on_a_meaning() {
        for (path, value, meaning) in [
            ("nome", "Mario Rossi", Name),
            ("Nome e cognome", "Mario D'Amico", Name),
            ("nome_cliente", "Mario", Name),
            ("ragione sociale", "Studio Bianchi & C. S.r.l.", Name),
            ("cliente.nome", "Mario", Name),
            ("billing.first_name", "Mario", Name),
            ("user.name", "Mario", Name),
            ("fields.name.value", "Mario Rossi", Name),
            ("telefono", "+39 333 1234567", Phone),
            ("Cellulare", "333 1234567", Phone),
            ("tel", "02/1234567", Phone),
            ("your-tel", "3331234567", Phone),
            ("numero_whatsapp", "0039 333 1234567", Phone),
            ("contacts[].wa_id", "393331234567", Phone),
            ("From", "+393331234567", Phone),
            ("e-mail", "mario@example.com", Email),
            ("pec", "ditta@pec.example.it", Email),
            ("indirizzo email", "m.rossi@example.com", Email),
            ("nota", "mario@example.com", Email),
            ("importo", "89.90", Money),
            ("importo", "89,90 €", Money),
            ("Totale", "1.234,50", Money),
            ("qualcosa", "€ 20", Money),
            ("data_prenotazione", "2025-12-15", Date),
            ("data_nascita", "01/02/1980", Date),
            ("data", "15/12/25", Date),
            ("scelta", "2025-12-15", Date),
            ("created_at", "2025-12-15T10:00:00Z", Datetime),
            ("ora", "15/12/2025 20:30", Datetime),
            ("sito", "example.it", Url),
            ("link", "https://example.it/x?y=z", Url),
            ("paese", "Italia", Country),
            ("billing.country", "IT", Country),
            ("country_code", "IT", Country),
            ("numero_ordine", "ORD-12345", Id),
            ("numero_ordine", "12345678", Id),
            ("ordine.numero", "12345678", Id),
            ("codice", "AB12", Id),
            ("id", "7f3c", Id),
            ("phone_number_id", "106540352242922", Id),
            ("Partita IVA", "01234567890", Id),
            ("x", "6f1b1c9e-53a5-4a4d-9a5e-0f7d9a6a2a10", Id),
        ] {
            assert_eq!(text(path, value), Some(meaning), "{path} = {value}");
        }
    }

    #[test]
    fn where_key_or_value_refuse_there_is_no_meaning() {
        for (path, value) in [
            ("citta", "Milano"),
            ("telefono", "ORD-12345"),
            ("telefono", "non ho telefono"),
            ("telefono", "12"),
            ("importo", "da definire"),
            ("totale_ospiti", "4"),
            ("nome_prodotto", "Scarpe rosse"),
            ("prodotti[].nome", "Scarpe"),
            ("line_items[].name", "Scarpe"),
            ("form.name", "Contatti"),
            ("cv.name", "curriculum.pdf"),
            ("cv.name", "il mio curriculum.pdf"),
            ("nome", "12345"),
            ("cap", "20100"),
            ("codice_postale", "20100"),
            ("ora", "20:30"),
            ("paese", "12"),
            ("sito", "non ne ho"),
            ("messaggio", "Vorrei un preventivo"),
            ("email", ""),
            ("email", "non ce l'ho"),
        ] {
            assert_eq!(text(path, value), None, "{path} = {value}");
        }
    }

    #[test]
    fn numbers_mean_what_their_key_says() {
        let number = |path: &str, number: &str| guess(path, &serde_json::from_str(number).unwrap());
        assert_eq!(number("telefono", "3331234567"), Some(Phone));
        assert_eq!(number("telefono", "12.5"), None);
        assert_eq!(number("totale", "89.90"), Some(Money));
        assert_eq!(number("order_id", "123456789012345678901"), Some(Id));
        assert_eq!(number("created_at", "1764000000"), Some(Datetime));
        assert_eq!(number("eta", "42"), None);
        assert_eq!(number("quantita", "2"), None);
    }
}
