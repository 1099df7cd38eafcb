//! `filter`: goes on only when a condition holds.
//!
//! It calls nothing; what `skipped` means for the run is the machine's business.

use crate::domain::condition::Condition;

use super::param::{Param, ParamKind, Text};
use super::registry::{Action, no_more};
use super::render::Preparation;
use super::{Failure, Intent};

pub(super) const ACTION: Action = Action {
    name: "filter",
    title: Text { it: "Continua solo se", en: "Go on only if" },
    about: Text {
        it: "Se la condizione non è vera, l'automazione si ferma qui senza errori.",
        en: "When the condition is not true the run ends here, without an error.",
    },
    connection: None,
    params: &[Param {
        name: "condition",
        kind: ParamKind::Condition,
        required: true,
        title: Text { it: "Condizione", en: "Condition" },
        about: Text { it: "Che cosa dev'essere vero per proseguire.", en: "What must be true to go on." },
        example: "",
    }],
    alternatives: &[],
    check: no_more,
    prepare,
};

fn prepare(step: &mut Preparation<'_>) -> Result<Intent, Failure> {
    let Some(raw) = step.raw("condition") else {
        return Err(Failure::refused("required", "`condition` is not filled in"));
    };
    step.show("condition", raw.clone());
    let condition = Condition::parse(raw).map_err(|faults| {
        let first = faults.into_iter().next().map(|fault| fault.message).unwrap_or_default();
        Failure::refused("invalid_condition", format!("`condition` cannot be read: {first}"))
    })?;
    let scope = step.scope;
    Ok(Intent::Filter { pass: condition.holds(&|field| scope.lookup(field)) })
}
