//! What must hold of a simulated world when it has come to rest.
//!
//! The truth about what was done outside is the receiver's, about what was promised the sender's; the database is only
//! asked what it says. What may be broken legitimately (somebody deleted it, somebody said `not_sent`) is counted, never
//! guessed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use uncino::domain::event::Event;
use uncino::domain::field::flatten;
use uncino::memory::clock::BEGINNING;

use super::play::{Notes, Play};
use super::receiver::{Seen, Who};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Law {
    /// A delivery is answered with what the contract allows, and nobody gets a 500.
    Answered,
    /// Within two and a half seconds.
    Prompt,
    /// A 2xx comes after one durable write.
    Durable,
    /// What was acknowledged exists, or was deleted by somebody.
    Kept,
    /// A delivery makes one event, however often it is sent with the same delivery id.
    NoDuplicate,
    /// An event has its runs.
    Ran,
    /// And each of them once.
    RunOnce,
    /// A run is over, held, or waits for its time.
    Settled,
    /// A call that cannot be repeated happened once, or a person said that it had not.
    SentOnce,
    /// A recipient gets no more messages in an hour than may be sent.
    Paced,
    /// The ledger says what the receiver saw.
    LedgerTrue,
    /// A call that can be repeated says each time that it is the same.
    SameKey,
    /// The learned fields are what was sent and stored.
    Learned,
    /// The KV document is the ledger's.
    Published,
    /// What was cancelled, or whose automation is gone, is over.
    Cancelled,
    /// No run is held whose automation is enabled and was released or dropped.
    Released,
}

#[derive(Clone, Debug)]
pub struct Violation {
    pub law: Law,
    pub what: String,
}

/// A run as the database has it.
struct Row {
    id: String,
    event: String,
    automation: String,
    name: String,
    status: String,
    test: bool,
    open: Option<i64>,
    deleted: bool,
    enabled: bool,
    steps: Vec<Value>,
}

fn rows(play: &Play) -> Vec<Row> {
    let query =
        "SELECT json_object('event', r.event_id, 'automation', r.automation_id, 'number', r.number, 'name', a.name,
                   'status', r.status, 'test', r.cause = 'test', 'open', r.open, 'deleted', a.deleted_at IS NOT NULL,
                   'enabled', a.enabled, 'steps', json(r.steps))
                 FROM runs r JOIN automations a ON a.id = r.automation_id ORDER BY 1";
    let read = |row: String| {
        let row: Value = serde_json::from_str(&row).unwrap();
        let text = |key: &str| row[key].as_str().unwrap().to_owned();
        let (event, automation) = (text("event"), text("automation"));
        Row {
            id: format!("run_{}{}{}", &event[4..], &automation[4..], row["number"]),
            name: text("name"),
            status: text("status"),
            test: row["test"] == 1,
            open: row["open"].as_i64(),
            deleted: row["deleted"] == 1,
            enabled: row["enabled"] == 1,
            steps: row["steps"].as_array().unwrap().clone(),
            event,
            automation,
        }
    };
    play.world.db.query(query).into_iter().map(read).collect()
}

/// Everything that does not hold.
pub fn broken(play: &Play) -> Vec<Violation> {
    let notes = play.notes.borrow();
    let mut found = notes.violations.clone();
    let mut judge = |law: Law, holds: bool, what: &dyn Fn() -> String| {
        if !holds {
            found.push(Violation { law, what: what() });
        }
    };
    let events: Vec<Event> = play
        .world
        .db
        .query(
            "SELECT json_object('id', id, 'source_id', source_id, 'content_type', content_type, 'user_agent', user_agent,
               'query', query, 'encoding', encoding, 'body', body, 'delivery_id', delivery_id, 'body_hash', body_hash,
               'test', test, 'hop', hop) FROM events ORDER BY id",
        )
        .iter()
        .map(|row| serde_json::from_str(row).unwrap())
        .collect();
    let runs = rows(play);
    receiving(play, &notes, &events, &mut judge);
    running(play, &notes, &events, &runs, &mut judge);
    sending(play, &notes, &runs, &mut judge);
    learning(play, &notes, &events, &mut judge);
    let seen_by_nobody = play.receiver.unknown.get();
    judge(Law::LedgerTrue, seen_by_nobody == 0, &|| format!("{seen_by_nobody} calls say not who made them"));
    found
}

