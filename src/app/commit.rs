//! Sharing the one durable write: what arrives while the database is busy with a write of this isolate goes into the next
//! one, all in one statement, so that under load the database is asked once for many events.
//!
//! The first that finds nobody at it leads: it takes what waits, writes it, and leaves word of every row. The others look
//! for word of theirs. Who comes alone leads at once and waits for nobody.
//!
//! **Invariant:** requests share data and never signals: no future, promise or waker crosses from one to another. The
//! runtime runs nothing of a request that is gone, and kills who touches what belongs to it; so whoever waits looks with
//! timers of its own, and trusts nobody to wake it. (Waking the others was tried, and failed once clients hung up.)
//!
//! **Invariant:** nobody depends on a leader. One that takes long is joined by a second; one that gives no sign of life is
//! given up, and its rows are written by those who brought them, under the same ids. A row of which nothing certain is known
//! is [`Outcome::Untold`], and written alone: so one bad row harms no other.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet, VecDeque};
use std::pin::pin;

use futures_util::future::{Either, select};

use crate::domain::event::Event;
use crate::domain::ids::SourceId;
use crate::domain::time::Timestamp;
use crate::store::events::{self, Admission, EventKey};
use crate::store::{DatabaseError, Reason, Rows, Statement};

use super::{App, left, order, took_place};

/// Between two looks for word: short at first, because a write takes a few milliseconds.
const FIRST_LOOK_MS: u32 = 3;
const LAST_LOOK_MS: u32 = 8;

/// After so long a second one may lead beside the first.
const LEAD_MS: i64 = 250;

/// A leader gives a sign of life so often.
const SIGN_MS: u32 = 100;

/// A leader without a sign for so long is given up.
const SILENT_MS: i64 = 300;

/// How long word is kept for somebody who does not come for it: longer than anybody waits.
const KEPT_MS: i64 = 5_000;

/// **Limit:** bytes of one row. A longer one is written alone, as a parameter of its own.
const MAX_ROW: usize = 64 * 1024;

/// **Limit:** bytes of the rows of one statement. D1 takes no text above 2,000,000 bytes.
const MAX_TEXT: usize = 1_000_000;

/// **Limit:** bytes of all rows that wait. What comes beyond is written alone.
const MAX_WAITING: usize = 4_000_000;

/// What became of a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It went in.
    In,
    /// A statement of its own did not take it: it is there already, repeated, or refused.
    Out,
    /// Nothing certain is known: it has to be written alone.
    Untold,
}

/// What a leader leaves of a row.
#[derive(Clone)]
enum Word {
    Outcome(Outcome),
    /// The database is not to be asked again by each.
    Failed(DatabaseError),
}

/// Where the events of an isolate wait for their write: plain data.
#[derive(Default)]
pub struct Line(RefCell<State>);

#[derive(Default)]
struct State {
    last: u64,
    waiting: VecDeque<Row>,
    taken: HashMap<u64, Taken>,
    leads: Vec<Lead>,
}

/// A row that waits.
struct Row {
    number: u64,
    row: events::Row,
    key: EventKey,
    /// The hash of its body, when its source refuses equal ones.
    body_hash: Option<String>,
    /// Nobody waits for it any longer.
    until: Timestamp,
}

/// A row that somebody took.
struct Taken {
    lead: u64,
    word: Option<Word>,
    at: Timestamp,
}

/// A write under way.
struct Lead {
    number: u64,
    since: Timestamp,
    seen: Timestamp,
}

