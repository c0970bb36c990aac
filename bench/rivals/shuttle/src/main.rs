//! `revoke-shuttle IMPORTERS FAULT SCHEDULER ROUNDS [outcomes]`: the revoke model under shuttle, `ROUNDS` times, each from another
//! seed; a line of JSON for each. `FAULT` is `none`, `no-wait` or `late-map`; `SCHEDULER` is `dfs`, which tries everything, or
//! `random`, `pct` or `urw`, which stop at an error or after a number of runs.

#[path = "../../revoke.rs"]
mod revoke;
#[path = "../../words.rs"]
mod words;

use shuttle::scheduler::{DfsScheduler, PctScheduler, RandomScheduler, Scheduler, UrwRandomScheduler};
use shuttle::{sync, thread, Config, FailurePersistence, Runner};
use std::collections::BTreeSet;
use std::panic::{catch_unwind, set_hook, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

/// After so many runs without an error a scheduler of chance gives up.
const SAMPLES: usize = 100_000;
/// Of the errors that PCT looks for, as on the other side.
const DEPTH: usize = 3;

fn main() {
    let words = words::Words::read();
    set_hook(Box::new(|_| ()));
    for seed in 1..=words.rounds as u64 {
        match words.how.as_str() {
            "dfs" => round(&words, DfsScheduler::new(None, false)),
            "random" => round(&words, RandomScheduler::new_from_seed(seed, SAMPLES)),
            "pct" => round(&words, PctScheduler::new_from_seed(seed, DEPTH, SAMPLES)),
            "urw" => round(&words, UrwRandomScheduler::new_from_seed(seed, SAMPLES)),
            other => panic!("there is no scheduler {other}"),
        }
    }
}

fn until_end(others: Vec<thread::JoinHandle<()>>) {
    for other in others {
        other.join().unwrap();
    }
}

fn round(words: &words::Words, scheduler: impl Scheduler + 'static) {
    let mut config = Config::new();
    config.failure_persistence = FailurePersistence::None;
    config.silence_warnings = true;
    let runs = Arc::new(AtomicUsize::new(0));
    let outcomes = Arc::new(Mutex::new(BTreeSet::new()));
    let (counted, seen) = (runs.clone(), outcomes.clone());
    let (importers, fault, keeps) = (words.importers, words.fault, words.outcomes);
    let start = words::processor_time();
    let checked = catch_unwind(AssertUnwindSafe(|| {
        Runner::new(scheduler, config).run(move || {
            counted.fetch_add(1, Relaxed);
            revoke::revoke_model(importers, fault, keeps.then(|| seen.clone()));
        })
    }));
    let nanoseconds = words::processor_time() - start;
    let outcomes = outcomes.lock().unwrap();
    words::report(runs.load(Relaxed), checked.is_err(), nanoseconds, &outcomes);
}
