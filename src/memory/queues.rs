//! The queues in lists: at least once, delayed, counted, and in the end dead.
//!
//! It delivers nothing by itself; [`super::World::run_queues`] does, as the runtime would.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use async_trait::async_trait;

use super::clock::MemoryClock;
use super::fault::{Life, Switch};
use crate::app::ports::{Clock, Incoming, Outgoing, PortError, QueueName, Queues, Verdict};
use crate::domain::time::Timestamp;

/// In which order the queues are looked through.
const NAMES: [QueueName; 3] = [QueueName::Intake, QueueName::Runs, QueueName::Dead];

/// A message in a queue.
#[derive(Clone, Debug)]
pub struct Message {
    /// The queue that holds it.
    pub queue: QueueName,
    /// Its text.
    pub body: String,
    /// Not delivered before this moment.
    pub due: Timestamp,
    /// How often it was delivered.
    pub attempts: u32,
    number: u64,
}

/// What `wrangler.toml` says of a queue's consumer.
struct Settings {
    batch: usize,
    retries: u32,
    retry_delay_s: u32,
}

const fn settings(queue: QueueName) -> Settings {
    match queue {
        QueueName::Runs => Settings { batch: 25, retries: 60, retry_delay_s: 10 },
        QueueName::Intake => Settings { batch: 25, retries: 100, retry_delay_s: 5 },
        QueueName::Dead => Settings { batch: 10, retries: 100, retry_delay_s: 300 },
    }
}

/// The three queues of a world.
pub struct MemoryQueues {
    held: RefCell<Vec<Message>>,
    clock: Rc<MemoryClock>,
    /// Faults of every call.
    pub faults: Switch,
    last: Cell<u64>,
    doubled: Cell<usize>,
    sends: Cell<usize>,
}

impl MemoryQueues {
    /// Empty queues.
    pub fn new(clock: &Rc<MemoryClock>, life: &Rc<Life>) -> Self {
        Self {
            held: RefCell::default(),
            clock: Rc::clone(clock),
            faults: Switch::new(clock, life),
            last: Cell::new(0),
            doubled: Cell::new(0),
            sends: Cell::new(0),
        }
    }

    /// What a queue holds, due or not.
    pub fn held(&self, queue: QueueName) -> Vec<Message> {
        self.held.borrow().iter().filter(|message| message.queue == queue).cloned().collect()
    }

    /// The next messages that are sent are delivered twice each.
    pub fn double(&self, messages: usize) {
        self.doubled.set(messages);
    }

    /// How many times messages were sent since this was last asked.
    pub fn take_sends(&self) -> usize {
        self.sends.take()
    }

    /// Forgets every message, as the local queue does when it is stopped.
    pub fn clear(&self) {
        self.held.borrow_mut().clear();
    }

    /// When the next message is due; a moment that has passed when one is due already.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.held.borrow().iter().map(|message| message.due).min()
    }

    /// Takes out the next batch that is due, each of its messages counted as delivered once more.
    pub(super) fn take_due(&self) -> Option<(QueueName, Vec<Message>)> {
        let now = self.clock.now();
        let mut held = self.held.borrow_mut();
        held.sort_by_key(|message| (message.due, message.number));
        NAMES.into_iter().find_map(|queue| {
            let mut room = settings(queue).batch;
            let mut batch: Vec<Message> = held
                .extract_if(.., |message| {
                    let taken = message.queue == queue && message.due <= now && room > 0;
                    room -= usize::from(taken);
                    taken
                })
                .collect();
            batch.iter_mut().for_each(|message| message.attempts += 1);
            (!batch.is_empty()).then_some((queue, batch))
        })
    }

    /// Takes out the due messages of a queue that a test chooses, in the order in which they came, each counted as
    /// delivered once more: no queue promises which of its messages make a batch.
    pub fn take_chosen(&self, queue: QueueName, mut chosen: impl FnMut(&Message) -> bool) -> Vec<Message> {
        let now = self.clock.now();
        let is_taken = |message: &mut Message| message.queue == queue && message.due <= now && chosen(message);
        let mut batch: Vec<Message> = self.held.borrow_mut().extract_if(.., is_taken).collect();
        batch.iter_mut().for_each(|message| message.attempts += 1);
        batch
    }

    /// Forgets the messages of one queue, due or not.
    pub fn lose(&self, queue: QueueName) {
        self.held.borrow_mut().retain(|message| message.queue != queue);
    }

    /// Does with a batch what was decided; a message about which nothing was decided comes back.
    pub fn settle(&self, batch: Vec<Message>, verdicts: &[Verdict]) {
        for (at, mut message) in batch.into_iter().enumerate() {
            let settings = settings(message.queue);
            let delay_s = match verdicts.get(at) {
                Some(Verdict::Ack) => continue,
                Some(Verdict::Retry { delay_s }) => *delay_s,
                None => settings.retry_delay_s,
            };
            if message.attempts > settings.retries {
                match message.queue {
                    QueueName::Runs | QueueName::Intake => self.put(QueueName::Dead, message.body, 0),
                    // A dead-letter queue without one of its own: deleted.
                    QueueName::Dead => {}
                }
                continue;
            }
            message.due = self.due(delay_s);
            self.held.borrow_mut().push(message);
        }
    }

    /// When a message comes: at once, or at least so much later, with all that are due in the same second, as a batch
    /// that waits a second to be filled brings them.
    fn due(&self, delay_s: u32) -> Timestamp {
        let now = self.clock.now();
        let whole = now.as_millis().rem_euclid(1_000);
        let rest = if delay_s == 0 || whole == 0 { 0 } else { 1_000 - whole };
        now.plus_ms(i64::from(delay_s) * 1_000 + rest)
    }

    fn put(&self, queue: QueueName, body: String, delay_s: u32) {
        self.last.set(self.last.get() + 1);
        let due = self.due(delay_s);
        self.held.borrow_mut().push(Message { queue, body, due, attempts: 0, number: self.last.get() });
    }

    fn take_in(&self, queue: QueueName, messages: Vec<Outgoing>) -> Result<(), PortError> {
        // Source: Cloudflare Queues, "Limits"; a kilobyte is 1,000 bytes there, and metadata counts for some 100.
        let sizes = messages.iter().map(|message| message.body.len() + 100);
        if messages.len() > 100 || sizes.clone().any(|size| size > 128_000) || sizes.sum::<usize>() > 256_000 {
            return Err(PortError("queue send failed: message or batch too large".to_owned()));
        }
        if messages.iter().any(|message| message.delay_s > 86_400) {
            return Err(PortError("queue send failed: a delay is longer than 86,400 seconds".to_owned()));
        }
        for message in messages {
            if self.doubled.get() > 0 {
                self.doubled.set(self.doubled.get() - 1);
                self.put(queue, message.body.clone(), message.delay_s);
            }
            self.put(queue, message.body, message.delay_s);
        }
        Ok(())
    }
}

