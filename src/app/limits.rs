//! Limits of receiving and of sending, and of the database: counted here, decided by the domain's numbers.
//!
//! Nothing here writes a row for a delivery. **What is exact.** A source's day is counted by the consumer of orders, in the
//! row that it writes anyway; an isolate compares what it last read of that, and what it has itself accepted since, with
//! the limits in the settings that it holds. It reads the count anew, after an answer, when it has accepted a fiftieth of
//! the limit or five minutes have passed. So a day may go over its limit by two percent for each isolate at work, by what
//! waits in the queue uncounted, and by one array; never by more.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use crate::domain::ids::SourceId;
use crate::domain::limits::{self, Fill, Limits, Usage, Warning, Window};
use crate::domain::problem::{Kind, Problem};
use crate::domain::source::Source;
use crate::domain::time::Timestamp;
use crate::store::{self, DatabaseError, Rows, decode, stats};

use super::ingest::Delivery;
use super::ports::{Level, PortError, Rate};
use super::{After, App, within};

/// When a sender that comes too often may come again: the period of both rates in `wrangler.toml`.
const RATE_AGAIN_S: u32 = 60;

/// How long the counters of rates may take before a delivery passes uncounted: they answer from memory, and a sender is
/// answered in time whatever they do.
const RATE_MS: u32 = 200;

/// When a sender to a source that has had its day may come again at the latest: the operator may have raised the limit.
const DAY_AGAIN_S: i64 = 3_600;

/// How long an isolate goes on with a count that it has read.
const COUNT_HOLDS_MS: i64 = 300_000;

/// **Limit:** reads of a source's count by one isolate: one in this time.
const COUNT_AT_MOST_MS: i64 = 1_000;

/// **Limit:** sources whose day an isolate remembers; beyond it everything is forgotten, which costs one read each.
const MAX_SOURCES: usize = 1_000;

/// What an isolate remembers of what was received.
#[derive(Default)]
pub struct Counts {
    days: RefCell<HashMap<SourceId, Day>>,
    /// Whether it was said that rates cannot be counted.
    said_unlimited: Cell<bool>,
}

/// One source's day, as an isolate sees it.
#[derive(Default)]
struct Day {
    day: i64,
    /// What this isolate has accepted.
    own: Usage,
    /// The most that is known.
    total: Usage,
    /// What this isolate has accepted since it last asked.
    since: Usage,
    /// When it last asked.
    asked: Option<Timestamp>,
}

/// Whether a delivery comes within the rates of its source and of the address it comes from.
///
/// Both are counted by the platform, in memory, where the request arrived. When that does not answer, the delivery
/// passes: a counter that is broken must not cost an order. The address is used for this and nothing else.
pub async fn within_rate(app: &App, source: &Source, delivery: &Delivery<'_>) -> Result<(), Problem> {
    within_rate_of(app, source.id.as_str(), (delivery.header)("cf-connecting-ip")).await
}

/// The same for whatever has an address of its own, by its id.
pub async fn within_rate_of(app: &App, id: &str, address: Option<String>) -> Result<(), Problem> {
    if !app.config.counts_rates {
        return Ok(());
    }
    match within(app, RATE_MS, exceeded_rate(app, id, address)).await {
        Some(Ok(None)) => Ok(()),
        Some(Ok(Some(rate))) => {
            let who = match rate {
                Rate::Source => "this source receives more",
                Rate::Address => "more is sent from one address to this source",
            };
            let message = format!("{who} than its rate allows; send it again in a minute");
            Err(Problem::new(Kind::TooMany, "rate_limited", message).retry_after(RATE_AGAIN_S))
        }
        Some(Err(PortError(reason))) => {
            pass(app, &reason);
            Ok(())
        }
        None => {
            pass(app, "the counter does not answer");
            Ok(())
        }
    }
}

