//! How long it takes to read all policies, and how much memory a set of them takes.

use std::path::Path;
use std::time::{Duration, Instant};

use catalogue::Catalogue;
use gateway::policies::load_policies;
use gateway::refusal::chain;
use policy::{Observing, PolicySet};

use super::{memory, millis};
use crate::speed::median::median;

/// How often it is measured.
const ROUNDS: u32 = 7;

/// Loads the set again and again; gives it, and the figures.
pub(crate) fn measure(folder: &Path) -> (PolicySet, String) {
    // The catalogue is made when it is first asked for.
    let catalogue = Catalogue::builtin();
    assert!(catalogue.operations().count() > 0, "there is a catalogue");
    let before = memory::of("self").0;
    let load = || {
        load_policies(folder, catalogue, Observing::Refused)
            .unwrap_or_else(|why| panic!("{}", chain(&why)))
    };
    let set = load();
    let takes = memory::of("self").0.saturating_sub(before);
    let (mut took, mut dropped) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let other = load();
        took.push(start.elapsed().as_secs_f64());
        assert_eq!(other.fingerprint(), set.fingerprint());
        let start = Instant::now();
        drop(other);
        dropped.push(start.elapsed().as_secs_f64());
    }
    let said = format!(
        "{}, files and all, at the median of {ROUNDS}; a set takes {takes} MiB, and {} to let go",
        millis(Duration::from_secs_f64(median(took))),
        millis(Duration::from_secs_f64(median(dropped))),
    );
    (set, said)
}
