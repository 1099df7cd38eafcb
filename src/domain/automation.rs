//! Automations: what an operator wants to happen, kept in immutable revisions.
//!
//! It checks a plan and says what is doubtful about it; it runs nothing. Warnings never keep a plan from being saved.
//!
//! **Length:** a plan, how it is read and what is said about it stand together, because each follows the others.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::action::{self, Action, Object};
use super::condition::Condition;
use super::connection::Kind;
use super::field::Policies;
use super::ids::{ConnectionId, SourceId};
use super::input::Reader;
use super::problem::Fault;
use super::run::{Step, StepStatus};
use super::template;

/// **Limit:** steps of one automation. A run's ledger is one row, and one row should stay small.
pub const MAX_STEPS: usize = 50;

/// **Limit:** characters of a name.
pub const MAX_NAME: usize = 120;

/// What happens when a step fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// The run ends as `failed`.
    #[default]
    Stop,
    /// The next step follows, and the run says `with_errors`.
    Continue,
}

/// One step of a plan.
#[derive(Clone, PartialEq, Debug)]
pub struct PlannedStep {
    /// Unique in the plan: what `steps.<id>` in a template means.
    pub id: String,
    /// The name of its action in the registry.
    pub action: String,
    /// The action's parameters, templates unrendered.
    pub params: Object,
    /// The step is skipped when this is false.
    pub when: Option<Condition>,
    /// What happens when it fails.
    pub on_error: OnError,
    /// A step that is switched off is skipped.
    pub enabled: bool,
}

/// What an automation does: the content of a revision.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Plan {
    /// A run is `skipped` when this is false.
    pub condition: Option<Condition>,
    /// In order.
    pub steps: Vec<PlannedStep>,
}

/// An automation as it was sent, not yet saved.
#[derive(Clone, PartialEq, Debug)]
pub struct Draft {
    /// Its name.
    pub name: String,
    /// The source to listen to; `None` makes a new one.
    pub source_id: Option<SourceId>,
    /// Whether it runs.
    pub enabled: Option<bool>,
    /// What it does.
    pub plan: Plan,
}

impl Draft {
    /// Reads what was sent.
    ///
    /// # Errors
    /// Every fault, by path.
    pub fn parse(value: &Value) -> Result<Self, Vec<Fault>> {
        let mut reader = Reader::new(value).map_err(|fault| vec![fault])?;
        let name = reader.required_text("name", MAX_NAME);
        let source_id = reader.text("source_id", 64);
        let source_id = source_id.and_then(|text| {
            let id = SourceId::parse(&text);
            if id.is_none() {
                reader.fault("source_id", "invalid", "is not the id of a source; those begin with `src_`");
            }
            id
        });
        let enabled = reader.boolean("enabled");
        let plan = Plan::read(&mut reader);
        let faults = reader.finish();
        match (name, faults.is_empty()) {
            (Some(name), true) => Ok(Self { name, source_id, enabled, plan }),
            _ => Err(faults),
        }
    }
}

fn optional_condition<'a>(reader: &mut Reader<'a>, key: &'a str) -> Option<Condition> {
    let value = reader.value(key).filter(|value| !value.is_null())?;
    match Condition::parse(value) {
        Ok(condition) => Some(condition),
        Err(faults) => {
            reader.faults_under(key, faults);
            None
        }
    }
}

fn read_steps(reader: &mut Reader<'_>) -> Vec<PlannedStep> {
    let Some(list) = reader.list("steps") else {
        if reader.value("steps").is_none_or(Value::is_null) {
            reader.fault("steps", "required", "is required; `[]` for none yet");
        }
        return Vec::new();
    };
    if list.len() > MAX_STEPS {
        reader.fault("steps", "too_many", format!("has {} steps; at most {MAX_STEPS} are possible", list.len()));
        return Vec::new();
    }
    let mut steps: Vec<PlannedStep> = Vec::with_capacity(list.len());
    // As they were sent: a step with another fault has an id all the same.
    let mut ids: Vec<String> = Vec::with_capacity(list.len());
    for (index, value) in list.iter().enumerate() {
        let at = format!("steps[{index}]");
        let id = id_of(value, index);
        if ids.contains(&id) {
            reader.fault(&format!("{at}.id"), "duplicate", format!("`{id}` is the id of another step too"));
        }
        ids.push(id);
        match read_step(value, index) {
            Ok(step) => steps.push(step),
            Err(faults) => reader.faults_under(&at, faults),
        }
    }
    steps
}

