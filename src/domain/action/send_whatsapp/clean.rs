//! Cleaning what goes into a template's parameter, as Meta demands.
//!
//! Free text is left alone: only parameters may not hold line breaks, tabs or runs of spaces ("Param text cannot have
//! new-line/tab characters or more than 4 consecutive spaces", Meta's answer 132018). It cuts nothing: what is too
//! long is refused by the caller.

/// What was changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Cleaned {
    /// Line breaks and tabs that became a space.
    pub breaks: usize,
    /// Runs of five spaces or more that became one space.
    pub runs: usize,
    /// Characters without width or that turn the direction, and control characters, taken away.
    pub invisible: usize,
}

/// Cleans a parameter: the text as it will be sent, and what was changed. Blanks around it go without a word.
///
/// A run of blanks with a line break or a tab in it becomes one space, and so does one of five spaces or more.
pub(super) fn clean(text: &str) -> (String, Cleaned) {
    let mut cleaned = Cleaned::default();
    let mut out = String::with_capacity(text.len());
    let (mut spaces, mut breaks) = (0usize, 0usize);
    let mut previous = ' ';
    for character in text.trim().chars() {
        if matches!(character, '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}') {
            // A Windows line end is one break.
            breaks += usize::from(!(character == '\n' && previous == '\r'));
        } else if is_invisible(character) {
            cleaned.invisible += 1;
        } else if character.is_whitespace() {
            spaces += 1;
        } else {
            match (breaks, spaces) {
                (0, 0..=4) => out.extend(std::iter::repeat_n(' ', spaces)),
                (0, _) => {
                    cleaned.runs += 1;
                    out.push(' ');
                }
                _ => out.push(' '),
            }
            cleaned.breaks += breaks;
            (spaces, breaks) = (0, 0);
            out.push(character);
        }
        previous = character;
    }
    (out.trim_start().to_owned(), cleaned)
}

/// Whether a character shows nothing: zero-width (but not the joiner, of which family emoji are made), marks that turn
/// the direction of writing, control characters.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}'
        | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || character.is_control()
}

impl Cleaned {
    /// The note for the step's input; `None` when nothing was changed.
    pub(super) fn note(self, place: &str) -> Option<String> {
        let count = |n: usize, one: &str, many: &str| match n {
            0 => None,
            1 => Some(format!("1 {one}")),
            n => Some(format!("{n} {many}")),
        };
        let parts: Vec<String> = [
            count(
                self.breaks,
                "line break or tab was replaced by a space",
                "line breaks or tabs were replaced by spaces",
            ),
            count(self.runs, "run of spaces was shortened", "runs of spaces were shortened"),
            count(self.invisible, "invisible character was removed", "invisible characters were removed"),
        ]
        .into_iter()
        .flatten()
        .collect();
        (!parts.is_empty()).then(|| format!("{place}: {}, because WhatsApp refuses it in a template", parts.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_breaks_tabs_and_runs_of_spaces_become_one_space() {
        let (text, cleaned) = clean(" a\r\nb\tc\n\n d     e    f\u{2028}g ");
        assert_eq!(text, "a b c d e    f g");
        assert_eq!(cleaned, Cleaned { breaks: 5, runs: 1, invisible: 0 });
        assert!(!text.contains("     "));
    }

    #[test]
    fn characters_that_nobody_sees_are_removed() {
        let (text, cleaned) = clean("\u{feff}Ma\u{200b}ria\u{202e} \u{0}R\u{200d}ossi");
        assert_eq!(text, "Maria R\u{200d}ossi");
        assert_eq!(cleaned.invisible, 4);
    }

    #[test]
    fn what_is_clean_stays_and_gives_no_note() {
        for text in ["Ciao Niccolò", "a  b", "👨‍👩‍👧"] {
            let (out, cleaned) = clean(text);
            assert_eq!(out, text);
            assert_eq!(cleaned.note("body[1]"), None);
        }
    }

    #[test]
    fn the_note_says_where_and_what() {
        let note = clean("a\nb\nc").1.note("body[1]");
        assert_eq!(
            note.as_deref(),
            Some("body[1]: 2 line breaks or tabs were replaced by spaces, because WhatsApp refuses it in a template")
        );
    }
}
