//! The plans that this isolate knows, each by its revision, which never changes.
//!
//! Which revision is the newest is not remembered: D1 says it with every batch, and leaves out only the plans that are
//! still those that are known here.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::domain::action;
use crate::domain::automation::Plan;
use crate::domain::ids::{AutomationId, SourceId};
use crate::store::automations::{Listener, Version};

/// **Limit:** plans that one isolate remembers; beyond it everything is forgotten, which costs one more reading each.
const MAX_PLANS: usize = 200;

/// The plans.
#[derive(Default)]
pub struct Plans(RefCell<HashMap<AutomationId, Known>>);

/// What is known of one automation: the source to which it listened, and what it does.
struct Known {
    source: SourceId,
    version: Version,
    plan: Rc<Plan>,
}

impl Plans {
    /// What is known of the automations of some sources, and need not be read. It is in hand while the others are read:
    /// what is remembered may change meanwhile.
    pub fn known(&self, sources: &[&str]) -> Vec<(Version, Rc<Plan>)> {
        let plans = self.0.borrow();
        let of_sources = plans.values().filter(|known| sources.contains(&known.source.as_str()));
        of_sources.map(|known| (known.version.clone(), Rc::clone(&known.plan))).collect()
    }

    /// Whether an automation of some sources, as it is known, may call another system.
    pub fn call_out(&self, sources: &[&str]) -> bool {
        let calls = |plan: &Plan| {
            let mut actions = plan.steps.iter().filter_map(|step| action::find(&step.action));
            actions.any(|action| action.connection.is_some())
        };
        self.0.borrow().values().any(|known| sources.contains(&known.source.as_str()) && calls(&known.plan))
    }

    /// What an automation does: as it was read with it, or as it was known before.
    ///
    /// # Errors
    /// The words for the log when it cannot be read.
    pub fn plan(&self, automation: &Listener, known: &[(Version, Rc<Plan>)]) -> Result<Rc<Plan>, String> {
        let Some(text) = &automation.plan else {
            let known = known.iter().find(|(version, _)| *version == automation.version());
            return known.map(|(_, plan)| Rc::clone(plan)).ok_or_else(|| "its revision is missing".to_owned());
        };
        let plan = Rc::new(Plan::from_stored(text)?);
        let mut plans = self.0.borrow_mut();
        if plans.len() >= MAX_PLANS {
            plans.clear();
        }
        let (source, version) = (automation.source_id.clone(), automation.version());
        plans.insert(automation.id.clone(), Known { source, version, plan: Rc::clone(&plan) });
        Ok(plan)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::EventId;
    use crate::domain::time::Timestamp;

    fn at() -> Timestamp {
        Timestamp::from_millis(1)
    }

    fn listener(n: i64, revision: u32, plan: Option<&str>) -> Listener {
        Listener {
            id: AutomationId::new(Timestamp::from_millis(n), 1),
            source_id: SourceId::new(at(), 1),
            since: EventId::floor(at()),
            enabled: true,
            revision,
            updated_at: at(),
            plan: plan.map(str::to_owned),
        }
    }

    const PLAN: &str = r#"{"steps":[{"id":"s","action":"http_request","params":{}}]}"#;

    #[test]
    fn what_was_known_stays_in_hand_whatever_is_forgotten_meanwhile() {
        let plans = Plans::default();
        let first = listener(0, 1, Some(PLAN));
        let source = first.source_id.clone();
        assert!(plans.plan(&first, &[]).is_ok());
        let known = plans.known(&[source.as_str()]);
        assert!(plans.call_out(&[source.as_str()]) && !plans.call_out(&["src_other"]));
        for n in 0..205 {
            assert!(plans.plan(&listener(n, 2, Some(PLAN)), &[]).is_ok());
        }
        assert_eq!((MAX_PLANS, plans.0.borrow().len()), (200, 5));
        assert!(plans.plan(&listener(0, 1, None), &known).is_ok());
        assert!(plans.plan(&listener(0, 2, None), &known).is_err());
        assert!(plans.plan(&listener(9, 1, None), &known).is_err());
    }
}
