//! The revoke protocol of `bench/models/revoke-model.js`, as one writes it for a checker that has std's API: what the
//! reservation guards is in its mutex, so that each critical section is one step, as there; what a transfer reads without the
//! lock is atomic; and the unmaps are waited for on a condition. `crate::sync` and `crate::thread` are the checker's.
//!
//! References that only hold the model together are std's own: a checker would order them as well. Threads are joined only
//! where a run ends with its first thread otherwise (`crate::until_end`).

use crate::sync::atomic::{AtomicBool, Ordering::SeqCst};
use crate::sync::{Condvar, Mutex};
use crate::thread;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex as Plain};

const TRANSFERS: usize = 2;

/// What is wrong with the protocol.
#[derive(Clone, Copy, PartialEq)]
pub enum Fault {
    None,
    /// The revoke does not wait for the unmaps.
    NoWait,
    /// An importer looks whether the buffer is revoked in one critical section, and maps it in the next one.
    LateMap,
}

/// How runs ended, in the words of `revoke-model.js`.
pub type Outcomes = Arc<Plain<BTreeSet<String>>>;

/// What the reservation guards.
struct Buffer {
    revoked: bool,
    refs: usize,
    drained: bool,
    mapped: Vec<bool>,
}

/// What the memory lock guards.
struct Memory {
    closed: bool,
}

struct Device {
    memory: Mutex<Memory>,
    reservation: Mutex<Buffer>,
    /// The buffer is drained.
    completion: Condvar,
    told: Vec<AtomicBool>,
    dark: AtomicBool,
    fault: Fault,
    end: Option<End>,
}

/// How this run ends, kept where the checker does not see it.
struct End {
    outcomes: Outcomes,
    now: Plain<Now>,
}

struct Now {
    told: Vec<bool>,
    results: Vec<String>,
    reset: bool,
}

/// One run. **Shape** `outcomes`: gets how it ended; that costs time.
pub fn revoke_model(importers: usize, fault: Fault, outcomes: Option<Outcomes>) {
    let device = Arc::new(Device {
        memory: Mutex::new(Memory { closed: false }),
        reservation: Mutex::new(Buffer {
            revoked: false,
            refs: 1,
            drained: false,
            mapped: vec![false; importers],
        }),
        completion: Condvar::new(),
        told: (0..importers).map(|_| AtomicBool::new(false)).collect(),
        dark: AtomicBool::new(false),
        fault,
        end: outcomes.map(|outcomes| End {
            outcomes,
            now: Plain::new(Now {
                told: vec![false; importers],
                results: vec![String::new(); importers],
                reset: false,
            }),
        }),
    });
    // Importers first: a thread may run before the next one is there.
    let mut others: Vec<_> = (0..importers).map(|i| start(&device, move |device| device.import(i))).collect();
    others.push(start(&device, |device| device.reset()));
    // The first thread is the closer: a checker may have a limit of threads.
    device.close();
    crate::until_end(others);
}

fn start(device: &Arc<Device>, body: impl FnOnce(&Device) + Send + 'static) -> thread::JoinHandle<()> {
    let device = device.clone();
    thread::spawn(move || body(&device))
}

impl Device {
    fn import(&self, i: usize) {
        if !self.map(i) {
            self.note(|end| end.results[i] = "refused".to_string());
            return;
        }
        let mut done = 0;
        while done < TRANSFERS && !self.told[i].load(SeqCst) {
            assert!(!self.dark.load(SeqCst), "a transfer met a dark device");
            done += 1;
        }
        self.note(|end| end.results[i] = done.to_string());
        let mut buffer = self.reservation.lock().unwrap();
        buffer.mapped[i] = false;
        self.put(&mut buffer);
    }

    fn map(&self, i: usize) -> bool {
        let mut buffer = self.reservation.lock().unwrap();
        if buffer.revoked {
            return false;
        }
        if self.fault == Fault::LateMap {
            drop(buffer);
            buffer = self.reservation.lock().unwrap();
        }
        buffer.refs += 1;
        self.tell(i, false);
        buffer.mapped[i] = true;
        true
    }

    fn reset(&self) {
        let memory = self.memory.lock().unwrap();
        if memory.closed {
            return;
        }
        self.revoke();
        self.note(|end| end.reset = true);
        self.dark.store(true, SeqCst);
        self.dark.store(false, SeqCst);
        let mut buffer = self.reservation.lock().unwrap();
        buffer.refs = 1;
        buffer.drained = false;
        buffer.revoked = false;
    }

    fn close(&self) {
        let mut memory = self.memory.lock().unwrap();
        self.revoke();
        memory.closed = true;
    }

    fn revoke(&self) {
        let mut buffer = self.reservation.lock().unwrap();
        buffer.revoked = true;
        for i in 0..buffer.mapped.len() {
            if buffer.mapped[i] {
                self.tell(i, true);
            }
        }
        drop(buffer);
        let mut buffer = self.reservation.lock().unwrap();
        self.put(&mut buffer);
        while self.fault != Fault::NoWait && !buffer.drained {
            buffer = self.completion.wait(buffer).unwrap();
        }
    }

    fn put(&self, buffer: &mut Buffer) {
        buffer.refs -= 1;
        if buffer.refs == 0 {
            buffer.drained = true;
            self.completion.notify_one();
        }
    }

    fn tell(&self, i: usize, told: bool) {
        self.told[i].store(told, SeqCst);
        self.note(|end| end.told[i] = told);
    }

    fn note(&self, how: impl FnOnce(&mut Now)) {
        if let Some(end) = &self.end {
            how(&mut end.now.lock().unwrap());
        }
    }
}

/// Dropped by the last of its threads.
impl Drop for End {
    fn drop(&mut self) {
        let Now { told, results, reset } = &*self.now.lock().unwrap();
        let ends: Vec<String> = std::iter::zip(results, told)
            .map(|(result, told)| if *told { format!("{result} told") } else { result.clone() })
            .collect();
        let reset = if *reset { "reset" } else { "no reset" };
        self.outcomes.lock().unwrap().insert(format!("{reset}: {}", ends.join(", ")));
    }
}
