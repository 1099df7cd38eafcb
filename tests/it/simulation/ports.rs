//! The ports of a simulated isolate: those of `memory`, with a network in front of them that is slow, fails before or
//! after the effect, and during whose calls the isolate may die.
//!
//! They imitate no SQL and no queue: what a call does is done by the ports of `memory`, all at once, when it arrives.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use async_trait::async_trait;
use futures_util::FutureExt;
use uncino::app::ports::{
    Background, Clock, Entropy, KeyValue, Mail, Outbound, Outgoing, PortError, QueueName, Queues,
};
use uncino::app::{After, App};
use uncino::domain::action::{Answer, EmailMessage, HttpRequest, MailError, Mailbox};
use uncino::domain::time::Timestamp;
use uncino::memory::{MemoryKv, World};
use uncino::store::{Database, DatabaseError, Rows, Statement};

use super::mutants::Mutant;
use super::receiver::Receiver;
use super::stage::{Reply, Stage};

/// How long the runtime lets work go on after an answer. Source: Cloudflare Workers, "Limits", `waitUntil`.
const BACKGROUND_MS: i64 = 30_000;

/// How long KV may show an older value. Source: Cloudflare, "How KV works": up to 60 seconds or more elsewhere.
const STALE_MS: i64 = 60_000;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Port {
    Database,
    Kv,
    Queue,
    Outbound,
    Mail,
}

/// How bad it is out there: of so many calls one meets this fault; 0 is never.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weather {
    pub fails: [usize; 5],
    pub slow: usize,
    pub slow_ms: i64,
    pub kills: usize,
    pub stale: bool,
}

/// What a key of KV held from a moment on.
type Value = (Timestamp, Option<String>);

/// The network between the isolates and everything else.
pub struct Net {
    pub stage: Rc<Stage>,
    pub world: Rc<World>,
    pub receiver: Rc<Receiver>,
    pub weather: Cell<Weather>,
    /// Until when the database takes nothing at all.
    pub outage_until: Cell<Timestamp>,
    pub mutant: Option<Mutant>,
    /// Every value that a key of KV had, with the time from which it was there.
    values: RefCell<BTreeMap<String, Vec<Value>>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    None,
    Before,
    After,
    KilledBefore,
    KilledAfter,
}

impl Net {
    pub fn new(stage: &Rc<Stage>, world: Rc<World>, receiver: Rc<Receiver>, mutant: Option<Mutant>) -> Rc<Self> {
        Rc::new(Self {
            stage: Rc::clone(stage),
            receiver,
            weather: Cell::default(),
            outage_until: Cell::new(world.clock.now()),
            mutant,
            values: RefCell::default(),
            world,
        })
    }

    /// The application in one isolate.
    pub fn app(self: &Rc<Self>, isolate: usize) -> App {
        let mut app = self.world.app();
        let at = Rc::new(Place { net: Rc::clone(self), isolate, life: self.stage.life(isolate) });
        app.memory = self.stage.memory(isolate);
        app.ports.db = at.clone();
        app.ports.kv = at.clone();
        app.ports.queues = at.clone();
        app.ports.clock = at.clone();
        app.ports.entropy = at.clone();
        app.ports.outbound = at.clone();
        app.ports.mail = at.clone();
        app.ports.background = at;
        app
    }

    fn fault(&self, port: Port) -> Fault {
        let (weather, chance) = (self.weather.get(), &self.stage.chance);
        let killed = chance.one_in(weather.kills);
        let failed = chance.one_in(weather.fails[port as usize])
            || (port == Port::Database && self.stage.now() < self.outage_until.get());
        match (killed, failed, chance.one_in(2)) {
            (true, _, true) => Fault::KilledBefore,
            (true, _, false) => Fault::KilledAfter,
            (false, true, true) => Fault::Before,
            (false, true, false) if self.stage.now() < self.outage_until.get() => Fault::Before,
            (false, true, false) => Fault::After,
            (false, false, _) => Fault::None,
        }
    }

    /// How long a way takes, there or back.
    fn way_ms(&self, longest_ms: i64) -> i64 {
        let (weather, chance) = (self.weather.get(), &self.stage.chance);
        if chance.one_in(weather.slow) {
            return chance.between(1, weather.slow_ms).min(longest_ms);
        }
        chance.pick(&[0, 0, 0, 1, 2, 5, 20]).min(longest_ms)
    }

