//! `revoke-shuttle IMPORTERS FAULT SCHEDULER ROUNDS [outcomes]`: the revoke model under shuttle, `ROUNDS` times, each from another
//! seed; a line of JSON for each. `FAULT` is `none`, `no-wait` or `late-map`; `SCHEDULER` is `dfs`, which tries everything, or
//! `random`, `pct` or `urw`, which stop at an error or after a number of runs.

#[path = "../../revoke.rs"]
mod revoke;
#[path = "../../words.rs"]
mod words;

use shuttle::scheduler::{DfsScheduler, PctScheduler, RandomScheduler, Scheduler, UrwRandomScheduler};
use shuttle::{sync, thread, Config, FailurePersistence, Runner};
use std::panic::set_hook;

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
    words::round(words, |one_run| {
        Runner::new(scheduler, config).run(one_run);
    });
}