/// The address first: what it sends too often must not use up what everybody else may send.
async fn exceeded_rate(app: &App, id: &str, address: Option<String>) -> Result<Option<Rate>, PortError> {
    if let Some(address) = address {
        let key = format!("{id} {}", network(&address));
        if !app.ports.rates.allows(Rate::Address, &key).await? {
            return Ok(Some(Rate::Address));
        }
    }
    Ok((!app.ports.rates.allows(Rate::Source, id).await?).then_some(Rate::Source))
}

fn pass(app: &App, reason: &str) {
    if !app.memory.counts.said_unlimited.replace(true) {
        app.log(Level::Warn, &format!("rates are not counted, every delivery passes: {reason}"));
    }
}

/// What counts as one address: whoever has one of IPv6 has the 2^64 beside it too (RFC 4291, §2.5.4).
fn network(address: &str) -> String {
    match address.parse::<std::net::Ipv6Addr>() {
        Ok(six) => six.segments().iter().take(4).map(|part| format!("{part:x}:")).collect(),
        Err(_) => address.to_owned(),
    }
}

/// Whether a source has not had its day yet.
pub fn within_day(app: &App, source: &Source) -> Result<(), Problem> {
    let now = app.now();
    let days = app.memory.counts.days.borrow();
    let Some(day) = days.get(&source.id).filter(|day| day.day == limits::day(now)) else { return Ok(()) };
    match source.settings.limits.reached(day.total) {
        None => Ok(()),
        Some(message) => {
            let left_s = (limits::day_ends(now).since(now) / 1_000).clamp(1, DAY_AGAIN_S);
            let again_s = u32::try_from(left_s).unwrap_or(RATE_AGAIN_S);
            Err(Problem::new(Kind::TooMany, "rate_limited", message).retry_after(again_s))
        }
    }
}

/// Counts what was accepted.
pub fn accepted(app: &App, source: &Source, events: usize, bytes: usize) {
    let today = limits::day(app.now());
    let mut days = app.memory.counts.days.borrow_mut();
    if days.len() >= MAX_SOURCES && !days.contains_key(&source.id) {
        days.clear();
    }
    let day = days.entry(source.id.clone()).or_default();
    if day.day != today {
        *day = Day { day: today, ..Day::default() };
    }
    for count in [&mut day.own, &mut day.total, &mut day.since] {
        count.events += events as u64;
        count.bytes += bytes as u64;
    }
}

/// Reads the count of a source anew after an answer; `None` when it is not time.
pub fn refresh(app: &App, source: &SourceId, set: Limits) -> Option<After> {
    let now = app.now();
    // What was accepted just before the first look is hardly counted yet.
    let uncounted = {
        let mut days = app.memory.counts.days.borrow_mut();
        let day = days.get_mut(source)?;
        let fresh = day.asked.is_some_and(|asked| {
            let much = day.since.events * 50 >= set.events() || day.since.bytes * 50 >= set.bytes();
            now.since(asked) < if much { COUNT_AT_MOST_MS } else { COUNT_HOLDS_MS }
        });
        if fresh {
            return None;
        }
        let since = std::mem::take(&mut day.since);
        if day.asked.replace(now).is_none() { since } else { Usage::default() }
    };
    let (app, source) = (app.clone(), source.clone());
    Some(Box::pin(async move {
        let today = limits::day(now);
        let found = store::limits::used(app.db(), &[&source], today).await;
        // A count that cannot be read is asked for again in five minutes.
        let Some((_, events, bytes)) = found.ok().and_then(|found| found.into_iter().next()) else { return };
        if let Some(day) = app.memory.counts.days.borrow_mut().get_mut(&source).filter(|day| day.day == today) {
            day.total = Usage {
                events: (events + uncounted.events).max(day.own.events),
                bytes: (bytes + uncounted.bytes).max(day.own.bytes),
            };
        }
    }))
}