    /// What KV shows of a key: what is there, or what was there within the last minute.
    fn look(&self, kv: &MemoryKv, key: &str) -> Option<String> {
        if !self.weather.get().stale || self.stage.chance.one_in(2) {
            return kv.stored(key);
        }
        let values = self.values.borrow();
        let all = values.get(key).map_or(&[][..], Vec::as_slice);
        let since = self.stage.now().plus_ms(-STALE_MS);
        // The one that was there when the minute began, and every later one.
        let first = all.iter().rposition(|(from, _)| *from <= since).unwrap_or(0);
        let earlier = usize::from(all.first().is_none_or(|(from, _)| *from > since));
        let chosen = self.stage.chance.below(all.len() - first + earlier);
        match chosen.checked_sub(earlier) {
            None => None,
            Some(at) => all.get(first + at).and_then(|(_, value)| value.clone()),
        }
    }

    fn note(&self, key: &str, value: Option<String>) {
        self.values.borrow_mut().entry(key.to_owned()).or_default().push((self.stage.now(), value));
    }
}

/// An isolate's end of the network, in one of its lives.
struct Place {
    net: Rc<Net>,
    isolate: usize,
    life: u32,
}

impl Place {
    /// A call: it is on its way, happens all at once, and its answer is on its way back. It takes at most `longest_ms`.
    async fn call<T: 'static, E: 'static>(
        &self,
        port: Port,
        longest_ms: i64,
        what: impl FnOnce() -> String,
        effect: impl FnOnce() -> Result<T, E> + 'static,
        error: impl Fn() -> E + 'static,
    ) -> Result<T, E> {
        let net = Rc::clone(&self.net);
        let fault = net.fault(port);
        let there = net.way_ms(longest_ms);
        let back = net.way_ms(longest_ms - there);
        // What a dying isolate had sent may still arrive, or not.
        let survives = net.stage.chance.one_in(2);
        let reply: Rc<Reply<Result<T, E>>> = Reply::new();
        let (filled, isolate, life) = (Rc::clone(&reply), self.isolate, self.life);
        net.stage.tell(|| format!("{isolate} {port:?} {fault:?} {there}+{back} {}", what()));
        let stage = Rc::clone(&net.stage);
        let arrives = stage.now().plus_ms(there);
        stage.clone().at(arrives, move || {
            let lives = stage.life(isolate) == life;
            if !lives && !survives {
                return;
            }
            let result = match fault {
                Fault::Before => Err(error()),
                Fault::KilledBefore if lives => return stage.kill(isolate),
                Fault::None | Fault::After | Fault::KilledBefore | Fault::KilledAfter => effect(),
            };
            let result = if fault == Fault::After { result.and_then(|_| Err(error())) } else { result };
            if fault == Fault::KilledAfter && lives {
                return stage.kill(isolate);
            }
            if back == 0 {
                filled.fill(result);
            } else {
                stage.at(stage.now().plus_ms(back), move || filled.fill(result));
            }
        });
        reply.wait().await
    }
}

/// What a port of `memory` answers: nothing there waits.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("a port in memory waits for nothing")
}

#[async_trait(?Send)]
impl Database for Place {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        const LONGEST_MS: i64 = 30_000;
        let (world, net) = (Rc::clone(&self.net.world), Rc::clone(&self.net));
        let what = statements.first().map_or("", |first| first.sql.get(..32).unwrap_or(first.sql)).replace('\n', " ");
        // A shared insert has two arguments: the list of its rows and their bodies.
        let shared = match statements.as_slice() {
            [Statement { sql, args }] if sql.starts_with("INSERT INTO events") && args.len() == 2 => " shared",
            _ => "",
        };
        let what = format!("{} x {what}{shared}", statements.len());
        let lost = || DatabaseError::from_text("D1_ERROR: Network connection lost.");
        let effect = move || match net.mutant {
            None => at_once(world.db.batch(statements)),
            Some(mutant) => mutant.batch(&net, &world, statements),
        };
        self.call(Port::Database, LONGEST_MS, || what, effect, lost).await
    }
}

impl Net {
    /// Notes what KV holds already, so that it is shown as something that was there.
    pub fn remember_documents(&self) {
        for key in self.world.kv.keys() {
            let value = self.world.kv.stored(&key);
            self.note(&key, value);
        }
    }

    /// A batch, all at once: what the mutants call when they are done with it.
    pub fn batch_now(world: &World, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        at_once(world.db.batch(statements))
    }
}

