//! What happens in a simulated world: automations that are made and changed, deliveries that are sent and sent again,
//! operators, queues, timers and accidents; and then the calm in which everything has to come to rest.
//!
//! **Length:** everything that can happen stands in one place, so that what does not happen is seen.
//!
//! It judges little: what has to be seen at the moment (was a 2xx kept?) is noted here, everything else is
//! [`super::laws`]'.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Value, json};
use uncino::app::ports::{Incoming, QueueName};
use uncino::domain::time::Timestamp;
use uncino::http::message::{Reply, Response};
use uncino::memory::queues::Message;
use uncino::memory::{ADMIN_TOKEN, Delivery, MemoryQueues, World};

use super::laws::{Law, Violation};
use super::mutants::Mutant;
use super::ports::{Net, Weather};
use super::receiver::Receiver;
use super::stage::Stage;
use crate::chance::Chance;

/// Within what an answer has to come. Source: the contract of receiving.
const ANSWER_MS: i64 = 2_500;

/// How long the world is given to come to rest once nothing fails any more: longer than all pauses between retries.
const REST_MS: i64 = 8 * 3_600_000;

/// What is told what was answered, or that nobody answered.
type Done = Box<dyn FnOnce(Option<Response>)>;

/// A delivery as its sender knows it.
pub struct Post {
    pub source: usize,
    pub delivery_id: Option<String>,
    /// One word an item, which stands in its body.
    pub marks: Vec<String>,
    pub body: String,
    pub test: bool,
    pub many: bool,
    pub tries: u32,
}

/// What the outside knows of a simulated world.
#[derive(Default)]
pub struct Notes {
    pub posts: Vec<Post>,
    /// Events that somebody was told are kept: their id, and their post with the number of the item.
    pub kept: Vec<(String, usize, usize)>,
    /// Runs that somebody wanted to be resumed, with what they said.
    pub resumed: Vec<(String, Option<&'static str>)>,
    /// Runs of which somebody was told that they are cancelled.
    pub cancelled: Vec<String>,
    /// Events that somebody wanted to be deleted.
    pub deleted_events: Vec<String>,
    /// How often somebody wanted an event to be replayed.
    pub replays: BTreeMap<String, u32>,
    /// Runs of which somebody was told that they replay an event.
    pub replayed: Vec<String>,
    /// How often a range was replayed.
    pub ranges: u32,
    /// Whether a source may be gone.
    pub deletions: u32,
    /// Automations of which somebody was told that they exist, and that they are deleted.
    pub made: Vec<String>,
    pub unmade: Vec<String>,
    pub violations: Vec<Violation>,
}

pub struct Source {
    pub id: String,
    pub path: String,
}

pub struct Play {
    pub stage: Rc<Stage>,
    pub net: Rc<Net>,
    pub world: Rc<World>,
    pub receiver: Rc<Receiver>,
    pub sources: RefCell<Vec<Source>>,
    pub notes: RefCell<Notes>,
    mutant: Option<Mutant>,
    consumers: Cell<usize>,
    /// Batches that somebody works on.
    in_hand: RefCell<BTreeMap<u64, Vec<Message>>>,
    names: Cell<u32>,
    /// How often time was put forward by hand: what was under way then is not late.
    jumps: Cell<u32>,
    /// How many messages a recipient may get in an hour.
    pub hourly: usize,
    /// Nothing fails any more.
    calm: Cell<bool>,
}

impl Play {
    pub fn new(seed: u64, mutant: Option<Mutant>, told: bool) -> Rc<Self> {
        let chance = Chance::new(seed);
        // Often so few messages that some are held for their hour.
        let hourly = chance.pick(&[30, 30, 1, 3]);
        let world = Rc::new(World::reused(&[
            ("EMAIL_FROM", "uncino@example.com"),
            ("PUBLIC_URL", "http://localhost:8787"),
            ("SENDS_PER_RECIPIENT_HOUR", &hourly.to_string()),
        ]));
        let isolates = 1 + chance.below(3);
        let stage = Stage::new(Rc::clone(&world.clock), chance, isolates, told);
        let receiver = Rc::new(Receiver::default());
        let net = Net::new(&stage, Rc::clone(&world), Rc::clone(&receiver), mutant);
        Rc::new(Self {
            stage,
            net,
            world,
            receiver,
            sources: RefCell::default(),
            notes: RefCell::default(),
            mutant,
            consumers: Cell::new(0),
            in_hand: RefCell::default(),
            names: Cell::new(0),
            jumps: Cell::new(0),
            hourly,
            calm: Cell::new(false),
        })
    }