type Judge<'a> = &'a mut dyn FnMut(Law, bool, &dyn Fn() -> String);

fn receiving(play: &Play, notes: &Notes, events: &[Event], judge: Judge<'_>) {
    let sources = play.sources.borrow();
    for (id, post, item) in &notes.kept {
        let post = &notes.posts[*post];
        let own = post.delivery_id.as_ref().map(|id| {
            let id = if post.many { format!("{id}#{item}") } else { id.clone() };
            if post.test { format!("test:{id}") } else { id }
        });
        let twin = |event: &&Event| event.delivery_id.is_some() && event.delivery_id == own;
        let kept = events.iter().any(|event| event.id.as_str() == id)
            || events.iter().filter(|event| event.source_id.as_str() == sources[post.source].id).any(|event| twin(&event))
            || notes.deleted_events.contains(id)
            // Who was deleted may have been this delivery's first.
            || (own.is_some() && !notes.deleted_events.is_empty());
        judge(Law::Kept, kept, &|| format!("{id} was acknowledged and is not there"));
    }
    for post in &notes.posts {
        for mark in &post.marks {
            let word = format!(r#""n":"{mark}""#);
            let stored = events.iter().filter(|event| event.body.contains(&word)).count();
            let most =
                if post.delivery_id.is_some() && notes.deleted_events.is_empty() { 1 } else { post.tries as usize };
            judge(Law::NoDuplicate, stored <= most, &|| {
                format!("{mark} was sent {} times and is there {stored} times", post.tries)
            });
        }
    }
}

fn running(play: &Play, notes: &Notes, events: &[Event], runs: &[Row], judge: Judge<'_>) {
    let automations: Vec<Value> = play
        .world
        .db
        .query(
            "SELECT json_object('id', id, 'name', name, 'source', source_id, 'since', since,
               'deleted', deleted_at IS NOT NULL) FROM automations ORDER BY id",
        )
        .iter()
        .map(|row| serde_json::from_str(row).unwrap())
        .collect();
    for event in events {
        for automation in &automations {
            let listens = automation["source"] == event.source_id.as_str()
                && automation["since"].as_str().unwrap() <= event.id.as_str();
            let of =
                runs.iter().filter(|run| run.event == event.id.as_str() && automation["id"] == run.automation.as_str());
            let count = of.count();
            judge(Law::Ran, count > 0 || !listens || automation["deleted"] == 1, &|| {
                format!("{} was not run by {}", event.id, automation["name"])
            });
            let asked = notes.replays.get(event.id.as_str()).copied().unwrap_or(0) + notes.ranges;
            judge(Law::RunOnce, count <= 1 + asked as usize, &|| {
                format!("{} was run {count} times by {}, and replayed {asked} times", event.id, automation["name"])
            });
        }
    }
    for id in &notes.replayed {
        judge(Law::Kept, runs.iter().any(|run| run.id == *id), &|| format!("{id} was promised and is not there"));
    }
    for name in &notes.made {
        let there = automations.iter().any(|automation| automation["name"] == name.as_str());
        judge(Law::Kept, there, &|| format!("automation {name} was promised and is not there"));
    }
    for id in &notes.unmade {
        let gone = automations.iter().any(|automation| automation["id"] == id.as_str() && automation["deleted"] == 1);
        judge(Law::Cancelled, gone, &|| format!("automation {id} was deleted and is there"));
    }
    let far = play.stage.now().as_millis() + 3_600_000;
    for run in runs {
        let waits = run.open.is_none_or(|open| open > far);
        let fits = match run.status.as_str() {
            "queued" | "running" => false,
            "waiting" => run.open.is_some() && waits,
            // Held until its hour is over, and then for as long as its automation is disabled.
            "held" => run.open.is_some() && (waits || !run.enabled),
            _ => run.open.is_none(),
        };
        judge(Law::Settled, fits, &|| format!("{} is {} and open at {:?}", run.id, run.status, run.open));
        judge(Law::Cancelled, run.open.is_none() || !run.deleted, &|| {
            format!("{} is {} and its automation deleted", run.id, run.status)
        });
        judge(Law::Released, run.status != "held" || !run.enabled, &|| format!("{} is held for ever", run.id));
        let resumed = notes.resumed.iter().any(|(id, _)| *id == run.id);
        let cancelled = notes.cancelled.contains(&run.id) && !resumed;
        judge(Law::Cancelled, !cancelled || run.status == "cancelled", &|| {
            format!("{} was cancelled and is {}", run.id, run.status)
        });
    }
}

