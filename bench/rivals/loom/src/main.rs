//! `revoke-loom IMPORTERS FAULT PREEMPTIONS ROUNDS [outcomes]`: the revoke model under loom, `ROUNDS` times; a line of JSON for
//! each. `FAULT` is `none`, `no-wait` or `late-map`; `PREEMPTIONS` is a bound, or `all`.

#[path = "../../revoke.rs"]
mod revoke;
#[path = "../../words.rs"]
mod words;

use loom::{sync, thread};
use std::panic::set_hook;

fn main() {
    let words = words::Words::read();
    set_hook(Box::new(|_| ()));
    for _ in 0..words.rounds {
        let mut model = loom::model::Builder::new();
        model.preemption_bound = words.how.parse().ok();
        words::round(&words, |one_run| model.check(one_run));
    }
}

/// Loom runs all threads to their end; to join them would be a step more of each.
fn until_end(_: Vec<thread::JoinHandle<()>>) {}