impl From<&Message> for Incoming {
    fn from(message: &Message) -> Self {
        Self { body: message.body.clone(), attempts: message.attempts }
    }
}

#[async_trait(?Send)]
impl Queues for MemoryQueues {
    async fn send(&self, queue: QueueName, messages: Vec<Outgoing>) -> Result<(), PortError> {
        self.sends.set(self.sends.get() + 1);
        let error = || PortError("queue send failed: a fault is switched on".to_owned());
        self.faults.call(|| self.take_in(queue, messages), error).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::block_on;

    fn queues() -> (Rc<MemoryClock>, MemoryQueues) {
        let clock = Rc::default();
        let queues = MemoryQueues::new(&clock, &Rc::default());
        (clock, queues)
    }

    fn send(queues: &MemoryQueues, queue: QueueName, body: &str, delay_s: u32) -> Result<(), PortError> {
        block_on(queues.send(queue, vec![Outgoing { body: body.to_owned(), delay_s }]))
    }

    #[test]
    fn a_delayed_message_comes_when_it_is_due() {
        let (clock, queues) = queues();
        send(&queues, QueueName::Runs, "a", 60).unwrap();
        assert!(queues.take_due().is_none());
        assert_eq!(queues.next_due(), Some(clock.now().plus_ms(60_000)));
        clock.advance(60_000);
        let (queue, batch) = queues.take_due().unwrap();
        assert_eq!((queue, batch[0].body.as_str(), batch[0].attempts), (QueueName::Runs, "a", 1));
        queues.settle(batch, &[Verdict::Ack]);
        assert_eq!(queues.next_due(), None);
    }

    #[test]
    fn a_message_that_fails_too_often_dies_and_keeps_its_text() {
        let (clock, queues) = queues();
        send(&queues, QueueName::Runs, "a", 0).unwrap();
        for attempt in 1..=61 {
            let (_, batch) = queues.take_due().unwrap();
            assert_eq!(batch[0].attempts, attempt);
            queues.settle(batch, &[]);
            clock.advance(10_000);
        }
        assert!(queues.held(QueueName::Runs).is_empty());
        assert_eq!(queues.held(QueueName::Dead)[0].body, "a");
    }

    #[test]
    fn what_is_too_large_is_refused_whole() {
        let (_, queues) = queues();
        assert!(send(&queues, QueueName::Intake, &"x".repeat(128_000), 0).is_err());
        let many = vec![Outgoing { body: String::new(), delay_s: 0 }; 101];
        assert!(block_on(queues.send(QueueName::Runs, many)).is_err());
        assert_eq!(queues.next_due(), None);
    }

    #[test]
    fn a_doubled_message_comes_twice() {
        let (_, queues) = queues();
        queues.double(1);
        send(&queues, QueueName::Runs, "a", 0).unwrap();
        assert_eq!(queues.take_due().unwrap().1.len(), 2);
    }
}
