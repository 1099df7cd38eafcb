//! Where a simulated world is played: tasks, what is on its way through the network, timers, and the isolates that run
//! the tasks, all on one thread and in an order that the seed decides.
//!
//! A task runs until it waits; then chance says who is next. What was sent off happens whether or not whoever sent it
//! still waits: a time-out calls nothing back, exactly as in the runtime. It knows nothing of webhooks.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use uncino::app::Memory;
use uncino::app::ports::Clock;
use uncino::domain::time::Timestamp;
use uncino::memory::MemoryClock;

use crate::chance::Chance;

type Job = Pin<Box<dyn Future<Output = ()>>>;
type Effect = Box<dyn FnOnce()>;

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Task {
    number: u64,
    isolate: usize,
    job: Job,
    woken: Arc<Woken>,
    /// When the runtime takes it away, if it is not over.
    dies_at: Option<Timestamp>,
    /// What is done when it was taken away.
    when_killed: Option<Effect>,
}

/// One isolate: what it remembers, and how often it was killed by now.
struct Isolate {
    memory: Rc<Memory>,
    life: u32,
    /// How far its clock is from the true one.
    skew_ms: i64,
}

pub struct Stage {
    pub clock: Rc<MemoryClock>,
    pub chance: Chance,
    tasks: RefCell<Vec<Task>>,
    /// What happens at a moment: an answer that arrives, a message that is sent, an act of somebody outside.
    coming: RefCell<Vec<(Timestamp, u64, Effect)>>,
    /// What the runtime runs no more, and does not drop either.
    frozen: RefCell<Vec<Job>>,
    timers: RefCell<Vec<(Timestamp, Waker)>>,
    isolates: RefCell<Vec<Isolate>>,
    last: Cell<u64>,
    /// A digest of everything that happened, and its lines when somebody wants to read them.
    digest: Cell<u64>,
    lines: RefCell<Option<Vec<String>>>,
}

