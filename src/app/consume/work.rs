//! The runs of one batch at work: all of them at once, sharing the calls to the database and to the queue.
//!
//! It reads no order and gives no verdict.

use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_util::future::{Either, select};

use crate::app::pace::Pace;
use crate::app::ports::Level;
use crate::app::task::Task;
use crate::app::{After, App, execute, order};
use crate::domain::ids::RunId;
use crate::domain::time::Timestamp;
use crate::store::Statement;

use super::count;
use super::together::Together;

/// **Limit:** how long a batch that is let go is still held until each of its runs is stored and waits for its call. It
/// takes a moment, unless the database is away.
const SETTLES_MS: u32 = 5_000;

/// **Limit:** after this time one invocation begins no more runs: the platform ends it after 15 minutes, a run is worked
/// on for 3, and its last call takes one more.
const LAST_START_MS: i64 = 600_000;

/// What became of some tasks.
#[derive(Default)]
pub struct Worked {
    /// The indexes of those that failed.
    pub unfinished: Vec<usize>,
    /// Whether the batch was let go, and others may go on in the background: what becomes of them is in the database.
    pub goes_on: bool,
    /// The indexes of those that then had no place among them: another invocation, with connections of its own, takes
    /// them up at once.
    pub not_begun: Vec<usize>,
}

/// Works on tasks and counts their events, and lets those go on in the background that would hold up the queue.
pub async fn work(
    app: &App,
    tasks: Vec<(usize, Task)>,
    tallies: Vec<Statement>,
    began: Timestamp,
    pace: &Rc<Pace>,
) -> Worked {
    let mut working = Working::new(app, tasks, tallies, began, pace);
    loop {
        let work = poll_fn(|context| working.poll(context));
        match pace.holds_up_ms(app.now()) {
            None => work.await,
            Some(0) => break,
            Some(ms) => match select(app.ports.clock.sleep(ms), work).await {
                Either::Left(_) => continue,
                Either::Right(_) => {}
            },
        }
        return working.worked;
    }
    pace.let_go(app.now());
    let settled = poll_fn(|context| match working.poll(context) {
        Poll::Ready(()) => Poll::Ready(true),
        Poll::Pending if pace.only_calls() && working.sending.is_none() => Poll::Ready(false),
        Poll::Pending => Poll::Pending,
    });
    let done = matches!(select(app.ports.clock.sleep(SETTLES_MS), settled).await, Either::Right((true, _)));
    let mut worked = std::mem::take(&mut working.worked);
    worked.goes_on = true;
    worked.not_begun.sort_unstable();
    worked.not_begun.dedup();
    if !done {
        app.ports.background.go_on(Box::pin(async move { poll_fn(|context| working.poll(context)).await }));
    }
    worked
}

/// What became of one task.
enum End {
    Done,
    Waits(RunId, Timestamp),
    Failed(usize),
    NotBegun(usize),
}

type Job = Pin<Box<dyn Future<Output = End>>>;

/// Tasks that are worked on.
struct Working {
    app: App,
    jobs: Vec<Job>,
    together: Rc<Together>,
    /// Runs that wait, and whose orders are to be sent.
    waits: Vec<(RunId, Timestamp)>,
    sending: Option<After>,
    worked: Worked,
}

impl Working {
    fn new(app: &App, tasks: Vec<(usize, Task)>, tallies: Vec<Statement>, began: Timestamp, pace: &Rc<Pace>) -> Self {
        let together = Rc::new(Together::new(Rc::clone(&app.ports.db)));
        let mut shared = app.clone();
        shared.ports.db = together.clone();
        let mut jobs: Vec<Job> = Vec::with_capacity(tasks.len() + 1);
        for (index, task) in tasks {
            jobs.push(Box::pin(job(shared.clone(), index, task, began, Rc::clone(pace))));
        }
        jobs.push(Box::pin(async move {
            count(&shared, tallies).await;
            End::Done
        }));
        Self { app: app.clone(), jobs, together, waits: Vec::new(), sending: None, worked: Worked::default() }
    }

    /// Goes on until nobody can; ready when all is done.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            let mut ends = Vec::new();
            self.jobs.retain_mut(|job| match job.as_mut().poll(context) {
                Poll::Ready(end) => {
                    ends.push(end);
                    false
                }
                Poll::Pending => true,
            });
            ends.into_iter().for_each(|end| self.note(end));
            // Only now, when all who can ask have asked.
            if self.together.poll_call(context).is_ready() || self.poll_orders(context).is_ready() {
                continue;
            }
            return if self.jobs.is_empty() && self.sending.is_none() { Poll::Ready(()) } else { Poll::Pending };
        }
    }

    fn note(&mut self, end: End) {
        match end {
            End::Done => {}
            End::Waits(id, open) => self.waits.push((id, open)),
            End::Failed(index) => self.worked.unfinished.push(index),
            End::NotBegun(index) => self.worked.not_begun.push(index),
        }
    }

    /// Goes on with the orders that are being sent, or sends the next; ready when they are sent.
    fn poll_orders(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.sending.is_none() && !self.waits.is_empty() {
            let (app, waits) = (self.app.clone(), std::mem::take(&mut self.waits));
            self.sending = Some(Box::pin(async move { order::send_runs(&app, waits.into_iter(), false).await }));
        }
        let sent = self.sending.as_mut().is_some_and(|sending| sending.as_mut().poll(context).is_ready());
        if !sent {
            return Poll::Pending;
        }
        self.sending = None;
        Poll::Ready(())
    }
}

async fn job(app: App, index: usize, task: Task, began: Timestamp, pace: Rc<Pace>) -> End {
    let Some(_place) = pace.place(task.characters()).await else { return End::NotBegun(index) };
    if app.now().since(began) > LAST_START_MS {
        // The message comes back; what it began is then found, and the rest is begun.
        return End::Failed(index);
    }
    let _in_hand = pace.works();
    let id = task.id();
    match execute::execute(&app, task, &pace).await {
        Ok(None) => End::Done,
        Ok(Some((id, open))) => End::Waits(id, open),
        Err(error) => {
            app.log(Level::Error, &format!("{id} was not finished, it will be taken up again: {error}"));
            End::Failed(index)
        }
    }
}
