//! `revoke-loom IMPORTERS FAULT PREEMPTIONS ROUNDS [outcomes]`: the revoke model under loom, `ROUNDS` times; a line of JSON for
//! each. `FAULT` is `none`, `no-wait` or `late-map`; `PREEMPTIONS` is a bound, or `all`.

#[path = "../../revoke.rs"]
mod revoke;
#[path = "../../words.rs"]
mod words;

use loom::{sync, thread};
use std::collections::BTreeSet;
use std::panic::{catch_unwind, set_hook, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

fn main() {
    let words = words::Words::read();
    set_hook(Box::new(|_| ()));
    for _ in 0..words.rounds {
        round(&words);
    }
}

/// Loom runs all threads to their end; to join them would be a step more of each.
fn until_end(_: Vec<thread::JoinHandle<()>>) {}

fn round(words: &words::Words) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = words.how.parse().ok();
    let runs = Arc::new(AtomicUsize::new(0));
    let outcomes = Arc::new(Mutex::new(BTreeSet::new()));
    let (counted, seen) = (runs.clone(), outcomes.clone());
    let (importers, fault, keeps) = (words.importers, words.fault, words.outcomes);
    let start = words::processor_time();
    let checked = catch_unwind(AssertUnwindSafe(|| {
        model.check(move || {
            counted.fetch_add(1, Relaxed);
            revoke::revoke_model(importers, fault, keeps.then(|| seen.clone()));
        })
    }));
    let nanoseconds = words::processor_time() - start;
    let outcomes = outcomes.lock().unwrap();
    words::report(runs.load(Relaxed), checked.is_err(), nanoseconds, &outcomes);
}