/// The id of a step: its own, or the one that it gets.
fn id_of(value: &Value, index: usize) -> String {
    value.get("id").and_then(Value::as_str).map_or_else(|| format!("s{}", index + 1), str::to_owned)
}

fn read_step(value: &Value, index: usize) -> Result<PlannedStep, Vec<Fault>> {
    let mut reader = Reader::new(value).map_err(|fault| vec![fault])?;
    let id = reader.text("id", 40).unwrap_or_else(|| format!("s{}", index + 1));
    if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        reader.fault("id", "invalid", "may hold letters, digits and `_` only, because templates name it");
    }
    let name = reader.required_text("action", 40).unwrap_or_default();
    let empty = Map::new();
    let params = reader.object("params").unwrap_or(&empty);
    match action::find(&name) {
        Some(action) => reader.faults_under("params", action::check(action, params)),
        None if name.is_empty() => {}
        None => {
            let known: Vec<&str> = action::registry().iter().map(|action| action.name).collect();
            let hint = template::nearest(&name, known.iter().copied());
            let message = match hint {
                Some(near) => format!("there is no action `{name}`; did you mean `{near}`?"),
                None => format!("there is no action `{name}`; there are `{}`", known.join("`, `")),
            };
            reader.fault("action", "unknown_action", message);
        }
    }
    let when = optional_condition(&mut reader, "when");
    let on_error = match reader.text("on_error", 20).as_deref() {
        None | Some("stop") => OnError::Stop,
        Some("continue") => OnError::Continue,
        Some(_) => {
            reader.fault("on_error", "invalid", "must be `stop` or `continue`");
            OnError::Stop
        }
    };
    let enabled = reader.boolean("enabled").unwrap_or(true);
    let params = params.clone();
    let faults = reader.finish();
    if faults.is_empty() { Ok(PlannedStep { id, action: name, params, when, on_error, enabled }) } else { Err(faults) }
}

/// A connection that a step names.
pub struct NamedConnection {
    step: usize,
    action: &'static Action,
    kind: Kind,
    /// Its id.
    pub id: ConnectionId,
}

/// The connections that the steps of a plan name, as it was sent: also of one with faults, so that all of them can be
/// told together.
pub fn named_connections(value: &Value) -> Vec<NamedConnection> {
    let steps = value.get("steps").and_then(Value::as_array).into_iter().flatten().take(MAX_STEPS);
    let named = steps.enumerate().filter_map(|(step, value)| {
        let action = action::find(value.get("action")?.as_str()?)?;
        let id = ConnectionId::parse(value.get("params")?.get("connection")?.as_str()?)?;
        Some(NamedConnection { step, action, kind: action.connection?, id })
    });
    named.collect()
}

impl NamedConnection {
    /// What is wrong with it, when a connection of this id is of this kind, or there is none.
    pub fn fault(&self, found: Option<Kind>) -> Option<Fault> {
        let (id, wanted) = (&self.id, self.kind.as_str());
        let what = match found {
            Some(kind) if kind == self.kind => return None,
            Some(kind) => {
                format!("`{id}` is of the kind `{}`, and `{}` needs `{wanted}`", kind.as_str(), self.action.name)
            }
            None => format!("there is no {wanted} connection `{id}`"),
        };
        let message = format!("{what}; choose another, or leave it out to use the default of its kind");
        Some(Fault::new(format!("steps[{}].params.connection", self.step), "unknown_connection", message))
    }
}

impl PlannedStep {
    /// The step as the API shows it and a revision keeps it.
    pub fn to_json(&self) -> Value {
        let mut json = Map::new();
        json.insert("id".to_owned(), self.id.clone().into());
        json.insert("action".to_owned(), self.action.clone().into());
        json.insert("params".to_owned(), Value::Object(self.params.clone()));
        json.insert("when".to_owned(), self.when.as_ref().map_or(Value::Null, Condition::to_json));
        let on_error = match self.on_error {
            OnError::Stop => "stop",
            OnError::Continue => "continue",
        };
        json.insert("on_error".to_owned(), on_error.into());
        json.insert("enabled".to_owned(), self.enabled.into());
        Value::Object(json)
    }
}