/// What some sources received today, in their order: as far as it is counted, and what this isolate knows.
pub async fn usage(app: &App, sources: &[&SourceId]) -> Result<Vec<Usage>, Problem> {
    let today = limits::day(app.now());
    let found = store::limits::used(app.db(), sources, today).await?;
    let days = app.memory.counts.days.borrow();
    let usage = |id: &&SourceId| {
        let counted = found.iter().find(|used| used.0 == **id).map_or((0, 0), |used| (used.1, used.2));
        let own = days.get(*id).filter(|day| day.day == today).map_or(Usage::default(), |day| day.own);
        Usage { events: counted.0.max(own.events), bytes: counted.1.max(own.bytes) }
    };
    Ok(sources.iter().map(usage).collect())
}

/// A message that exceeds a window, and what its run waits for.
pub struct Exceeded {
    /// When the window is over.
    pub until: Timestamp,
    /// Why it is held, in words.
    pub message: String,
}

/// Whether a message that was counted exceeds one of its windows; `rows` is what the count said.
pub fn exceeded(windows: &[Window], rows: Rows) -> Result<Option<Exceeded>, DatabaseError> {
    if windows.is_empty() {
        return Ok(None);
    }
    let counted: Vec<(String, u64)> = decode(rows)?;
    let over =
        |window: &&Window| counted.iter().any(|(key, count)| *key == window.key && *count > u64::from(window.limit));
    // The longest wait, when several are exceeded.
    Ok(windows.iter().filter(over).max_by_key(|window| window.ends_at).map(|window| Exceeded {
        until: window.ends_at,
        message: format!(
            "{}; it is sent when the window ends at {}, or now if you resume the run",
            window.words, window.ends_at
        ),
    }))
}

/// How often the sweep looks at how full the database is.
const LOOK_EVERY_MS: i64 = 600_000;

/// The mark under which the last look is kept.
const MARK: &str = "database_fill";

/// The last look at the database, if there was one.
pub async fn fill(app: &App) -> Result<Option<Fill>, DatabaseError> {
    Ok(stats::mark(app.db(), MARK).await?.and_then(|text| Fill::read(&text)))
}

/// Days that events are kept now. Every ten minutes it looks at how full the database is, and shortens them while it is
/// nearly full; unless `behind`, because then the last shortening has not done its work yet.
pub async fn retention_days(app: &App, behind: bool) -> Result<u32, DatabaseError> {
    let configured = app.settings().retention_days;
    let before = fill(app).await?;
    let kept = before.map_or(configured, |fill| fill.retention_days.min(configured));
    if behind || before.is_some_and(|fill| app.now().since(fill.at) < LOOK_EVERY_MS) {
        return Ok(kept);
    }
    let Some(bytes) = app.db().size().await? else { return Ok(kept) };
    let fill = Fill::next(before, bytes, app.settings().database_bytes, configured, app.now());
    app.db().batch(vec![stats::set_mark(MARK, &fill.written())]).await?;
    for warning in fill.warnings(configured) {
        app.log(Level::Warn, &warning.message);
    }
    Ok(fill.retention_days)
}

/// What an operator should look at: sources near a limit of their day, and the database.
pub async fn warnings(app: &App) -> Result<Vec<(Option<SourceId>, Warning)>, Problem> {
    let today = limits::day(app.now());
    let rows = app.db().batch(vec![store::limits::near_limit(today, 80)]).await?.into_iter().next().unwrap_or_default();
    let mut all = Vec::new();
    for (id, events, bytes, name, events_per_day, bytes_per_day) in decode::<store::limits::Near>(rows)? {
        for warning in (Limits { events_per_day, bytes_per_day }).warnings(Usage { events, bytes }) {
            let message = format!("source \"{name}\": {}", warning.message);
            all.push((Some(id.clone()), Warning { message, ..warning }));
        }
    }
    if let Some(fill) = fill(app).await? {
        all.extend(fill.warnings(app.settings().retention_days).into_iter().map(|warning| (None, warning)));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_network_count_as_one() {
        assert_eq!(network("192.0.2.7"), "192.0.2.7");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2::1"));
        assert!(network("2001:db8:1:2::1") != network("2001:db8:1:3::1"));
    }
}
