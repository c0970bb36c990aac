//! What a checker is told on its command line, and what it says.

use crate::revoke::{revoke_model, Fault};
use std::collections::BTreeSet;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

pub struct Words {
    pub importers: usize,
    pub fault: Fault,
    /// What else there is to say for this checker.
    pub how: String,
    pub rounds: usize,
    pub outcomes: bool,
}

impl Words {
    pub fn read() -> Words {
        let words: Vec<String> = std::env::args().skip(1).collect();
        let [importers, fault, how, rounds, rest @ ..] = words.as_slice() else {
            panic!("four words are needed: importers, fault, how, rounds")
        };
        Words {
            importers: importers.parse().expect("a number of importers"),
            fault: match fault.as_str() {
                "none" => Fault::None,
                "no-wait" => Fault::NoWait,
                "late-map" => Fault::LateMap,
                other => panic!("there is no fault {other}"),
            },
            how: how.clone(),
            rounds: rounds.parse().expect("a number of rounds"),
            outcomes: rest.iter().any(|word| word == "outcomes"),
        }
    }
}

/// Nanoseconds that this process has had of a processor.
#[cfg(target_os = "linux")]
fn processor_time() -> u128 {
    const OF_THIS_PROCESS: i32 = 2;
    extern "C" {
        fn clock_gettime(clock: i32, time: *mut [i64; 2]) -> i32;
    }
    let mut time = [0; 2];
    // SAFETY: on 64-bit Linux a time is two words of 64 bits, seconds and nanoseconds.
    assert_eq!(unsafe { clock_gettime(OF_THIS_PROCESS, &mut time) }, 0);
    time[0] as u128 * 1_000_000_000 + time[1] as u128
}

/// Elsewhere nanoseconds on the clock.
#[cfg(not(target_os = "linux"))]
fn processor_time() -> u128 {
    std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos()
}

/// Let a checker run the model as often as it likes, and report what came of it.
pub fn round(words: &Words, check: impl FnOnce(Box<dyn Fn() + Send + Sync>)) {
    let runs = Arc::new(AtomicUsize::new(0));
    let outcomes = Arc::new(Mutex::new(BTreeSet::new()));
    let (counted, seen) = (runs.clone(), outcomes.clone());
    let (importers, fault, keeps) = (words.importers, words.fault, words.outcomes);
    let one_run = move || {
        counted.fetch_add(1, Relaxed);
        revoke_model(importers, fault, keeps.then(|| seen.clone()));
    };
    let start = processor_time();
    let checked = catch_unwind(AssertUnwindSafe(|| check(Box::new(one_run))));
    let nanoseconds = processor_time() - start;
    let outcomes = outcomes.lock().unwrap();
    report(runs.load(Relaxed), checked.is_err(), nanoseconds, &outcomes);
}

fn report(runs: usize, failed: bool, nanoseconds: u128, outcomes: &BTreeSet<String>) {
    println!(
        "{{\"runs\":{runs},\"failed\":{failed},\"nanoseconds\":{nanoseconds},\"outcomes\":[{}]}}",
        outcomes.iter().map(|outcome| format!("\"{outcome}\"")).collect::<Vec<_>>().join(",")
    );
}
