//! `stop`: ends the run here, as succeeded.
//!
//! With a `when` on the step it is the early way out; what comes after it is skipped by the machine. It stops this
//! run only: other automations of the same event, and what is already done, stay as they are.

use super::param::{Param, ParamKind, Text};
use super::registry::{Action, no_more};
use super::render::Preparation;
use super::{Failure, Intent};

pub(super) const ACTION: Action = Action {
    name: "stop",
    title: Text { it: "Ferma qui", en: "Stop here" },
    about: Text {
        it: "Termina l'automazione senza eseguire i passi che seguono.",
        en: "Ends the run; the steps that follow are not done.",
    },
    connection: None,
    params: &[Param {
        name: "reason",
        kind: ParamKind::Template,
        required: false,
        title: Text { it: "Motivo", en: "Reason" },
        about: Text {
            it: "Lo ritrovi tra le esecuzioni: aiuta a capire perché si è fermata.",
            en: "Shown in the run's history, so that one knows why it stopped.",
        },
        example: "ordine annullato",
    }],
    alternatives: &[],
    check: no_more,
    prepare,
};

fn prepare(step: &mut Preparation<'_>) -> Result<Intent, Failure> {
    Ok(Intent::Stop { reason: step.line("reason")?.unwrap_or_default() })
}