/// One run's entry in its ledger.
struct Entry<'a> {
    run: &'a Row,
    step: &'a Value,
}

impl Entry<'_> {
    fn status(&self) -> &str {
        self.step["status"].as_str().unwrap()
    }

    fn attempts(&self) -> u64 {
        self.step["attempts"].as_u64().unwrap_or(0)
    }
}

fn sending(play: &Play, notes: &Notes, runs: &[Row], judge: Judge<'_>) {
    let mut all = Told::new();
    for seen in play.receiver.seen() {
        all.entry(seen.who.clone()).or_default().0.push(seen);
    }
    for run in runs {
        for step in &run.steps {
            if matches!(step["action"].as_str(), Some("http_request" | "send_whatsapp" | "send_email")) {
                let step_id = step["id"].as_str().unwrap().to_owned();
                let who = Who { event: run.event.clone(), automation: run.name.clone(), step: step_id };
                all.entry(who).or_default().1.push(Entry { run, step });
            }
        }
    }
    for (who, (seen, entries)) in &all {
        let what = || {
            let told = |entry: &Entry<'_>| {
                format!("{} {} ({} attempts, run {})", entry.run.id, entry.status(), entry.attempts(), entry.run.status)
            };
            format!("{who:?}\n    seen {seen:?}\n    ledger {:?}", entries.iter().map(told).collect::<Vec<_>>())
        };
        let calls = seen.len() as u64;
        let attempts: u64 = entries.iter().map(Entry::attempts).sum();
        judge(Law::LedgerTrue, attempts >= calls, &|| format!("more calls than attempts: {}", what()));
        let said_yes = seen.iter().filter(|seen| seen.said_yes).count();
        let settled = |entry: &&Entry<'_>| entry.step["output"]["settled"] == "sent";
        let succeeded =
            entries.iter().filter(|entry| entry.status() == "succeeded" && !entry.run.test && !settled(entry));
        judge(Law::LedgerTrue, said_yes >= succeeded.count(), &|| format!("succeeded without a yes: {}", what()));
        let untouched = |entry: &Entry<'_>| {
            entry.run.test || entry.status() == "skipped" || (entry.status() == "pending" && entry.attempts() == 0)
        };
        judge(Law::LedgerTrue, !entries.iter().all(untouched) || seen.is_empty(), &|| {
            format!("called, and the ledger says that its turn never came: {}", what())
        });
        let said = |run: &Row, word: Option<&str>| {
            notes.resumed.iter().filter(|(id, said)| *id == run.id && *said == word).count()
        };
        if seen.iter().any(|seen| seen.repeatable) {
            let keys: BTreeSet<&str> = seen.iter().map(|seen| seen.key.as_deref().unwrap_or("none")).collect();
            let own: Vec<String> = entries.iter().map(|entry| format!("{}/{}", entry.run.id, who.step)).collect();
            judge(Law::SameKey, keys.iter().all(|key| own.iter().any(|own| own == key)), &|| {
                format!("a key is not its step's: {keys:?}, {}", what())
            });
        } else {
            let acted = seen.iter().filter(|seen| seen.acted).count();
            let allowed = entries.iter().filter(|entry| !entry.run.test).count()
                + entries.iter().map(|entry| said(entry.run, Some("not_sent"))).sum::<usize>();
            judge(Law::SentOnce, acted <= allowed, &|| format!("{acted} times, {allowed} allowed: {}", what()));
            let refused = entries.iter().all(|entry| {
                entry.status() == "failed" && said(entry.run, Some("not_sent")) + said(entry.run, None) == 0
            });
            judge(Law::LedgerTrue, !refused || acted == 0, &|| format!("failed, and was done: {}", what()));
        }
    }
    pacing(play, notes, &all, judge);
}

