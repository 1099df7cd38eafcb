//! Worlds that are broken on purpose, one fault each: the simulation must see every one of them.
//!
//! They stand between the application and its ports, so that the faults are those that a change of the application or
//! of a statement could make. Nothing of them is in the worker.

use serde_json::Value;
use uncino::domain::action::{Answer, HttpAnswer, HttpRequest};
use uncino::memory::World;
use uncino::store::{Arg, DatabaseError, Rows, Statement};

use super::laws::Law;
use super::ports::Net;

/// A fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mutant {
    /// Messages of `INTAKE` are answered for before they are worked on.
    AckedUnread,
    /// Events are answered for and not stored.
    StoredNowhere,
    /// Every call is made twice.
    CalledTwice,
    /// No call is made, and each is answered with yes.
    CalledNever,
    /// What gave no clear answer counts as a refusal that may be tried again.
    UnclearIsNo,
    /// What did not answer in time counts as a refusal that may be tried again.
    LateIsNo,
    /// Messages are counted for no window.
    SendsUncounted,
    /// The `Idempotency-Key` is another one each time.
    KeyChanges,
    /// The mark before a call is not stored.
    MarkLost,
    /// The ledger forgets how often a step was begun.
    AttemptsForgotten,
    /// New fields are now and then not written.
    UnionLost,
    /// KV documents are written without their last field.
    DocumentCut,
    /// Delivery ids are not stored.
    DeliveryIdLost,
    /// A run that exists already is made again under another number.
    RunTwice,
    /// Runs whose lease ran out, that are due or were queued, are not found by the sweep.
    DueUnfound,
    /// Events without runs are not found by the sweep.
    LostUnfound,
    /// A run is stored whoever has its lease, and taken whoever works on it.
    LeaseIgnored,
    /// Held runs are forgotten when their automation is enabled.
    HeldForgotten,
    /// A cancelled run goes on.
    CancelForgotten,
    /// Runs of deleted automations are not cancelled.
    OrphansForgotten,
}

impl Mutant {
    /// Every fault, with the laws of which it must break one.
    pub const ALL: [(Self, &[Law]); 20] = [
        (Self::AckedUnread, &[Law::Durable, Law::Kept]),
        (Self::StoredNowhere, &[Law::Durable]),
        (Self::CalledTwice, &[Law::SentOnce]),
        (Self::CalledNever, &[Law::LedgerTrue]),
        (Self::UnclearIsNo, &[Law::SentOnce]),
        (Self::LateIsNo, &[Law::SentOnce]),
        (Self::SendsUncounted, &[Law::Paced]),
        (Self::KeyChanges, &[Law::SameKey]),
        (Self::MarkLost, &[Law::SentOnce, Law::LedgerTrue]),
        (Self::AttemptsForgotten, &[Law::LedgerTrue]),
        (Self::UnionLost, &[Law::Learned]),
        (Self::DocumentCut, &[Law::Published]),
        (Self::DeliveryIdLost, &[Law::NoDuplicate]),
        (Self::RunTwice, &[Law::RunOnce]),
        (Self::DueUnfound, &[Law::Settled]),
        (Self::LostUnfound, &[Law::Ran]),
        (Self::LeaseIgnored, &[Law::SentOnce, Law::LedgerTrue]),
        (Self::HeldForgotten, &[Law::Released]),
        (Self::CancelForgotten, &[Law::Cancelled]),
        (Self::OrphansForgotten, &[Law::Cancelled]),
    ];