    fn chance(&self) -> &Chance {
        &self.stage.chance
    }

    fn name(&self, prefix: &str) -> String {
        self.names.set(self.names.get() + 1);
        format!("{prefix}{}", self.names.get())
    }

    pub fn violates(&self, law: Law, what: String) {
        self.notes.borrow_mut().violations.push(Violation { law, what });
    }

    /// The whole story: a calm beginning, troubled times, and rest.
    pub fn run(self: &Rc<Self>) {
        self.set_up();
        self.plan();
        let end = self.stage.now().plus_ms(self.chance().pick(&[20_000, 120_000, 900_000]));
        let begun = self.stage.now();
        for _ in 0..8 + self.chance().below(14) {
            let play = Rc::clone(self);
            let at = self.chance().between(0, end.since(begun));
            self.stage.at(begun.plus_ms(at), move || play.act());
        }
        let mut minute = begun;
        while minute < end {
            minute = minute.plus_ms(60_000);
            // Now and then two timers fire, or none.
            for _ in 0..self.chance().pick(&[0, 1, 1, 1, 2]) {
                let play = Rc::clone(self);
                self.stage.at(minute, move || play.sweep());
            }
        }
        self.drive(end);
        self.come_to_rest();
    }

    fn set_up(self: &Rc<Self>) {
        let connection = json!({"kind": "whatsapp", "name": "W", "simulated": false, "default": true,
            "settings": {"phone_number_id": "1"}, "secrets": {"access_token": "EAAB"}});
        let (status, made) = self.world.api("POST", "/connections", &connection);
        assert_eq!(status, 201, "{made}");
        for _ in 0..1 + self.chance().below(2) {
            let name = self.name("a");
            let draft = self.draft(&name, None);
            let (status, made) = self.world.api("POST", "/automations", &draft);
            assert_eq!(status, 201, "{made}");
            let url = made["source"]["url"].as_str().unwrap();
            let path = url[url.find("/in/").unwrap()..].to_owned();
            self.sources.borrow_mut().push(Source { id: made["source"]["id"].as_str().unwrap().to_owned(), path });
            self.notes.borrow_mut().made.push(name);
        }
        self.net.remember_documents();
        self.world.clock.advance(10_000);
    }

    /// How bad it will be.
    fn plan(&self) {
        let chance = self.chance();
        let mut fails = [0; 5];
        for rate in &mut fails {
            *rate = chance.pick(&[0, 0, 0, 100, 30, 8]);
        }
        self.net.weather.set(Weather {
            fails,
            slow: chance.pick(&[0, 0, 50, 15]),
            slow_ms: chance.pick(&[300, 2_000, 10_000, 60_000]),
            kills: chance.pick(&[0, 0, 300, 80, 25]),
            stale: chance.one_in(2),
        });
        self.receiver.moody.set(chance.pick(&[0, 2, 4, 10]));
    }

    /// Something that happens.
    fn act(self: &Rc<Self>) {
        match self.chance().below(44) {
            0..=16 => self.post(),
            17 | 18 => self.operate("disable", |name| ("POST", format!("/automations/{name}/disable"), Value::Null)),
            19 | 20 => {
                let held = self.chance().pick(&["release", "drop"]);
                self.operate("enable", |name| ("POST", format!("/automations/{name}/enable"), json!({ "held": held })));
            }
            21 => {
                // A second click while the first is on its way.
                let held = self.chance().pick(&["release", "drop"]);
                for _ in 0..2 {
                    self.operate("enable", |name| {
                        ("POST", format!("/automations/{name}/enable"), json!({ "held": held }))
                    });
                }
            }
            22 | 23 => self.edit(),
            24 => self.create(),
            25 => self.unmake(),
            26..=28 => self.resume(),
            29 => self.cancel(),
            30 => self.replay(),
            31 => self.replay_range(),
            32 => self.delete_event(),
            33 => {
                self.sweep();
                self.sweep();
            }
            34 | 35 => {
                let isolate = self.chance().below(self.stage.isolates());
                self.stage.kill(isolate);
                if self.chance().one_in(2) {
                    self.stage.tell(|| "the queue of runs is lost".to_owned());
                    self.world.queues.lose(QueueName::Runs);
                }
            }
            36 => {
                let ms = self.chance().between(1_000, 420_000);
                self.stage.tell(|| format!("time jumps by {ms} ms"));
                self.jumps.set(self.jumps.get() + 1);
                self.world.clock.advance(ms);
            }
            37 => self.double(),
            38 => {
                let ms = self.chance().between(500, 60_000);
                self.stage.tell(|| format!("the database is away for {ms} ms"));
                self.net.outage_until.set(self.stage.now().plus_ms(ms));
            }
            39 => self.post_longer(),
            40 | 41 => self.crowd(),
            _ => {
                for _ in 0..6 {
                    self.post();
                }
            }
        }
    }

