//! A world: the application on the ports in memory, and what the runtime does around it: requests, queues, minutes,
//! restarts, and the worker's sudden end.
//!
//! It knows no use case beyond the three events, so it stays what it is whatever the application does.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::Rc;

use futures_util::future::join_all;
use serde_json::Value;

use super::fault::Life;
use super::{
    MemoryAssets, MemoryClock, MemoryDatabase, MemoryEntropy, MemoryKv, MemoryLog, MemoryMail, MemoryOutbound,
    MemoryQueues, MemoryRates, drive, zone_offset,
};
use crate::app::faults::Faults;
use crate::app::ports::{Clock, Foreground, Incoming, Level, Log};
use crate::app::{App, Config, Memory, Ports};
use crate::domain::payload::MAX_BODY;
use crate::domain::time::Timestamp;
use crate::http::message::{Body, Headers, Request, Response, split_url};

/// The admin token of every world, unless its settings say another.
pub const ADMIN_TOKEN: &str = "the-admin-token-of-every-test-world";

/// The status of the response that never came, because the worker was killed before it.
pub const KILLED: u16 = 0;

/// Where every world is found, unless a delivery names another host.
const ORIGIN: &str = "http://localhost:8787";

/// More batches than any test needs.
const ENDLESS_AFTER: usize = 100_000;

/// A world.
pub struct World {
    /// Its clock.
    pub clock: Rc<MemoryClock>,
    /// Its database.
    pub db: Rc<MemoryDatabase>,
    /// Its key-value store.
    pub kv: Rc<MemoryKv>,
    /// Its queues.
    pub queues: Rc<MemoryQueues>,
    /// Every other system.
    pub outbound: Rc<MemoryOutbound>,
    /// Its mail service.
    pub mail: Rc<MemoryMail>,
    /// The dashboard's files.
    pub assets: MemoryAssets,
    /// Its counters of rates.
    pub rates: Rc<MemoryRates>,
    /// Its log.
    pub log: Rc<MemoryLog>,
    /// Which of the faults of `UNCINO_FAULTS` are on.
    pub faults: Cell<Faults>,
    /// Whether what goes on after an answer goes on. Switched off: the worker is killed between answer and hand-off.
    pub hands_off: Cell<bool>,
    /// Of so many batches the verdicts are lost: the worker is killed after it did its work.
    pub loses_verdicts: Cell<usize>,
    entropy: Rc<MemoryEntropy>,
    life: Rc<Life>,
    config: RefCell<Rc<Config>>,
    memory: RefCell<Rc<Memory>>,
}

/// A request to a world.
#[derive(Clone, Debug)]
pub struct Delivery {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Delivery {
    /// A request; `path` may have a query, and may be a whole URL.
    pub fn new(method: &str, path: &str, body: impl AsRef<[u8]>) -> Self {
        let url = if path.starts_with('/') { format!("{ORIGIN}{path}") } else { path.to_owned() };
        Self { method: method.to_owned(), url, headers: Vec::new(), body: body.as_ref().to_vec() }
    }

    /// The same request with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same request with several more headers.
    #[must_use]
    pub fn headers(self, headers: &[(&str, &str)]) -> Self {
        headers.iter().fold(self, |delivery, (name, value)| delivery.header(name, value))
    }

    /// The request as the HTTP edge gets it.
    pub fn into_request(self) -> Request {
        let (scheme, host, path, query) = split_url(&self.url);
        let body = if self.body.len() > MAX_BODY { Body::TooLarge } else { Body::Bytes(self.body) };
        Request {
            scheme: scheme.to_owned(),
            host: host.to_owned(),
            path: path.to_owned(),
            query: query.map(str::to_owned),
            method: self.method,
            headers: Box::new(ListedHeaders(self.headers)),
            body,
        }
    }
}

struct ListedHeaders(Vec<(String, String)>);

impl Headers for ListedHeaders {
    fn get(&self, name: &str) -> Option<String> {
        let values: Vec<&str> =
            self.0.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str()).collect();
        // Repeated headers arrive as one, as the runtime's `Headers` gives them.
        (!values.is_empty()).then(|| values.join(", "))
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.0.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// A world with an empty, migrated database and the settings that every world has.
    pub fn new() -> Self {
        Self::build(&[], |clock, life| MemoryDatabase::open(None, clock, life))
    }

    /// A world with settings of its own.
    pub fn with(settings: &[(&str, &str)]) -> Self {
        Self::build(settings, |clock, life| MemoryDatabase::open(None, clock, life))
    }

    /// The same on the database of an earlier world of this thread, emptied: for tests that need thousands of worlds.
    pub fn reused(settings: &[(&str, &str)]) -> Self {
        Self::build(settings, MemoryDatabase::reused)
    }

    /// A world whose database lies in a file and may have been there before.
    pub fn at(path: &Path) -> Self {
        Self::build(&[], |clock, life| MemoryDatabase::open(Some(path), clock, life))
    }

    /// A world whose database was never migrated.
    pub fn unmigrated() -> Self {
        Self::build(&[], |clock, life| MemoryDatabase::unmigrated(None, clock, life))
    }

    fn build(settings: &[(&str, &str)], database: impl FnOnce(&Rc<MemoryClock>, &Rc<Life>) -> MemoryDatabase) -> Self {
        let (clock, life) = (Rc::default(), Rc::default());
        Self {
            db: Rc::new(database(&clock, &life)),
            kv: Rc::new(MemoryKv::new(&clock, &life)),
            queues: Rc::new(MemoryQueues::new(&clock, &life)),
            outbound: Rc::new(MemoryOutbound::new(&clock, &life)),
            mail: Rc::new(MemoryMail::new(&clock, &life)),
            assets: MemoryAssets::default(),
            rates: Rc::new(MemoryRates::new(&clock)),
            log: Rc::default(),
            faults: Cell::default(),
            hands_off: Cell::new(true),
            loses_verdicts: Cell::new(0),
            entropy: Rc::new(MemoryEntropy::new(1)),
            config: RefCell::new(Rc::new(read_config(settings))),
            memory: RefCell::default(),
            clock,
            life,
        }
    }