impl Plan {
    /// Reads the keys of a plan that was sent; what is wrong with them is the reader's to tell.
    pub fn read(reader: &mut Reader<'_>) -> Self {
        Self { condition: optional_condition(reader, "condition"), steps: read_steps(reader) }
    }

    /// The plan as a revision keeps it.
    pub fn to_json(&self) -> Value {
        let mut json = Map::new();
        json.insert("condition".to_owned(), self.condition.as_ref().map_or(Value::Null, Condition::to_json));
        json.insert("steps".to_owned(), Value::Array(self.steps.iter().map(PlannedStep::to_json).collect()));
        Value::Object(json)
    }

    /// Reads a plan that a revision kept. A stored plan was checked when it was saved; what a later version no longer
    /// accepts is a fault of ours, so its steps are read without checking their parameters again.
    ///
    /// # Errors
    /// What cannot be read, in words for the log.
    pub fn from_stored(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let condition = stored_condition(value.get("condition"))?;
        let steps = value.get("steps").and_then(Value::as_array).ok_or("a plan has no steps")?;
        let steps = steps.iter().map(stored_step).collect::<Result<_, _>>()?;
        Ok(Self { condition, steps })
    }

    /// The ledger of a run that has not begun.
    pub fn ledger(&self) -> Vec<Step> {
        self.steps.iter().map(|step| Step::pending(&step.id, &step.action)).collect()
    }

    /// Whether a step names this connection.
    pub fn names(&self, connection: &ConnectionId) -> bool {
        let named =
            |step: &PlannedStep| step.params.get("connection").and_then(Value::as_str) == Some(connection.as_str());
        self.steps.iter().any(named)
    }

    /// Everything in the plan that mentions a field or a step's output, in order.
    fn mentions(&self) -> Vec<Mention> {
        let mut mentions = Vec::new();
        let of_condition = |path: &str, before: usize, condition: &Option<Condition>, mentions: &mut Vec<Mention>| {
            for field in condition.iter().flat_map(Condition::fields) {
                mentions.push(Mention { path: path.to_owned(), name: field.to_owned(), before });
            }
        };
        of_condition("condition", 0, &self.condition, &mut mentions);
        for (index, step) in self.steps.iter().enumerate() {
            of_condition(&format!("steps[{index}].when"), index, &step.when, &mut mentions);
            for name in action::find(&step.action).into_iter().flat_map(|action| action::mentions(action, &step.params))
            {
                mentions.push(Mention { path: format!("steps[{index}].params"), name, before: index });
            }
        }
        mentions
    }
}

fn stored_condition(value: Option<&Value>) -> Result<Option<Condition>, String> {
    match value.filter(|value| !value.is_null()) {
        None => Ok(None),
        Some(value) => Condition::parse(value).map(Some).map_err(|_| "a stored condition does not read".to_owned()),
    }
}

fn stored_step(value: &Value) -> Result<PlannedStep, String> {
    let text =
        |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned).ok_or(format!("a step has no {key}"));
    let on_error = if value.get("on_error").and_then(Value::as_str) == Some("continue") {
        OnError::Continue
    } else {
        OnError::Stop
    };
    Ok(PlannedStep {
        id: text("id")?,
        action: text("action")?,
        params: value.get("params").and_then(Value::as_object).cloned().unwrap_or_default(),
        when: stored_condition(value.get("when"))?,
        on_error,
        enabled: value.get("enabled").and_then(Value::as_bool).unwrap_or(true),
    })
}

/// A name in a plan.
struct Mention {
    /// Where: `steps[0].params`.
    path: String,
    /// As the operator wrote it.
    name: String,
    /// How many steps have been done by then.
    before: usize,
}

/// What is doubtful about a plan that was saved all the same.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Warning {
    /// Where: `steps[0].params`.
    pub path: String,
    /// Which doubt: `unknown_field`, `hashed_field`, `unstored_field`, `unknown_step`, `no_steps`.
    pub code: String,
    /// The doubt in words, with what to do.
    pub message: String,
}