    // ---- deliveries

    /// A sender that sends its list again under the same id: longer, and with other fields.
    fn post_longer(self: &Rc<Self>) {
        let longer = {
            let notes = self.notes.borrow();
            let lists: Vec<&Post> = notes.posts.iter().filter(|post| post.many && post.delivery_id.is_some()).collect();
            let Some(post) = lists.get(self.chance().below(lists.len())) else { return };
            let mut marks = post.marks.clone();
            marks.push(self.name("m"));
            let items: Vec<Value> = marks.iter().map(|mark| self.item(mark)).collect();
            let (source, delivery_id, test) = (post.source, post.delivery_id.clone(), post.test);
            Post { source, delivery_id, marks, body: Value::Array(items).to_string(), test, many: true, tries: 0 }
        };
        let index = self.notes.borrow().posts.len();
        self.notes.borrow_mut().posts.push(longer);
        self.send(index);
    }

    fn post(self: &Rc<Self>) {
        let chance = self.chance();
        let source = chance.below(self.sources.borrow().len());
        let many = chance.one_in(4);
        let marks: Vec<String> = (0..if many { 1 + chance.below(4) } else { 1 }).map(|_| self.name("m")).collect();
        let items: Vec<Value> = marks.iter().map(|mark| self.item(mark)).collect();
        let body = if many { Value::Array(items) } else { items.into_iter().next().unwrap() };
        let post = Post {
            source,
            delivery_id: chance.one_in(2).then(|| self.name("d")),
            marks,
            body: body.to_string(),
            test: chance.one_in(12),
            many,
            tries: 0,
        };
        let index = self.notes.borrow().posts.len();
        let twice = post.delivery_id.is_some() && chance.one_in(4);
        self.notes.borrow_mut().posts.push(post);
        self.send(index);
        if twice {
            // A sender that does not wait for the first answer.
            self.send(index);
        }
    }

    /// Many deliveries at once, some from clients that hang up: those of one isolate share writes.
    fn crowd(self: &Rc<Self>) {
        let source = self.chance().below(self.sources.borrow().len());
        for _ in 0..12 {
            let mark = self.name("m");
            let body = json!({"n": mark, "email": "p1@example.com", "phone": "+393331234501"}).to_string();
            // Now and then one that repeats another of the crowd.
            let delivery_id = self.chance().one_in(3).then(|| self.name("d"));
            let twice = delivery_id.is_some() && self.chance().one_in(3);
            let index = self.notes.borrow().posts.len();
            let post = Post { source, delivery_id, marks: vec![mark], body, test: false, many: false, tries: 0 };
            self.notes.borrow_mut().posts.push(post);
            for _ in 0..=usize::from(twice) {
                self.send_from(index, 6);
            }
        }
    }

    fn item(&self, mark: &str) -> Value {
        let chance = self.chance();
        let person = chance.below(4);
        let mut item =
            json!({"n": mark, "email": format!("p{person}@example.com"), "phone": format!("+3933312345{person:02}")});
        for _ in 0..chance.below(3) {
            let values =
                [json!(1), json!("x"), json!(null), json!(true), json!([1, 2]), json!({"a": 1}), json!([{"b": "c"}])];
            item[format!("f{}", chance.below(9))] = values[chance.below(values.len())].clone();
        }
        if chance.one_in(3) {
            item["vip"] = json!("yes");
        }
        item
    }

    fn send(self: &Rc<Self>, index: usize) {
        self.send_from(index, 40);
    }

