//! A record in the words in which the policy crate reads it back.

use audit::{Opening, RecordedDemand};
use policy::recorded::{Line, RecordedDemand as Words};

/// What the record says of the request itself.
pub(super) fn line(opening: &Opening) -> Line<'_> {
    Line {
        method: &opening.method,
        path: &opening.path,
        operation: opening.operation.as_deref(),
        targets: &opening.targets,
    }
}

/// What it says of each demand.
pub(super) fn demands(opening: &Opening) -> impl Iterator<Item = Words<'_>> {
    opening.demands.iter().map(words)
}

fn words(demand: &RecordedDemand) -> Words<'_> {
    Words { resource: &demand.resource, level: &demand.level, because: &demand.because }
}
