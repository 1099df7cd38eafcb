//! Thousands of small worlds in which everything goes wrong: each follows from a seed, and each must come to rest with
//! every law kept.
//!
//!     cargo test --test it simulation              as `npm test` runs it
//!     SEEDS=100000 cargo test --test it simulation  longer
//!     SEED=123 cargo test --test it simulation      one seed, with its whole story
//!
//! The application is the real one, over the ports of `memory`; around it are up to three isolates on one thread, a
//! network that delays, loses and repeats, a receiver in every mood, operators, and accidents. What stands where:
//! [`stage`] plays, [`ports`] is the network, [`play`] is what happens, [`laws`] judges, [`mutants`] are the worlds that
//! are broken on purpose and must be seen. It does not show what workerd itself does: `tests/worker` does.

mod laws;
mod mutants;
mod play;
mod ports;
mod receiver;
mod stage;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use laws::Violation;
use mutants::Mutant;
use play::Play;

/// Seeds of one `npm test`: some forty seconds on two cores.
const SEEDS: u64 = 2_000;

/// Seeds after which a mutant must have been seen.
const SEEDS_OF_A_MUTANT: u64 = 400;

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is not a number: {text}")))
}

/// What a seed came to.
struct Outcome {
    broken: Vec<Violation>,
    digest: u64,
    story: String,
}

fn run(seed: u64, mutant: Option<Mutant>, told: bool) -> Outcome {
    let play = Play::new(seed, mutant, told);
    play.run();
    let broken = laws::broken(&play);
    play.stage.end();
    Outcome { broken, digest: play.stage.digest(), story: play.stage.story() }
}

fn told(seed: u64, broken: &[Violation]) -> String {
    let lines: Vec<String> = broken.iter().map(|broken| format!("  {:?}: {}", broken.law, broken.what)).collect();
    format!("SEED={seed} cargo test --test it simulation\n{}", lines.join("\n"))
}

#[test]
fn every_seed_keeps_every_law() {
    if let Some(seed) = setting("SEED") {
        let outcome = run(seed, None, true);
        assert!(outcome.broken.is_empty(), "{}\n\n{}", outcome.story, told(seed, &outcome.broken));
        return;
    }
    let last = setting("SEEDS").unwrap_or(SEEDS);
    let (next, failed) = (AtomicU64::new(1), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, Into::into) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed > last || failed.lock().unwrap().len() >= 5 {
                        break;
                    }
                    match catch_unwind(AssertUnwindSafe(|| run(seed, None, false))) {
                        Ok(outcome) if outcome.broken.is_empty() => {}
                        Ok(outcome) => failed.lock().unwrap().push((seed, told(seed, &outcome.broken))),
                        Err(_) => failed.lock().unwrap().push((seed, told(seed, &[]) + "  it panics")),
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().unwrap();
    failed.sort();
    let failed: Vec<String> = failed.into_iter().map(|(_, told)| told).collect();
    assert!(failed.is_empty(), "\n{}\n", failed.join("\n\n"));
}

#[test]
fn a_seed_plays_the_same_story_each_time() {
    for seed in 1..20 {
        assert_eq!(run(seed, None, false).digest, run(seed, None, false).digest, "SEED={seed}");
    }
    assert_ne!(run(1, None, false).digest, run(2, None, false).digest);
}

#[test]
fn every_world_that_is_broken_on_purpose_is_seen() {
    if setting("SEED").is_some() {
        return;
    }
    let mut unseen = Vec::new();
    for (mutant, expected) in Mutant::ALL {
        let caught = (1..=SEEDS_OF_A_MUTANT).find(|seed| {
            let broken = run(*seed, Some(mutant), false).broken;
            broken.iter().any(|broken| expected.contains(&broken.law))
        });
        if caught.is_none() {
            unseen.push(format!("{mutant:?} broke none of {expected:?} in {SEEDS_OF_A_MUTANT} seeds"));
        }
    }
    assert!(unseen.is_empty(), "\n{}\n", unseen.join("\n"));
}

/// What a simulation has to come upon, lest it keep its laws by doing nothing.
const HAPPENS: [&str; 21] = [
    "INSERT INTO events (source_id, i shared",
    "a request is frozen",
    "is killed",
    "the queue of runs is lost",
    "work in the background is cut off",
    "a batch goes on in the background",
    "gets 1 of Intake",
    "gets 2 of Runs",
    "was answered None",
    "was answered Some(200)",
    "was answered Some(503)",
    "acted: true, said_yes: false",
    "acted: false",
    "time jumps",
    "the database is away",
    "/resume was answered 200",
    "/cancel was answered 200",
    "/enable was answered 200",
    "/replay was answered 202",
    "DELETE /automations",
    "is held for its hour",
];

#[test]
fn everything_that_can_go_wrong_does() {
    if setting("SEED").is_some() {
        return;
    }
    let mut missing: Vec<&str> = HAPPENS.to_vec();
    for seed in 1..=400 {
        if missing.is_empty() {
            break;
        }
        let story = run(seed, None, true).story;
        missing.retain(|words| !story.contains(words));
    }
    assert!(missing.is_empty(), "nothing of this happens any more: {missing:?}");
}