    /// Sends a delivery from one of clients of which one in so many hangs up.
    fn send_from(self: &Rc<Self>, index: usize, hangs_up: usize) {
        let delivery = {
            let mut notes = self.notes.borrow_mut();
            let post = &mut notes.posts[index];
            post.tries += 1;
            let path = self.sources.borrow()[post.source].path.clone();
            let mut delivery = Delivery::new("POST", &path, &post.body).header("content-type", "application/json");
            if let Some(id) = &post.delivery_id {
                delivery = delivery.header("webhook-id", id);
            }
            if post.test {
                delivery = delivery.header("x-uncino-test", "1");
            }
            delivery
        };
        let (play, begun) = (Rc::clone(self), (self.stage.now(), self.jumps.get()));
        self.ask_from(delivery, hangs_up, move |response| play.answered(index, begun, response));
    }

    fn answered(self: &Rc<Self>, index: usize, begun: (Timestamp, u32), response: Option<Response>) {
        let (mark, tries) = {
            let notes = self.notes.borrow();
            (notes.posts[index].marks[0].clone(), notes.posts[index].tries)
        };
        let status = response.as_ref().map(|response| response.status);
        self.stage.tell(|| format!("{mark} was answered {status:?}"));
        let took = self.stage.now().since(begun.0);
        if status.is_some() && took > ANSWER_MS && begun.1 == self.jumps.get() {
            self.violates(Law::Prompt, format!("{mark} was answered after {took} ms"));
        }
        match response {
            Some(response) if matches!(response.status, 200 | 202) => {
                let said: Value = serde_json::from_str(&response.body).unwrap_or_default();
                let one = said["id"].as_str().map(|id| vec![id.to_owned()]);
                let many =
                    || said["ids"].as_array().map(|ids| ids.iter().map(|id| id.as_str().unwrap().to_owned()).collect());
                let ids = one.or_else(many).unwrap_or_default();
                let sent = self.notes.borrow().posts[index].marks.len();
                if ids.len() != sent {
                    self.violates(Law::Kept, format!("{sent} items were answered with {}", response.body));
                }
                for (item, id) in ids.into_iter().enumerate() {
                    if !self.holds(&id) && !self.has_twin(index, item) {
                        self.violates(Law::Durable, format!("{id} was answered {} and is nowhere", response.status));
                    }
                    self.notes.borrow_mut().kept.push((id, index, item));
                }
                return;
            }
            Some(response) if response.status == 503 => {}
            Some(response) => {
                let gone = matches!(response.status, 404 | 410) && self.notes.borrow().deletions > 0;
                if !gone {
                    self.violates(Law::Answered, format!("{mark} was answered {} {}", response.status, response.body));
                }
                return;
            }
            None => {}
        }
        if tries < 4 && self.chance().one_in(2) {
            let play = Rc::clone(self);
            let at = self.stage.now().plus_ms(self.chance().between(100, 6_000));
            self.stage.at(at, move || play.send(index));
        }
    }

    /// Whether an event is in the database, in the queue, or with somebody who has taken it out of the queue.
    fn holds(&self, id: &str) -> bool {
        let stored = self.world.db.query(&format!("SELECT count(*) FROM events WHERE id = '{id}'")) == ["1"];
        let deleted = || self.notes.borrow().deleted_events.iter().any(|deleted| deleted == id);
        stored
            || self.messages().any(|message| message.body.contains(id) && message.body.contains("intake"))
            || deleted()
    }

    /// Whether an item of a delivery was stored under another id: then `INTAKE` had it, and has let go of it already. What
    /// the sender says in it may be something else by now: its id is what it is known by.
    fn has_twin(&self, index: usize, item: usize) -> bool {
        let notes = self.notes.borrow();
        let post = &notes.posts[index];
        let Some(id) = &post.delivery_id else { return false };
        let id = if post.many { format!("{id}#{item}") } else { id.clone() };
        let id = if post.test { format!("test:{id}") } else { id };
        self.world.db.query(&format!("SELECT count(*) FROM events WHERE delivery_id = '{id}'")) != ["0"]
    }

    /// Every message that any queue holds, or somebody works on.
    fn messages(&self) -> impl Iterator<Item = Message> {
        let queues: &MemoryQueues = &self.world.queues;
        let held =
            [QueueName::Runs, QueueName::Intake, QueueName::Dead].into_iter().flat_map(|queue| queues.held(queue));
        held.chain(self.in_hand.borrow().values().flatten().cloned().collect::<Vec<_>>())
    }