/// What is known of each step: what the receiver saw of it, and its entries in the ledger.
type Told<'a> = BTreeMap<Who, (Vec<Seen>, Vec<Entry<'a>>)>;

/// Of those messages of which it is certain in which hour they were counted: sent once, by a step that was tried once.
fn pacing(play: &Play, notes: &Notes, all: &Told<'_>, judge: Judge<'_>) {
    /// How long after it was counted a message may arrive: what the network takes, and a jump of the clock.
    const LATE_MS: i64 = 600_000;
    const HOUR_MS: i64 = 3_600_000;
    let mut hours: BTreeMap<(&str, i64), usize> = BTreeMap::new();
    for (seen, entries) in all.values() {
        let ([seen], [entry]) = (seen.as_slice(), entries.as_slice()) else { continue };
        let (Some(to), 1) = (&seen.to, entry.attempts()) else { continue };
        let since = seen.at.since(BEGINNING);
        let certain = since < HOUR_MS || since.rem_euclid(HOUR_MS) >= LATE_MS;
        if certain && !notes.resumed.iter().any(|(id, _)| *id == entry.run.id) {
            *hours.entry((to, since.div_euclid(HOUR_MS))).or_default() += 1;
        }
    }
    for ((to, hour), count) in hours {
        judge(Law::Paced, count <= play.hourly, &|| format!("{to} got {count} messages in hour {hour}"));
    }
}

fn learning(play: &Play, notes: &Notes, events: &[Event], judge: Judge<'_>) {
    for source in play.sources.borrow().iter() {
        let mut sent: BTreeSet<(String, &str)> = BTreeSet::new();
        for event in events.iter().filter(|event| event.source_id.as_str() == source.id) {
            for seen in flatten(&event.payload()).learned {
                sent.insert((seen.path, seen.kind.as_str()));
            }
        }
        let query = format!(
            "SELECT f.path, k.value FROM fields f, json_each(f.kinds) k WHERE f.source_id = '{}' ORDER BY 1, 2",
            source.id
        );
        let ledger = play.world.db.query(&query);
        let known: BTreeSet<(String, &str)> = ledger
            .iter()
            .map(|row| row.rsplit_once('|').unwrap())
            .map(|(path, kind)| (path.to_owned(), kind))
            .collect();
        let query = format!("SELECT token FROM sources WHERE id = '{}' AND deleted_at IS NULL", source.id);
        let token = play.world.db.query(&query).into_iter().next();
        let missing: Vec<_> = sent.difference(&known).collect();
        // The fields of a deleted source go with the sweep.
        judge(Law::Learned, missing.is_empty() || token.is_none(), &|| format!("sent and not learned: {missing:?}"));
        // What a deleted event brought stays learned.
        let made_up: Vec<_> = known.difference(&sent).collect();
        judge(Law::Learned, made_up.is_empty() || !notes.deleted_events.is_empty(), &|| {
            format!("learned and never sent: {made_up:?}")
        });
        let Some(token) = token else { continue };
        let document = play.world.kv.stored(&format!("source:{token}")).unwrap_or_default();
        let document: Value = serde_json::from_str(&document).unwrap_or_default();
        let published: BTreeSet<(String, &str)> = document["fields"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|field| {
                let kinds = field["kinds"].as_array().unwrap().iter();
                kinds.map(|kind| (field["path"].as_str().unwrap().to_owned(), kind.as_str().unwrap()))
            })
            .collect();
        judge(Law::Published, published == known, &|| format!("ledger {known:?}\n    document {published:?}"));
    }
}
