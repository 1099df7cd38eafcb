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
    /// What need not be read of the automations of some sources.
    pub fn known(&self, sources: &[&str]) -> Vec<Version> {
        let plans = self.0.borrow();
        let of_sources = plans.values().filter(|known| sources.contains(&known.source.as_str()));
        of_sources.map(|known| known.version.clone()).collect()
    }

    /// Whether an automation of some sources, as it is known, may call another system.
    pub fn call_out(&self, sources: &[&str]) -> bool {
        let calls = |plan: &Plan| {
            let mut actions = plan.steps.iter().filter_map(|step| action::find(&step.action));
            actions.any(|action| action.connection.is_some())
        };
        self.0.borrow().values().any(|known| sources.contains(&known.source.as_str()) && calls(&known.plan))
    }

    /// What an automation does: as it was read with it, or as it is known.
    ///
    /// # Errors
    /// The words for the log when it cannot be read.
    pub fn plan(&self, automation: &Listener) -> Result<Rc<Plan>, String> {
        let mut plans = self.0.borrow_mut();
        let Some(text) = &automation.plan else {
            let known = plans.get(&automation.id).filter(|known| known.version == automation.version());
            return known.map(|known| Rc::clone(&known.plan)).ok_or_else(|| "its revision is missing".to_owned());
        };
        let plan = Rc::new(Plan::from_stored(text)?);
        if plans.len() >= MAX_PLANS {
            plans.clear();
        }
        let (source, version) = (automation.source_id.clone(), automation.version());
        plans.insert(automation.id.clone(), Known { source, version, plan: Rc::clone(&plan) });
        Ok(plan)
    }
}