    /// Makes a request in some isolate; `done` is told what was answered, or that nothing was.
    fn ask(self: &Rc<Self>, delivery: Delivery, done: impl FnOnce(Option<Response>) + 'static) {
        self.ask_from(delivery, 40, done);
    }

    fn ask_from(self: &Rc<Self>, delivery: Delivery, hangs_up: usize, done: impl FnOnce(Option<Response>) + 'static) {
        let isolate = self.chance().below(self.stage.isolates());
        let app = self.net.app(isolate);
        let stage = Rc::clone(&self.stage);
        let request = delivery.into_request();
        let done: Rc<Cell<Option<Done>>> = Rc::new(Cell::new(Some(Box::new(done))));
        let never = Rc::clone(&done);
        let when_killed = move || {
            if let Some(done) = never.take() {
                done(None);
            }
        };
        let job = async move {
            let (reply, after) = uncino::http::handle(&app, request).await;
            if let Some(after) = after {
                let dies_at = stage.now().plus_ms(30_000);
                stage.spawn(isolate, Some(dies_at), None, after);
            }
            if let Some(done) = done.take() {
                done(match reply {
                    Reply::Response(response) => Some(response),
                    Reply::Asset(_) => None,
                });
            }
        };
        let number = self.stage.spawn(isolate, None, Some(Box::new(when_killed)), Box::pin(job));
        if !self.calm.get() && self.chance().one_in(hangs_up) {
            // The client hangs up.
            let stage = Rc::clone(&self.stage);
            let at = self.stage.now().plus_ms(self.chance().between(0, 50));
            self.stage.at(at, move || stage.cancel(number));
        }
    }

    // ---- operators

    /// The steps of an automation. What they send says who sent it: the event, the automation's name and the step's id.
    fn draft(&self, name: &str, source: Option<&str>) -> Value {
        let chance = self.chance();
        let steps: Vec<Value> = (0..1 + chance.below(4)).map(|_| self.step(name)).collect();
        let mut draft = json!({"name": name, "steps": steps, "enabled": !chance.one_in(6)});
        if let Some(source) = source {
            draft["source_id"] = json!(source);
        }
        if chance.one_in(8) {
            draft["condition"] = json!({"all": [{"field": "vip", "op": "exists"}]});
        }
        draft
    }

    fn step(&self, automation: &str) -> Value {
        let chance = self.chance();
        let id = self.name("s");
        let who = format!("who {{{{ uncino.event.id }}}} {automation} {id}");
        let timeout = chance.pick(&[1_000, 10_000, 60_000]);
        let (action, params) = match chance.below(14) {
            0..=2 => {
                ("http_request", json!({"url": "https://once.example/x", "json": {"who": who}, "timeout_ms": timeout}))
            }
            3..=5 => (
                "http_request",
                json!({"url": "https://again.example/x", "json": {"who": who}, "timeout_ms": timeout, "idempotent": true}),
            ),
            6 | 7 => ("send_whatsapp", json!({"to": "{{ phone }}", "text": who})),
            8 => ("send_email", json!({"to": "{{ email }}", "subject": who, "text": "Ciao"})),
            9 | 10 => ("save_contact", json!({"phone": "{{ phone }}", "email": "{{ email }}"})),
            11 | 12 => ("wait", json!({"seconds": chance.pick(&[1, 5, 60, 600, 900_000])})),
            _ if chance.one_in(2) => ("stop", json!({"reason": "enough"})),
            _ => ("filter", json!({"condition": {"any": [{"field": "vip", "op": "exists"}]}})),
        };
        let mut step = json!({"id": id, "action": action, "params": params});
        if chance.one_in(3) {
            step["on_error"] = json!("continue");
        }
        if chance.one_in(6) {
            step["when"] = json!({"any": [{"field": "vip", "op": "exists"}]});
        }
        if chance.one_in(12) {
            step["enabled"] = json!(false);
        }
        step
    }