/// Reports every field that a plan mentions and its source has never sent, and every step that has not been done where
/// its output is asked for, with the nearest known name.
///
/// `known` are the paths that the source has sent; when it has sent nothing yet, there is nothing to compare with. A field
/// that the source stores hashed or not at all is reported too: a run does not see what was sent.
pub fn warnings(plan: &Plan, known: &[String], policies: &Policies) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if plan.steps.iter().all(|step| !step.enabled) {
        let message = "this automation has no step that does anything; add one".to_owned();
        warnings.push(Warning { path: "steps".to_owned(), code: "no_steps".to_owned(), message });
    }
    for Mention { path, name, before } in plan.mentions() {
        let warning = match system_name(&name) {
            // What was sent wins.
            System::Step(_) if is_known(&name, known) => None,
            System::Step(id) => unknown_step(plan, &path, &id, before),
            System::Other => None,
            System::Payload(name) => hidden_field(&path, name, policies).or_else(|| unknown_field(&path, name, known)),
        };
        if let Some(warning) = warning.filter(|warning| !warnings.contains(warning)) {
            warnings.push(warning);
        }
    }
    warnings
}

enum System<'a> {
    Step(String),
    Other,
    Payload(&'a str),
}

/// Which of the system's own names a mention begins with, if any.
fn system_name(field: &str) -> System<'_> {
    if let Some(id) = template::step_of(field) {
        return System::Step(id);
    }
    if let Some(name) = field.strip_prefix("payload.") {
        return System::Payload(name);
    }
    let own = field.strip_prefix("uncino.").unwrap_or(field);
    let root = own.split(['.', '[']).next().unwrap_or(own);
    if matches!(root, "event" | "source" | "contact" | "steps" | "payload" | "uncino") {
        return System::Other;
    }
    System::Payload(field)
}

/// A step's output is there only for what comes behind it.
fn unknown_step(plan: &Plan, path: &str, id: &str, before: usize) -> Option<Warning> {
    let ids = || plan.steps.iter().map(|step| step.id.as_str());
    let message = match ids().position(|known| known == id) {
        Some(at) if at < before => return None,
        Some(_) => {
            format!("template mentions the step `{id}`, which is not done by then; move what needs it behind that step")
        }
        None => {
            let hint = template::nearest(id, ids().take(before));
            let hint = hint.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            format!("template mentions the step `{id}`, which this automation does not have{hint}")
        }
    };
    Some(Warning { path: path.to_owned(), code: "unknown_step".to_owned(), message })
}

fn hidden_field(path: &str, name: &str, policies: &Policies) -> Option<Warning> {
    let (code, what) = policies.doubt(name, &without_indexes(name))?;
    let message = format!("template mentions `{name}`, which this source {what}");
    Some(Warning { path: path.to_owned(), code: code.to_owned(), message })
}

fn unknown_field(path: &str, name: &str, known: &[String]) -> Option<Warning> {
    if known.is_empty() || is_known(name, known) {
        return None;
    }
    let hint = template::nearest(name, known.iter().map(String::as_str));
    let hint = hint.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    let message = format!("template mentions `{name}`, which this source has never sent{hint}");
    Some(Warning { path: path.to_owned(), code: "unknown_field".to_owned(), message })
}

/// Whether a mention names a known path, one of its ancestors, or an item of it (`prodotti[0].nome`).
fn is_known(name: &str, known: &[String]) -> bool {
    let plain = without_indexes(name);
    known.iter().any(|path| {
        path == name
            || unescaped(path) == name
            || *path == plain
            || path.strip_prefix(plain.as_str()).is_some_and(|rest| rest.starts_with(['.', '[']))
            || plain.strip_prefix(path.as_str()).is_some_and(|rest| rest == "[]")
    })
}

fn unescaped(path: &str) -> String {
    path.replace("\\.", ".")
}

/// `prodotti[0].nome` as the path under which it was learned: `prodotti[].nome`.
fn without_indexes(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    let mut inside = false;
    for c in name.chars() {
        match c {
            '[' => {
                inside = true;
                plain.push_str("[]");
            }
            ']' if inside => inside = false,
            c if !inside => plain.push(c),
            _ => {}
        }
    }
    plain
}

/// Whether a step that ended this way is done, so that a resumed run goes past it.
pub fn is_done(status: StepStatus, on_error: OnError) -> bool {
    match status {
        StepStatus::Succeeded | StepStatus::Skipped => true,
        StepStatus::Failed => on_error == OnError::Continue,
        StepStatus::Pending
        | StepStatus::Running
        | StepStatus::Waiting
        | StepStatus::Cancelled
        | StepStatus::Uncertain => false,
    }
}