    /// What becomes of a batch of statements.
    pub fn batch(self, net: &Net, world: &World, mut statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        let begins = |statement: &Statement, words: &str| statement.sql.trim_start().starts_with(words);
        let saves = |statement: &Statement| {
            begins(
                statement,
                "INSERT INTO runs (event_id, automation_id, number, source_id, revision, status, cause, with_errors",
            ) || begins(statement, "UPDATE runs SET status = ?5")
        };
        match self {
            Self::StoredNowhere => {
                let inserts = statements.iter().filter(|statement| begins(statement, "INSERT INTO events"));
                let count = inserts.count();
                let result = Net::batch_now(world, statements);
                for id in result.iter().flatten().take(count).flatten() {
                    world.db.query(&format!("DELETE FROM events WHERE id = '{id}' RETURNING id"));
                }
                return result;
            }
            Self::MarkLost => {
                let marks = |statement: &Statement| {
                    saves(statement)
                        && statement
                            .args
                            .iter()
                            .any(|arg| matches!(arg, Arg::Text(text) if text.contains(r#""status":"running""#)))
                };
                // Answered for, and not done; what other runs ask for beside it is.
                let mut lost: Vec<Rows> = statements.iter_mut().map(take_marked).collect();
                let marked: Vec<bool> = statements.iter().map(marks).collect();
                let mut kept = marked.iter();
                statements.retain(|_| kept.next().is_some_and(|marked| !marked));
                let mut results = Net::batch_now(world, statements)?.into_iter();
                let answer = |(marked, lost): (_, Rows)| match marked {
                    true => vec!["stored".to_owned()],
                    false => results.next().unwrap_or_default().into_iter().chain(lost).collect(),
                };
                return Ok(marked.into_iter().zip(lost.drain(..)).map(answer).collect());
            }
            Self::AttemptsForgotten => {
                for text in
                    statements.iter_mut().filter(|statement| saves(statement)).flat_map(|statement| &mut statement.args)
                {
                    if let Arg::Text(text) = text {
                        *text = (2..9).fold(text.clone(), |text, n| {
                            text.replace(&format!(r#""attempts":{n}"#), r#""attempts":1"#)
                        });
                    }
                }
            }
            Self::UnionLost => {
                for statement in &mut statements {
                    if begins(statement, "INSERT INTO fields") && net.stage.chance.one_in(2) {
                        statement.args[1] = Arg::Text("[]".to_owned());
                    }
                }
            }
            Self::DeliveryIdLost => {
                for statement in statements.iter_mut().filter(|statement| begins(statement, "INSERT INTO events")) {
                    if let Some(id) = statement.args.get_mut(7) {
                        *id = Arg::Null;
                    }
                }
            }
            Self::RunTwice => {
                for statement in
                    statements.iter_mut().filter(|statement| saves(statement) && begins(statement, "INSERT"))
                {
                    let number = || 1 + i64::try_from(net.stage.chance.below(3)).unwrap();
                    match made_together(statement) {
                        Some(mut runs) => {
                            runs.iter_mut().for_each(|run| run[2] = number().into());
                            statement.args = vec![Arg::Text(Value::from(runs).to_string())];
                        }
                        None => statement.args[2] = Arg::Int(number()),
                    }
                }
            }
            Self::DueUnfound => {
                rewrite(&mut statements, "open IS NOT NULL AND open <= ?1", "open IS NOT NULL AND open < 0 AND ?1")
            }
            Self::LostUnfound => {
                rewrite(&mut statements, "ORDER BY e.id LIMIT ?3", "AND e.id = '' ORDER BY e.id LIMIT ?3")
            }
            Self::LeaseIgnored => {
                rewrite(&mut statements, "AND lease = ?4 RETURNING", "AND ?4 IS NOT NULL RETURNING");
                rewrite(&mut statements, "AND (open <= ?6 OR open = ?7)", "AND (?6 IS NOT NULL OR open = ?7)");
            }
            Self::HeldForgotten => {
                rewrite(&mut statements, "WHERE held IS NOT NULL LIMIT 10", "WHERE held = 'x' LIMIT 10")
            }
            Self::CancelForgotten => {
                for statement in
                    statements.iter_mut().filter(|statement| begins(statement, "UPDATE runs SET status = ?4"))
                {
                    // Answered for, and not done.
                    if matches!(&statement.args[3], Arg::Text(status) if status == "cancelled") {
                        statement.sql = "SELECT 'x' AS row WHERE ?1 <> ?2 AND ?3 <> ?4 AND (?5 OR ?6 OR ?7 OR ?8 OR ?9 OR ?10 OR 1)";
                    }
                }
            }
            Self::OrphansForgotten => {
                rewrite(&mut statements, "WHERE deleted_at IS NOT NULL) LIMIT ?1", "WHERE deleted_at < 0) LIMIT ?1");
                rewrite(&mut statements, "AND deleted_at IS NULL) AND EXISTS", "OR 1) AND EXISTS");
            }
            Self::SendsUncounted => {
                for statement in statements.iter_mut().filter(|statement| begins(statement, "INSERT INTO sends")) {
                    statement.sql = "SELECT 'x' AS row WHERE ?1 IS NULL";
                }
            }
            Self::AckedUnread
            | Self::CalledTwice
            | Self::CalledNever
            | Self::UnclearIsNo
            | Self::LateIsNo
            | Self::KeyChanges
            | Self::DocumentCut => {}
        }
        Net::batch_now(world, statements)
    }

    /// What becomes of a request.
    pub fn request(self, net: &Net, request: &mut HttpRequest) {
        if self == Self::KeyChanges {
            for (name, value) in &mut request.headers {
                if name.eq_ignore_ascii_case("idempotency-key") {
                    *value = format!("{value}/{}", net.stage.chance.draw());
                }
            }
        }
    }

    /// What becomes of an answer.
    pub fn answer(self, answer: Answer) -> Answer {
        let unclear = match &answer {
            Answer::Http(http) => self == Self::UnclearIsNo && http.status >= 500,
            Answer::ConnectionLost => self == Self::UnclearIsNo,
            Answer::Timeout => self == Self::LateIsNo,
            Answer::NotSent { .. } | Answer::Mail(_) | Answer::Contact { .. } => false,
        };
        if unclear { Answer::Http(HttpAnswer { status: 429, ..HttpAnswer::default() }) } else { answer }
    }

    /// What becomes of a KV document.
    pub fn document(self, text: String) -> String {
        if self != Self::DocumentCut {
            return text;
        }
        let mut document: serde_json::Value = serde_json::from_str(&text).unwrap();
        document["fields"].as_array_mut().unwrap().pop();
        document.to_string()
    }
}

/// Puts other words into the statements that hold some. A statement is a constant, so what is put in its place stays for
/// the rest of the test.
/// The runs that one statement makes, when it is the one for many.
fn made_together(statement: &Statement) -> Option<Vec<Value>> {
    match statement.args.as_slice() {
        [Arg::Text(runs)] if statement.sql.starts_with("INSERT INTO runs") => serde_json::from_str(runs).ok(),
        _ => None,
    }
}

/// Takes those that are marked as running out of it, and answers for them.
fn take_marked(statement: &mut Statement) -> Rows {
    let Some(runs) = made_together(statement) else { return Rows::new() };
    let marked = |run: &Value| run[13].as_str().is_some_and(|steps| steps.contains(r#""status":"running""#));
    let (marked, others): (Vec<Value>, Vec<Value>) = runs.into_iter().partition(marked);
    statement.args = vec![Arg::Text(Value::from(others).to_string())];
    let key = |run: &Value| format!("{} {} {}", run[0].as_str().unwrap(), run[1].as_str().unwrap(), run[2]);
    marked.iter().map(key).collect()
}

fn rewrite(statements: &mut [Statement], words: &'static str, others: &'static str) {
    for statement in statements {
        if statement.sql.contains(words) {
            statement.sql = leaked(statement.sql, words, others);
        }
    }
}

fn leaked(sql: &'static str, words: &'static str, others: &'static str) -> &'static str {
    thread_local! {
        static REWRITTEN: std::cell::RefCell<std::collections::HashMap<(&'static str, &'static str), &'static str>> =
            std::cell::RefCell::default();
    }
    REWRITTEN.with_borrow_mut(|known| {
        *known.entry((sql, words)).or_insert_with(|| Box::leak(sql.replace(words, others).into_boxed_str()))
    })
}