    fn api(self: &Rc<Self>, method: &str, path: &str, body: &Value, done: impl FnOnce(u16, Value) + 'static) {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let delivery = Delivery::new(method, &format!("/api/v1{path}"), text)
            .header("authorization", &format!("Bearer {ADMIN_TOKEN}"))
            .header("content-type", "application/json");
        let (play, what) = (Rc::clone(self), format!("{method} {path}"));
        self.stage.tell(|| format!("an operator asks {what}"));
        self.ask(delivery, move |response| {
            let Some(response) = response else { return };
            play.stage.tell(|| format!("{what} was answered {}", response.status));
            if response.status >= 500 && response.status != 503 {
                play.violates(Law::Answered, format!("{what} was answered {} {}", response.status, response.body));
            }
            done(response.status, serde_json::from_str(&response.body).unwrap_or_default());
        });
    }

    /// One row of those that a query finds.
    fn any_of(&self, query: &str) -> Option<String> {
        let rows = self.world.db.query(query);
        rows.get(self.chance().below(rows.len())).cloned()
    }

    fn automation(&self) -> Option<String> {
        self.any_of("SELECT id FROM automations WHERE deleted_at IS NULL ORDER BY id")
    }

    fn operate(self: &Rc<Self>, _what: &str, request: impl FnOnce(&str) -> (&'static str, String, Value)) {
        let Some(id) = self.automation() else { return };
        let (method, path, body) = request(&id);
        self.api(method, &path, &body, |_, _| {});
    }

    fn edit(self: &Rc<Self>) {
        let Some(row) = self.any_of("SELECT id, name FROM automations WHERE deleted_at IS NULL ORDER BY id") else {
            return;
        };
        let (id, name) = row.split_once('|').unwrap();
        let mut draft = self.draft(name, None);
        // Whether it is enabled is said by `enable` alone, which also says what becomes of held runs.
        draft.as_object_mut().unwrap().remove("enabled");
        self.api("PUT", &format!("/automations/{id}"), &draft, |_, _| {});
    }

    fn create(self: &Rc<Self>) {
        let source = self.sources.borrow()[self.chance().below(self.sources.borrow().len())].id.clone();
        let name = self.name("a");
        let (draft, play) = (self.draft(&name, Some(&source)), Rc::clone(self));
        self.api("POST", "/automations", &draft, move |status, _| {
            if status == 201 {
                play.notes.borrow_mut().made.push(name);
            }
        });
    }

    fn unmake(self: &Rc<Self>) {
        let Some(id) = self.automation() else { return };
        self.notes.borrow_mut().deletions += 1;
        let keep = if self.chance().one_in(3) { "" } else { "?keep_source=true" };
        let play = Rc::clone(self);
        self.api("DELETE", &format!("/automations/{id}{keep}"), &Value::Null, move |status, _| {
            if status == 204 {
                play.notes.borrow_mut().unmade.push(id);
            }
        });
    }

    /// A run as the API names it.
    const RUN_ID: &str = "'run_' || substr(event_id, 5) || substr(automation_id, 5) || number";

    fn resume(self: &Rc<Self>) {
        let query = format!(
            "SELECT {}, status, (SELECT count(*) FROM json_each(steps) s WHERE s.value ->> 'status' = 'uncertain') FROM runs
             WHERE status IN ('failed', 'uncertain', 'cancelled') ORDER BY 1",
            Self::RUN_ID
        );
        let Some(row) = self.any_of(&query) else { return };
        let mut parts = row.split('|');
        let (id, _status, uncertain) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let said = if uncertain == "0" { None } else { Some(self.chance().pick(&["sent", "not_sent"])) };
        let body = said.map_or(json!({}), |said| json!({ "uncertain": said }));
        // Now and then a person clicks twice.
        for _ in 0..self.chance().pick(&[1, 1, 2]) {
            self.notes.borrow_mut().resumed.push((id.to_owned(), said));
            self.api("POST", &format!("/runs/{id}/resume"), &body, |_, _| {});
        }
    }

    fn cancel(self: &Rc<Self>) {
        let Some(id) = self.any_of(&format!("SELECT {} FROM runs WHERE open IS NOT NULL ORDER BY 1", Self::RUN_ID))
        else {
            return;
        };
        let play = Rc::clone(self);
        self.api("POST", &format!("/runs/{id}/cancel"), &json!({}), move |status, _| {
            if status == 200 {
                play.notes.borrow_mut().cancelled.push(id);
            }
        });
    }

    fn replay(self: &Rc<Self>) {
        let Some(id) = self.any_of("SELECT id FROM events ORDER BY id") else { return };
        *self.notes.borrow_mut().replays.entry(id.clone()).or_default() += 1;
        let play = Rc::clone(self);
        self.api("POST", &format!("/events/{id}/replay"), &json!({}), move |status, made| {
            if status == 202 {
                let runs = made["runs"].as_array().unwrap().iter().map(|run| run.as_str().unwrap().to_owned());
                play.notes.borrow_mut().replayed.extend(runs);
            }
        });
    }

    fn replay_range(self: &Rc<Self>) {
        let source = self.sources.borrow()[0].id.clone();
        self.notes.borrow_mut().ranges += 1;
        let range = json!({"source_id": source, "from": "2025-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z"});
        self.api("POST", "/events/replay", &range, |_, _| {});
    }

    fn delete_event(self: &Rc<Self>) {
        if !self.chance().one_in(3) {
            return;
        }
        let Some(id) = self.any_of("SELECT id FROM events ORDER BY id") else { return };
        self.notes.borrow_mut().deleted_events.push(id.clone());
        self.api("DELETE", &format!("/events/{id}"), &Value::Null, |_, _| {});
    }

    // ---- queues and timers

    fn sweep(self: &Rc<Self>) {
        let isolate = self.chance().below(self.stage.isolates());
        let app = self.net.app(isolate);
        self.stage.tell(|| format!("a timer fires in isolate {isolate}"));
        self.stage.spawn(isolate, None, None, Box::pin(async move { uncino::app::sweep(&app).await }));
    }

    /// A message that was answered for comes again.
    fn double(&self) {
        if let Some(message) = self.world.queues.held(QueueName::Runs).into_iter().next() {
            self.stage.tell(|| "a message is doubled".to_owned());
            self.world.queues.settle(vec![message], &[]);
        }
    }

    fn can_consume(&self) -> bool {
        self.consumers.get() < 3 && self.world.next_due().is_some_and(|due| due <= self.stage.now())
    }

    /// Gives a batch of some queue to some isolate: any of its messages, in any order.
    fn consume(self: &Rc<Self>) {
        let now = self.stage.now();
        let queues = &self.world.queues;
        let due = |queue: &QueueName| queues.held(*queue).iter().any(|message| message.due <= now);
        let names: Vec<QueueName> =
            [QueueName::Runs, QueueName::Intake, QueueName::Dead].into_iter().filter(due).collect();
        let queue = self.chance().pick(&names);
        let mut room = if queue == QueueName::Dead { 10 } else { 25 };
        let mut first = true;
        let mut batch = queues.take_chosen(queue, |_| {
            let taken = room > 0 && (std::mem::take(&mut first) || !self.chance().one_in(4));
            room -= usize::from(taken);
            taken
        });
        for at in (1..batch.len()).rev() {
            batch.swap(at, self.chance().below(at + 1));
        }
        if self.mutant == Some(Mutant::AckedUnread) && queue == QueueName::Intake {
            // Answered for before it is worked on.
            let isolate = self.chance().below(self.stage.isolates());
            let app = self.net.app(isolate);
            let incoming = batch.iter().map(Incoming::from).collect();
            let job = async move {
                uncino::app::consume(&app, queue, incoming).await;
            };
            self.stage.spawn(isolate, None, None, Box::pin(job));
            return;
        }
        let isolate = self.chance().below(self.stage.isolates());
        self.stage.tell(|| format!("isolate {isolate} gets {} of {queue:?}", batch.len()));
        let app = self.net.app(isolate);
        let incoming: Vec<Incoming> = batch.iter().map(Incoming::from).collect();
        let hand = u64::from(self.names.get()) << 32 | u64::from(self.consumers.get() as u32);
        self.names.set(self.names.get() + 1);
        self.in_hand.borrow_mut().insert(hand, batch);
        self.consumers.set(self.consumers.get() + 1);
        let (play, killed) = (Rc::clone(self), Rc::clone(self));
        let job = async move {
            let verdicts = uncino::app::consume(&app, queue, incoming).await;
            let batch = play.in_hand.borrow_mut().remove(&hand).unwrap();
            play.consumers.set(play.consumers.get() - 1);
            // Now and then the verdicts do not arrive.
            let lost = !play.calm.get() && play.chance().one_in(30);
            play.world.queues.settle(batch, if lost { &[] } else { &verdicts });
        };
        let when_killed = move || {
            let batch = killed.in_hand.borrow_mut().remove(&hand).unwrap();
            killed.consumers.set(killed.consumers.get() - 1);
            killed.world.queues.settle(batch, &[]);
        };
        self.stage.spawn(isolate, None, Some(Box::new(when_killed)), Box::pin(job));
    }

    /// Lets the world go on until a moment.
    fn drive(self: &Rc<Self>, end: Timestamp) {
        loop {
            if self.can_consume() && (self.chance().one_in(6) || !self.stage.turn()) {
                self.consume();
                continue;
            }
            if self.stage.turn() {
                continue;
            }
            let next = [self.stage.next(), self.world.next_due().filter(|_| self.consumers.get() < 3)];
            match next.into_iter().flatten().min() {
                Some(next) if next <= end => self.world.clock.advance_to(next),
                Some(_) | None => break,
            }
        }
        self.world.clock.advance_to(end);
    }

    /// Nothing fails any more; minutes pass until everything is over or waits for its time.
    fn come_to_rest(self: &Rc<Self>) {
        self.stage.tell(|| "nothing fails any more".to_owned());
        for run in
            self.world.db.query("SELECT event_id FROM runs WHERE status = 'held' AND error IS NOT NULL ORDER BY 1")
        {
            self.stage.tell(|| format!("a run of {run} is held for its hour"));
        }
        self.calm.set(true);
        self.net.weather.set(Weather::default());
        self.net.outage_until.set(self.stage.now());
        self.stage.set_clocks_right();
        // A request that is under way while its isolate's clock is put back is not late.
        self.jumps.set(self.jumps.get() + 1);
        self.receiver.moody.set(0);
        let begun = self.stage.now();
        // Where a recipient gets one message in an hour, so many events with a few messages each take so many hours.
        let messages = 6 * self.notes.borrow().posts.len() / self.hourly;
        let patience_ms = REST_MS + i64::try_from(messages).unwrap() * 3_600_000;
        let mut pause_ms = 61_000;
        let mut quiet = 0;
        while quiet < 3 {
            let now = self.stage.now();
            if now.since(begun) > patience_ms {
                break;
            }
            // A time at which something is due, or, when nothing is, a longer and longer while: the sweep looks again at
            // the ages of 1, 2, 4, 8 … minutes.
            let due = self.world.next_due().filter(|due| due.since(now) > pause_ms);
            self.drive(due.filter(|_| quiet == 0).unwrap_or_else(|| now.plus_ms(pause_ms)));
            self.sweep();
            self.drive(self.stage.now().plus_ms(1_000));
            if self.stage.is_empty() && self.open_runs() == 0 && self.messages_to_come() == 0 && self.lost_events() == 0
            {
                quiet += 1;
                pause_ms = 61_000;
            } else {
                quiet = 0;
                pause_ms = (pause_ms * 3 / 2).min(3_600_000);
            }
        }
    }

    fn messages_to_come(&self) -> usize {
        let horizon = self.stage.now().plus_ms(REST_MS);
        self.messages().filter(|message| message.due < horizon).count()
    }

    /// Runs that are neither over nor held, nor wait for longer than anybody looks. One that was held for its hour is
    /// released after it, unless its automation is disabled by then.
    fn open_runs(&self) -> usize {
        let horizon = self.stage.now().plus_ms(REST_MS).as_millis();
        let query = format!(
            "SELECT count(*) FROM runs r WHERE open IS NOT NULL AND open < {horizon} AND (status <> 'held'
               OR EXISTS (SELECT 1 FROM automations a WHERE a.id = r.automation_id AND (a.enabled OR a.deleted_at IS NOT NULL)))"
        );
        self.world.db.query(&query)[0].parse().unwrap()
    }

    /// Events that an automation of theirs has not run.
    fn lost_events(&self) -> usize {
        let query = "SELECT count(*) FROM events e JOIN automations a ON a.source_id = e.source_id AND a.since <= e.id
                     AND a.deleted_at IS NULL
                     WHERE NOT EXISTS (SELECT 1 FROM runs r WHERE r.event_id = e.id AND r.automation_id = a.id)";
        self.world.db.query(query)[0].parse().unwrap()
    }
}