#[async_trait(?Send)]
impl KeyValue for Place {
    async fn get(&self, key: &str) -> Result<Option<String>, PortError> {
        let (net, key) = (Rc::clone(&self.net), key.to_owned());
        let effect = move || Ok(net.look(&net.world.kv, &key));
        self.call(Port::Kv, 10_000, || "get".to_owned(), effect, kv_error).await
    }

    async fn put(&self, key: &str, value: String) -> Result<(), PortError> {
        let (net, key) = (Rc::clone(&self.net), key.to_owned());
        let effect = move || {
            let value = net.mutant.map_or(value.clone(), |mutant| mutant.document(value));
            at_once(net.world.kv.put(&key, value.clone()))?;
            net.note(&key, Some(value));
            Ok(())
        };
        self.call(Port::Kv, 10_000, || "put".to_owned(), effect, kv_error).await
    }

    async fn delete(&self, key: &str) -> Result<(), PortError> {
        let (net, key) = (Rc::clone(&self.net), key.to_owned());
        let effect = move || {
            at_once(net.world.kv.delete(&key))?;
            net.note(&key, None);
            Ok(())
        };
        self.call(Port::Kv, 10_000, || "delete".to_owned(), effect, kv_error).await
    }
}

fn kv_error() -> PortError {
    PortError("KV: the network broke".to_owned())
}

#[async_trait(?Send)]
impl Queues for Place {
    async fn send(&self, queue: QueueName, messages: Vec<Outgoing>) -> Result<(), PortError> {
        let net = Rc::clone(&self.net);
        let error = || PortError("queue send failed: the network broke".to_owned());
        let what = format!("{queue:?} x {}", messages.len());
        let effect = move || {
            // At least once: now and then the queue holds a message twice.
            if net.weather.get().fails[Port::Queue as usize] > 0 && net.stage.chance.one_in(20) {
                at_once(net.world.queues.send(queue, messages.clone()))?;
            }
            at_once(net.world.queues.send(queue, messages))
        };
        self.call(Port::Queue, 10_000, || what, effect, error).await
    }
}

#[async_trait(?Send)]
impl Clock for Place {
    fn now(&self) -> Timestamp {
        self.net.stage.now().plus_ms(self.net.stage.skew_ms(self.isolate))
    }

    async fn sleep(&self, ms: u32) {
        self.net.stage.sleep_until(self.net.stage.now().plus_ms(i64::from(ms))).await;
    }
}

impl Entropy for Place {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.net.stage.chance.draw().to_le_bytes()[..chunk.len()]);
        }
    }
}

#[async_trait(?Send)]
impl Outbound for Place {
    async fn send(&self, mut request: HttpRequest) -> Answer {
        let (net, longest) = (Rc::clone(&self.net), i64::from(request.timeout_ms));
        if let Some(mutant) = net.mutant {
            mutant.request(&net, &mut request);
        }
        let what = request.url.clone();
        let (receiver, stage, mutant) = (Rc::clone(&net.receiver), Rc::clone(&net.stage), net.mutant);
        let effect = move || match mutant {
            Some(Mutant::CalledNever) => Ok(super::receiver::ok(&request.url)),
            Some(Mutant::CalledTwice) => {
                receiver.take(&stage, &request);
                Ok(receiver.take(&stage, &request))
            }
            Some(_) | None => Ok(receiver.take(&stage, &request)),
        };
        let begun = net.stage.now();
        let answer = self
            .call(Port::Outbound, longest, || what, effect, || Answer::ConnectionLost)
            .await
            .unwrap_or_else(|lost| lost);
        if answer == Answer::Timeout {
            net.stage.sleep_until(begun.plus_ms(longest)).await;
        }
        mutant.map_or(answer.clone(), |mutant| mutant.answer(answer))
    }
}

#[async_trait(?Send)]
impl Mail for Place {
    async fn send(&self, _from: &Mailbox, message: &EmailMessage) -> Result<String, MailError> {
        let (net, message) = (Rc::clone(&self.net), message.clone());
        let error =
            || MailError { code: "E_INTERNAL_SERVER_ERROR".to_owned(), message: "the network broke".to_owned() };
        let effect = move || net.receiver.take_mail(&net.stage, &message);
        self.call(Port::Mail, 60_000, || "mail".to_owned(), effect, error).await
    }
}

impl Background for Place {
    fn grace_ms(&self) -> Option<u32> {
        Some(28_000)
    }

    fn go_on(&self, work: After) {
        let stage = &self.net.stage;
        stage.tell(|| "a batch goes on in the background".to_owned());
        stage.spawn(self.isolate, Some(stage.now().plus_ms(BACKGROUND_MS)), None, work);
    }
}