/// Stores an event, alone or with others; `None` when it took longer than until `deadline`. Its order is noted when it went
/// in, by whoever wrote it.
pub async fn commit(
    app: &App,
    event: &Event,
    rules: &Admission,
    deadline: Timestamp,
) -> Option<Result<Outcome, DatabaseError>> {
    let line = &app.memory.line;
    if line.is_idle(app.now()) {
        return alone(app, &line.lead(app.now()), event, rules, deadline).await;
    }
    let Some(place) = line.join(event, rules, deadline) else { return Some(Ok(Outcome::Untold)) };
    let mut pause_ms = FIRST_LOOK_MS;
    loop {
        let now = app.now();
        match place.look(now) {
            Look::Word(Word::Outcome(outcome)) => return Some(Ok(outcome)),
            Look::Word(Word::Failed(error)) => return Some(Err(error)),
            Look::Lead => {
                let lead = line.lead(now);
                let rows = place.take(&lead, now);
                // Nobody else is waiting any more: a statement of its own says more.
                if rows.iter().all(|row| row.number == place.number) {
                    return alone(app, &lead, event, rules, deadline).await;
                }
                together(app, &lead, rows, deadline).await?;
                continue;
            }
            Look::Wait => {}
        }
        let left_ms = left(app, deadline);
        if left_ms == 0 {
            return None;
        }
        app.ports.clock.sleep(pause_ms.min(left_ms)).await;
        pause_ms = (pause_ms + 1).min(LAST_LOOK_MS);
    }
}

async fn alone(
    app: &App,
    lead: &Leading<'_>,
    event: &Event,
    rules: &Admission,
    deadline: Timestamp,
) -> Option<Result<Outcome, DatabaseError>> {
    let written = lead.write(app, events::insert(event, Some(rules)), deadline).await?;
    Some(written.map(|results| {
        if !took_place(&results, 0) {
            return Outcome::Out;
        }
        order::note(app, [EventKey(event.source_id.clone(), event.id.clone())]);
        Outcome::In
    }))
}

/// Writes rows, and leaves word of each; `None` when it came too late, and left none.
async fn together(app: &App, lead: &Leading<'_>, rows: Vec<Row>, deadline: Timestamp) -> Option<()> {
    let statement = events::insert_all(rows.iter().map(|row| &row.row));
    let word: Box<dyn Fn(&EventKey) -> Word> = match lead.write(app, statement, deadline).await? {
        Ok(results) => {
            let stored: HashSet<String> = results.into_iter().flatten().collect();
            let went_in = move |key: &EventKey| stored.contains(key.1.as_str());
            // For all of them: whoever brought one may be gone.
            order::note(app, rows.iter().map(|row| &row.key).filter(|key| went_in(key)).cloned());
            Box::new(move |key| Word::Outcome(if went_in(key) { Outcome::In } else { Outcome::Untold }))
        }
        Err(error) => Box::new(move |_| match error.reason {
            Reason::Overloaded | Reason::NotMigrated => Word::Failed(error.clone()),
            Reason::Unavailable | Reason::Failed => Word::Outcome(Outcome::Untold),
        }),
    };
    lead.tell(&rows, &word);
    Some(())
}

impl Line {
    /// Whether nobody writes and nobody waits.
    fn is_idle(&self, now: Timestamp) -> bool {
        let state = self.0.borrow();
        state.is_free(now) && state.waiting.is_empty()
    }

    fn lead(&self, now: Timestamp) -> Leading<'_> {
        let mut state = self.0.borrow_mut();
        state.last += 1;
        let number = state.last;
        state.leads.retain(|lead| now.since(lead.seen) < KEPT_MS);
        state.taken.retain(|_, taken| now.since(taken.at) < KEPT_MS);
        state.leads.push(Lead { number, since: now, seen: now });
        Leading { line: self, number }
    }

    /// Puts an event at the end; `None` when it has to be written alone.
    fn join(&self, event: &Event, rules: &Admission, until: Timestamp) -> Option<Place<'_>> {
        if event.body.len() > MAX_ROW {
            return None;
        }
        let row = events::Row::new(event, rules).filter(|row| row.bytes() <= MAX_ROW)?;
        let mut state = self.0.borrow_mut();
        if state.waiting.iter().map(|row| row.row.bytes()).sum::<usize>() + row.bytes() > MAX_WAITING {
            return None;
        }
        state.last += 1;
        let number = state.last;
        let key = EventKey(event.source_id.clone(), event.id.clone());
        let body_hash = event.body_hash.clone();
        state.waiting.push_back(Row { number, row, key, body_hash, until });
        Some(Place { line: self, number })
    }
}