impl Stage {
    pub fn new(clock: Rc<MemoryClock>, chance: Chance, isolates: usize, told: bool) -> Rc<Self> {
        let skew = |at: usize| if at == 0 || chance.one_in(2) { 0 } else { chance.between(-9_000, 9_000) };
        let isolates = (0..isolates).map(|at| Isolate { memory: Rc::default(), life: 0, skew_ms: skew(at) }).collect();
        Rc::new(Self {
            clock,
            tasks: RefCell::default(),
            coming: RefCell::default(),
            frozen: RefCell::default(),
            timers: RefCell::default(),
            isolates: RefCell::new(isolates),
            last: Cell::new(0),
            digest: Cell::new(0),
            lines: RefCell::new(told.then(Vec::new)),
            chance,
        })
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Notes what happened: the story of a seed, and the proof that it is the same each time.
    pub fn tell(&self, line: impl FnOnce() -> String) {
        let line = line();
        let mut digest = self.digest.get() ^ 0xcbf2_9ce4_8422_2325;
        for byte in line.bytes() {
            digest = (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        self.digest.set(digest);
        if let Some(lines) = self.lines.borrow_mut().as_mut() {
            lines.push(format!("{:>9} {line}", self.now().since(uncino::memory::clock::BEGINNING)));
        }
    }

    pub fn digest(&self) -> u64 {
        self.digest.get()
    }

    pub fn story(&self) -> String {
        self.lines.borrow().as_ref().map(|lines| lines.join("\n")).unwrap_or_default()
    }

    fn number(&self) -> u64 {
        self.last.set(self.last.get() + 1);
        self.last.get()
    }

    pub fn isolates(&self) -> usize {
        self.isolates.borrow().len()
    }

    pub fn memory(&self, isolate: usize) -> Rc<Memory> {
        Rc::clone(&self.isolates.borrow()[isolate].memory)
    }

    /// How often an isolate was killed by now.
    pub fn life(&self, isolate: usize) -> u32 {
        self.isolates.borrow()[isolate].life
    }

    pub fn skew_ms(&self, isolate: usize) -> i64 {
        self.isolates.borrow()[isolate].skew_ms
    }

    /// Puts every clock right.
    pub fn set_clocks_right(&self) {
        self.isolates.borrow_mut().iter_mut().for_each(|isolate| isolate.skew_ms = 0);
    }

    pub fn spawn(&self, isolate: usize, dies_at: Option<Timestamp>, when_killed: Option<Effect>, job: Job) -> u64 {
        let number = self.number();
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        self.tasks.borrow_mut().push(Task { number, isolate, job, woken, dies_at, when_killed });
        number
    }

    /// Does something at a moment.
    pub fn at(&self, moment: Timestamp, effect: impl FnOnce() + 'static) {
        let number = self.number();
        self.coming.borrow_mut().push((moment, number, Box::new(effect)));
    }

    /// Kills an isolate: every task of it is dropped where it stands, and its memory is gone.
    pub fn kill(&self, isolate: usize) {
        self.tell(|| format!("isolate {isolate} is killed"));
        {
            let mut isolates = self.isolates.borrow_mut();
            isolates[isolate].life += 1;
            isolates[isolate].memory = Rc::default();
        }
        self.remove(|task| task.isolate == isolate);
    }

    /// Takes one task away, as the runtime does with the request of a client that is gone: half of them are not dropped,
    /// only never run again.
    pub fn cancel(&self, number: u64) {
        let at = self.tasks.borrow().iter().position(|task| task.number == number);
        let Some(at) = at.filter(|_| self.chance.one_in(2)) else { return self.remove(|task| task.number == number) };
        self.tell(|| "a request is frozen".to_owned());
        let task = self.tasks.borrow_mut().remove(at);
        self.frozen.borrow_mut().push(task.job);
        if let Some(when_killed) = task.when_killed {
            when_killed();
        }
    }

    fn remove(&self, which: impl Fn(&Task) -> bool) {
        let gone: Vec<Task> = self.tasks.borrow_mut().extract_if(.., |task| which(task)).collect();
        for task in gone {
            drop(task.job);
            if let Some(when_killed) = task.when_killed {
                when_killed();
            }
        }
    }

    /// Drops whatever is left. Tasks and what is coming hold the world in which they are, which would never end else.
    pub fn end(&self) {
        let left = (self.tasks.take(), self.coming.take(), self.timers.take(), self.frozen.take());
        drop(left);
    }

    pub fn is_empty(&self) -> bool {
        self.tasks.borrow().is_empty()
    }

    /// Does one thing of those that can be done now; false when there is none.
    pub fn turn(&self) -> bool {
        let now = self.now();
        let overdue = |task: &Task| task.dies_at.is_some_and(|at| at <= now);
        if self.tasks.borrow().iter().any(overdue) {
            self.tell(|| "work in the background is cut off".to_owned());
            self.remove(overdue);
        }
        for (_, waker) in self.timers.borrow_mut().extract_if(.., |(at, _)| *at <= now) {
            waker.wake();
        }
        let is_woken = |task: &&Task| task.woken.0.load(Ordering::Relaxed);
        let awake: Vec<u64> = self.tasks.borrow().iter().filter(is_woken).map(|task| task.number).collect();
        let due: Vec<u64> =
            self.coming.borrow().iter().filter(|(at, ..)| *at <= now).map(|(_, number, _)| *number).collect();
        if awake.is_empty() && due.is_empty() {
            return false;
        }
        let chosen = self.chance.below(awake.len() + due.len());
        if let Some(number) = awake.get(chosen) {
            self.poll(*number);
        } else {
            let number = due[chosen - awake.len()];
            let at = self.coming.borrow().iter().position(|(_, other, _)| *other == number).unwrap();
            let (_, _, effect) = self.coming.borrow_mut().remove(at);
            effect();
        }
        true
    }

    fn poll(&self, number: u64) {
        let at = self.tasks.borrow().iter().position(|task| task.number == number).unwrap();
        // Out of the list while it runs: it may add tasks, and may be killed.
        let mut task = self.tasks.borrow_mut().remove(at);
        task.woken.0.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(&task.woken));
        let life = self.life(task.isolate);
        let over = task.job.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
        assert_eq!(life, self.life(task.isolate), "a kill is something that comes, it never happens within a task");
        if !over {
            self.tasks.borrow_mut().push(task);
        }
    }

    /// When something is to be done next, not counting what the queues hold.
    pub fn next(&self) -> Option<Timestamp> {
        let coming = self.coming.borrow().iter().map(|(at, ..)| *at).min();
        let timer = self.timers.borrow().iter().map(|(at, _)| *at).min();
        let death = self.tasks.borrow().iter().filter_map(|task| task.dies_at).min();
        [coming, timer, death].into_iter().flatten().min()
    }

    /// Resolves at a moment.
    pub fn sleep_until(self: &Rc<Self>, moment: Timestamp) -> impl Future<Output = ()> + use<> {
        let stage = Rc::clone(self);
        let mut noted: Option<Waker> = None;
        std::future::poll_fn(move |context| {
            if stage.now() >= moment {
                return Poll::Ready(());
            }
            // Work may move to another task while it waits, as it does when a batch is let go.
            if !noted.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
                noted = Some(context.waker().clone());
                stage.timers.borrow_mut().push((moment, context.waker().clone()));
            }
            Poll::Pending
        })
    }
}

/// What somebody waits for: filled once, from outside of its task.
pub struct Reply<T>(RefCell<(Option<T>, Option<Waker>)>);

impl<T> Reply<T> {
    pub fn new() -> Rc<Self> {
        Rc::new(Self(RefCell::new((None, None))))
    }

    pub fn fill(&self, value: T) {
        let waker = {
            let mut inner = self.0.borrow_mut();
            inner.0 = Some(value);
            inner.1.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub async fn wait(&self) -> T {
        std::future::poll_fn(|context| {
            let mut inner = self.0.borrow_mut();
            match inner.0.take() {
                Some(value) => Poll::Ready(value),
                None => {
                    inner.1 = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }
}
