//! WhatsApp's error codes, each with its class and a sentence that says what to do.
//!
//! From Meta's "Cloud API error codes" page (vendor copies, see `FIELD.md`). Meta asks to build on `code` and
//! `error_data.details`, never on titles or subcodes. A code that is not listed here falls back to the HTTP status.

use super::super::failure::Class;

/// What a code means.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Meaning {
    /// What may be done next.
    pub class: Class,
    /// In plain words, with what to do.
    pub message: &'static str,
}

const fn refused(message: &'static str) -> Option<Meaning> {
    Some(Meaning { class: Class::Refused, message })
}

const fn blocked(message: &'static str) -> Option<Meaning> {
    Some(Meaning { class: Class::Blocked, message })
}

const fn retry(after_s: u32, message: &'static str) -> Option<Meaning> {
    Some(Meaning { class: Class::Retry { after_s: Some(after_s) }, message })
}

/// What Meta's code means; `None` for one that is not known.
///
/// The codes that permit another attempt are those of which Meta says both that the message was not sent and that
/// trying again helps. Each brings the shortest pause that makes sense: a pair of numbers may exchange one message
/// every 6 seconds, a number's throughput is counted by the second.
pub(super) fn meaning(code: i64) -> Option<Meaning> {
    match code {
        4 | 80007 => retry(60, "the WhatsApp account has made too many calls; nothing was sent"),
        130429 => retry(5, "too many messages a second for this number; nothing was sent"),
        131000 => retry(5, "WhatsApp could not send the message and gave no reason; trying again later helps"),
        131016 => retry(30, "WhatsApp is not available for a moment; nothing was sent"),
        131056 => retry(6, "too many messages to this person in a short time; nothing was sent"),
        131057 => retry(60, "Meta is upgrading this number right now; nothing was sent"),

        0 | 190 => blocked(
            "WhatsApp does not accept the access token, it has expired or was revoked; put a new one into the connection",
        ),
        3 | 10 | 131005 | 200..=299 => blocked(
            "the access token may not send from this number; give it the permission `whatsapp_business_messaging`",
        ),
        368 => blocked("Meta has blocked the account for a breach of policy; see Business Support in Meta's account"),
        131031 => blocked("Meta has locked the account; see Business Support in Meta's account"),
        131042 => blocked("Meta cannot charge the account; check the payment method in WhatsApp Manager"),
        131048 => blocked(
            "Meta limits this number because too many people reported its messages; check its quality in WhatsApp Manager",
        ),
        131037 => blocked("the number has no approved display name yet; complete it in WhatsApp Manager"),
        131045 | 133010 => blocked("the number is not registered with the Cloud API; register it in WhatsApp Manager"),

        33 => refused("this number was not found at Meta; check the connection's `phone_number_id`"),
        100 => refused("WhatsApp could not read the request; the detail says which parameter"),
        130472 => refused("Meta holds this person in an experiment and does not deliver marketing messages to them"),
        130497 => refused("this account may not write to people in this country"),
        131008 => refused("a parameter that the template needs is missing; the detail says which"),
        131009 => refused("WhatsApp does not accept a parameter's value; the detail says which"),
        131021 => refused("the number to write to is the one that sends; use another recipient"),
        131026 => refused(
            "the message cannot be delivered: the number is not on WhatsApp, or its app is too old, or it has not accepted the terms",
        ),
        131030 => {
            refused("the account is a test account and this number is not on its list; add it in Meta's app dashboard")
        }
        131047 => refused(
            "more than 24 hours have passed since this person's last message; send an approved template instead of a text",
        ),
        131049 => refused(
            "Meta does not deliver this marketing message, because the person has received many lately; wait a day before writing again",
        ),
        131050 => refused("this person has chosen to receive no marketing messages from you"),
        131051 => refused("WhatsApp does not know this type of message"),
        131052 | 131053 => {
            refused("WhatsApp could not fetch the header's file; check that its link is public and its type allowed")
        }
        132000 => {
            refused("the number of values does not fit the template; give as many as it has variables, in their order")
        }
        132001 => refused(
            "there is no approved template with this name in this language; check both in WhatsApp Manager (`it` is not `it_IT`)",
        ),
        132005 => {
            refused("with its values the template's text is too long; shorten a value, for example with `| truncate`")
        }
        132007 => refused("a value breaks WhatsApp's rules on content; look at what was filled in"),
        132012 => refused(
            "the values do not have the form that the template expects (text, file, or named); compare with WhatsApp Manager",
        ),
        132015 => refused("Meta has paused the template because of its low quality; edit it in WhatsApp Manager"),
        132016 => refused("Meta has disabled the template for good because of its low quality; make a new one"),
        132018 => refused("a value holds what a template may not hold; look at what was filled in"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_codes_that_say_the_message_was_not_sent_permit_another_attempt() {
        let retried: Vec<i64> = (0..140_000)
            .filter(|code| meaning(*code).is_some_and(|meaning| matches!(meaning.class, Class::Retry { .. })))
            .collect();
        assert_eq!(retried, [4, 80_007, 130_429, 131_000, 131_016, 131_056, 131_057]);
    }

    #[test]
    fn account_problems_are_told_from_problems_of_one_message() {
        for code in [190, 368, 131_031, 131_042] {
            assert_eq!(meaning(code).map(|meaning| meaning.class), Some(Class::Blocked), "{code}");
        }
        for code in [100, 131_008, 131_026, 131_047, 131_049, 131_050, 132_000, 132_001, 132_015, 132_018] {
            assert_eq!(meaning(code).map(|meaning| meaning.class), Some(Class::Refused), "{code}");
        }
    }

    #[test]
    fn an_unknown_code_means_nothing() {
        assert_eq!(meaning(999_999), None);
    }
}