impl State {
    /// Whether somebody may lead.
    fn is_free(&self, now: Timestamp) -> bool {
        self.leads.iter().all(|lead| now.since(lead.since) >= LEAD_MS)
    }

    fn lives(&self, number: u64, now: Timestamp) -> bool {
        self.leads.iter().any(|lead| lead.number == number && now.since(lead.seen) < SILENT_MS)
    }
}

enum Look {
    Word(Word),
    Lead,
    Wait,
}

/// A row of somebody who waits. With it, what is in line goes.
struct Place<'a> {
    line: &'a Line,
    number: u64,
}

impl Place<'_> {
    fn look(&self, now: Timestamp) -> Look {
        let state = self.line.0.borrow();
        match state.taken.get(&self.number) {
            Some(Taken { word: Some(word), .. }) => Look::Word(word.clone()),
            Some(Taken { lead, word: None, .. }) if state.lives(*lead, now) => Look::Wait,
            Some(_) => Look::Word(Word::Outcome(Outcome::Untold)),
            None if state.is_free(now) => Look::Lead,
            None => Look::Wait,
        }
    }

    /// Takes what one statement holds of those that have waited longest. Its own row may not be among them yet.
    fn take(&self, lead: &Leading<'_>, now: Timestamp) -> Vec<Row> {
        let mut state = self.line.0.borrow_mut();
        // Whoever brought it is gone, or was answered otherwise.
        state.waiting.retain(|row| row.until > now);
        let (mut rows, mut rest) = (Vec::new(), VecDeque::new());
        let mut room = MAX_TEXT;
        // Of equal bodies one statement sees only those that were there before it.
        let mut equal: HashSet<(SourceId, String)> = HashSet::new();
        for row in std::mem::take(&mut state.waiting) {
            let is_new = row.body_hash.clone().is_none_or(|hash| equal.insert((row.key.0.clone(), hash)));
            if is_new && row.row.bytes() < room {
                room -= row.row.bytes() + 1;
                rows.push(row);
            } else {
                // A shorter one behind it does not overtake.
                room = if is_new { 0 } else { room };
                rest.push_back(row);
            }
        }
        state.waiting = rest;
        for row in &rows {
            state.taken.insert(row.number, Taken { lead: lead.number, word: None, at: now });
        }
        rows
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.line.0.borrow_mut();
        state.taken.remove(&self.number);
        state.waiting.retain(|row| row.number != self.number);
    }
}

/// The lead; it ends with this.
struct Leading<'a> {
    line: &'a Line,
    number: u64,
}

impl Leading<'_> {
    /// Makes a write, with signs of life as long as it takes.
    async fn write(
        &self,
        app: &App,
        statement: Statement,
        deadline: Timestamp,
    ) -> Option<Result<Vec<Rows>, DatabaseError>> {
        let mut write = pin!(app.db().batch(vec![statement]));
        loop {
            let left_ms = left(app, deadline);
            if left_ms == 0 {
                return None;
            }
            match select(app.ports.clock.sleep(SIGN_MS.min(left_ms)), write.as_mut()).await {
                Either::Left(_) => self.sign(app.now()),
                Either::Right((written, _)) => return Some(written),
            }
        }
    }

    fn sign(&self, now: Timestamp) {
        let mut state = self.line.0.borrow_mut();
        for lead in state.leads.iter_mut().filter(|lead| lead.number == self.number) {
            lead.seen = now;
        }
    }

    fn tell(&self, rows: &[Row], word: &dyn Fn(&EventKey) -> Word) {
        let mut state = self.line.0.borrow_mut();
        for row in rows {
            if let Some(taken) = state.taken.get_mut(&row.number) {
                taken.word = Some(word(&row.key));
            }
        }
    }
}

impl Drop for Leading<'_> {
    fn drop(&mut self) {
        // A row of which it left no word has nobody who lives: it is untold.
        self.line.0.borrow_mut().leads.retain(|lead| lead.number != self.number);
    }
}