    /// Deploys anew with these settings, beside those that every world has: a new isolate, everything else stays.
    pub fn configure(&self, settings: &[(&str, &str)]) {
        *self.config.borrow_mut() = Rc::new(read_config(settings));
        self.forget();
    }

    /// The application for one event, as the platform would build it.
    pub fn app(&self) -> App {
        let config = Rc::clone(&self.config.borrow());
        let ports = Ports {
            db: self.db.clone(),
            kv: self.kv.clone(),
            queues: self.queues.clone(),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            outbound: self.outbound.clone(),
            mail: self.mail.clone(),
            rsa: Rc::new(super::rsa::MemoryRsa),
            rates: self.rates.clone(),
            background: Rc::new(Foreground),
            log: self.log.clone(),
        };
        App { ports: self.faults.get().wrap(ports), config, memory: Rc::clone(&self.memory.borrow()) }
    }

    /// Makes a request, and does what goes on after its answer. Its status is [`KILLED`] when the worker was.
    pub fn deliver(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Response {
        self.deliver_all(vec![Delivery::new(method, path, body).headers(headers)])
            .pop()
            .unwrap_or(Response::empty(KILLED))
    }

    /// Makes requests that are in flight together in one isolate. With a latency of the database they overlap.
    ///
    /// When the worker is killed, no request that was in flight is answered.
    pub fn deliver_all(&self, deliveries: Vec<Delivery>) -> Vec<Response> {
        let count = deliveries.len();
        let apps: Vec<App> = deliveries.iter().map(|_| self.app()).collect();
        let requests = deliveries.into_iter().map(Delivery::into_request);
        let answers = apps.iter().zip(requests).map(|(app, request)| crate::http::handle(app, request));
        let Some(answers) = self.drive(join_all(answers)) else { return vec![Response::empty(KILLED); count] };
        let (replies, afters): (Vec<_>, Vec<_>) = answers.into_iter().unzip();
        let responses = replies.into_iter().map(|reply| self.assets.answer(reply)).collect();
        if self.hands_off.get() {
            self.drive(join_all(afters.into_iter().flatten()));
        }
        responses
    }

    /// Calls the admin API with its token: status and JSON. A body of null is none.
    pub fn api(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let token = format!("Bearer {ADMIN_TOKEN}");
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let path = if path.starts_with("/api/") { path.to_owned() } else { format!("/api/v1{path}") };
        let headers = [("authorization", token.as_str()), ("content-type", "application/json")];
        let response = self.deliver(method, &path, &headers, text);
        let json = serde_json::from_str(&response.body).unwrap_or(Value::String(response.body));
        (response.status, json)
    }

    /// Delivers every message that is due, in batches, until none is.
    ///
    /// # Panics
    /// When it finds no end.
    pub fn run_queues(&self) {
        for _ in 0..ENDLESS_AFTER {
            let Some((queue, batch)) = self.queues.take_due() else { return };
            let app = self.app();
            let incoming: Vec<Incoming> = batch.iter().map(Incoming::from).collect();
            let mut verdicts = self.drive(crate::app::consume(&app, queue, incoming)).unwrap_or_default();
            if self.loses_verdicts.get() > 0 {
                self.loses_verdicts.set(self.loses_verdicts.get() - 1);
                verdicts.clear();
                self.forget();
            }
            self.queues.settle(batch, &verdicts);
        }
        panic!("the queues find no end; does something ask to be retried at once, for ever?")
    }

    /// Lets time pass, and delivers every message at its time.
    pub fn tick(&self, ms: i64) {
        let end = self.clock.now().plus_ms(ms);
        self.run_queues();
        while let Some(due) = self.queues.next_due().filter(|due| *due <= end) {
            self.clock.advance_to(due);
            self.run_queues();
        }
        self.clock.advance_to(end);
    }

    /// Fires the timer once. What it sends is delivered by the next [`World::run_queues`].
    pub fn sweep(&self) {
        let app = self.app();
        self.drive(crate::app::sweep(&app));
    }

    /// Lets minutes pass as they do in production: every one ends with the timer and what it sets going.
    pub fn minutes(&self, count: usize) {
        for _ in 0..count {
            self.tick(60_000);
            self.sweep();
            self.run_queues();
        }
    }

    /// Stops the worker and starts it again, as locally: the queues and the isolate's memory are gone, the database and
    /// the key-value store stay.
    pub fn restart(&self) {
        self.queues.clear();
        self.forget();
    }

    /// Another isolate takes over: memory is gone, everything else stays.
    pub fn forget(&self) {
        *self.memory.borrow_mut() = Rc::default();
    }

    /// When the next message is due.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.queues.next_due()
    }

    /// Runs something of the worker's; `None` when the worker was killed in it.
    fn drive<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        let done = drive(future, || self.life.was_killed());
        if done.is_none() {
            self.log.write(Level::Info, "the worker was killed");
            self.forget();
        }
        done
    }
}

fn read_config(settings: &[(&str, &str)]) -> Config {
    let get = |name: &str| {
        let default = match name {
            "ADMIN_TOKEN" => Some(ADMIN_TOKEN),
            "SECRET_KEY" => Some("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="),
            _ => None,
        };
        settings.iter().find(|(key, _)| *key == name).map(|(_, value)| *value).or(default).map(str::to_owned)
    };
    Config::read(&get, zone_offset)
}

#[cfg(test)]
#[path = "world_tests.rs"]
mod tests;
