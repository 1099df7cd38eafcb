//! The words of a key, and the lists of words that say what a key is about, Italian and English.
//!
//! Adding a word, or a language, is adding to a list. A list holds words without accents, in lower case: slices
//! rather than one text, because a key is looked up in a dozen of them for every field of every event.

use super::path;

macro_rules! words {
    ($($word:ident)*) => { &[$(stringify!($word)),*] };
}

/// The words of a path: of its last key that says anything, and of the keys around it.
pub(super) struct Words {
    own: Vec<String>,
    around: Vec<String>,
}

/// Keys under which form tools put the value of a field whose name stands above: `fields.email.value`.
const WRAPPERS: &[&str] = words! {
    value valore raw_value rawvalue text answer
};

pub(super) const PHONE: &[&str] = words! {
    telefono telefonico tel cellulare cell cel cellphone phone phones phonenumber telephone mobile mobilephone
    whatsapp wa smartphone msisdn recapito
};

pub(super) const MONEY: &[&str] = words! {
    importo totale prezzo price amount total subtotal subtotale costo cost tariffa saldo imponibile budget acconto
    caparra rata compenso donazione fatturato fee sconto discount tax tasse revenue salary stipendio balance
};

/// What is counted and not paid: `totale_ospiti`, `total_items`, `sconto_percentuale`.
pub(super) const COUNTED: &[&str] = words! {
    numero number count conteggio qty quantity quantita percent percentage percentuale ospiti persone pezzi prodotti
    articoli items ordini orders guests people punti points ore giorni notti hours days nights pages weight peso
    code codice id
};

pub(super) const ID: &[&str] = words! {
    id uuid guid codice cod code sku ref riferimento reference matricola iban protocollo isbn ean asin vat piva cf
    tracking token
};

/// Things that have a number: it identifies them when the value holds a digit (`ordine`, `numero_pratica`).
pub(super) const NUMBERED: &[&str] = words! {
    ordine order fattura invoice pratica ticket prenotazione booking spedizione shipment ricevuta receipt polizza
    contratto contract tessera cliente customer caso case transaction transazione documento
};

pub(super) const NUMBER: &[&str] = words! {
    numero number num nr n no nro
};

/// Codes that identify nothing.
pub(super) const NO_ID: &[&str] = words! {
    postale postal zip postcode lingua language lang locale currency valuta status stato response error errore
    prefix prefisso color colour colore
};

pub(super) const DATE: &[&str] = words! {
    data date giorno day nascita birthday birthdate compleanno dob scadenza checkin checkout arrivo partenza
};

/// Keys whose number is a moment in seconds or milliseconds since 1970.
pub(super) const MOMENT: &[&str] = words! {
    at timestamp ts epoch created updated datetime time date data
};

pub(super) const URL: &[&str] = words! {
    sito sitoweb url website web link homepage site href uri
};

pub(super) const COUNTRY: &[&str] = words! {
    paese nazione country nation countrycode
};

pub(super) const NAME: &[&str] = words! {
    nome cognome nominativo name surname firstname lastname fullname denominazione intestatario referente cliente
    customer paziente destinatario recipient
};

/// Things that have a name which is nobody's: `nome_prodotto`, `form.name`, `line_items[].name`.
pub(super) const THING: &[&str] = words! {
    prodotto prodotti product products item items articolo articoli line lines file files form modulo event evento
    eventi campaign campagna page pagina field campo city citta comune provincia regione state via strada hotel
    ristorante corso servizio servizi service plan piano project progetto list lista tag tags group gruppo brand
    marca model modello category categoria store negozio shop template source fonte host domain dominio device
    browser app plugin bot department reparto color colore taglia variant method metodo carrier corriere status
    stato attachment allegato image immagine column table tabella repository repo workflow display type tipo user
    utente nick pipeline stage fase note notes email mail tax discount shipping spedizione attributes options meta
    properties trigger action
};

/// Things that stand around a person's name without taking it away: `user.name`, `form.fields.name`, `event.customer.name`.
pub(super) const AROUND_A_PERSON: &[&str] = words! {
    user utente form modulo event evento email mail meta properties attributes trigger action state line note notes
    shipping spedizione service status stage display type list lista
};

impl Words {
    pub(super) fn of(path: &str) -> Self {
        let mut keys = path::split(path);
        let mut own = keys.pop().unwrap_or_default();
        if has(WRAPPERS, &own.to_ascii_lowercase())
            && let Some(named) = keys.pop()
        {
            own = named;
        }
        Self { own: words(&own), around: keys.iter().flat_map(|key| words(key)).collect() }
    }

    /// Whether the key has one of these words.
    pub(super) fn say(&self, list: &[&str]) -> bool {
        self.own.iter().any(|word| has(list, word))
    }

    /// Whether a key around it has one of these words.
    pub(super) fn around(&self, list: &[&str]) -> bool {
        self.around.iter().any(|word| has(list, word))
    }

    /// Whether the nearest key around it has one of these words as its last.
    pub(super) fn directly_in(&self, list: &[&str]) -> bool {
        self.around.last().is_some_and(|word| has(list, word))
    }

    /// Whether the key has both words next to each other, in this order.
    pub(super) fn say_pair(&self, first: &str, second: &str) -> bool {
        self.own.windows(2).any(|pair| pair == [first, second])
    }

    /// Whether the key's last word is this.
    pub(super) fn end_with(&self, word: &str) -> bool {
        self.own.last().is_some_and(|own| own == word)
    }
}

fn has(list: &[&str], word: &str) -> bool {
    list.contains(&word)
}

/// `NumeroOrdine`, `numero_ordine`, `Numero d'ordine` as their words, without accents. Digits end a word.
fn words(key: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut was_lower = false;
    for c in key.chars() {
        let starts_anew = !c.is_alphabetic() || (c.is_uppercase() && was_lower);
        if starts_anew && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphabetic() {
            word.extend(c.to_lowercase().map(without_accent));
        }
        was_lower = c.is_lowercase();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

const fn without_accent(c: char) -> char {
    match c {
        'à' | 'á' | 'â' | 'ä' => 'a',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ò' | 'ó' | 'ô' | 'ö' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_cut_into_words_however_it_is_written() {
        assert_eq!(words("NumeroOrdine"), ["numero", "ordine"]);
        assert_eq!(words("numero-d'ordine 2"), ["numero", "d", "ordine"]);
        assert_eq!(words("Città"), ["citta"]);
        assert_eq!(words("customerID"), ["customer", "id"]);
        assert!(words("42").is_empty());
    }

    #[test]
    fn a_wrapper_speaks_with_the_key_above() {
        assert!(Words::of("fields.telefono.value").say(PHONE));
        assert!(Words::of("value").say(&["value"]));
    }
}
