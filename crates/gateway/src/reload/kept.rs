//! What is kept on record of a policy set: what has changed, and an outline to compare the next one with.
//!
//! The outline of a few hundred agents is kept whole with each set. Of more, a reload keeps only what is
//! other than at the record before, and names that record: what takes long to write would hold up the
//! records of requests, and with them the requests.

use audit::{AuditReader, Detail, Event, KeptOutline, POLICIES_LOADED, RecordId, StoreFailure};
use policy::{Difference, Outline, OutlinePatch, PolicySet};

/// The most agents whose outline is kept whole at a reload.
const WHOLE: usize = 256;

/// The most records that build on one another before an outline is kept whole again.
const MOST_PATCHES: usize = 1000;

/// The most changes that are listed; the outline has all of them.
const MOST_CHANGES: usize = 1000;

/// The record that the next one may build on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Base {
    pub(super) record: RecordId,
    /// How many records that one builds on.
    pub(super) patches: usize,
}

/// What is to be put on record of a policy set.
#[derive(Debug)]
pub(super) struct ToKeep {
    files: Vec<String>,
    fingerprint: String,
    /// None where none was loaded before.
    changes: Option<Vec<String>>,
    outline: KeptOutline,
    /// How many records it builds on.
    patches: usize,
}

impl ToKeep {
    /// At a start: the outline is kept whole, because nobody waits yet.
    pub(super) fn at_start(now: &PolicySet, earlier: Option<Outline>) -> Self {
        let changes = earlier.map(|earlier| listed(earlier.changes_in(now)));
        Self::of(now, changes, whole(now), 0)
    }

    /// At a reload, while the set before is still in force.
    pub(super) fn at_reload(now: &PolicySet, before: &PolicySet, base: Option<Base>) -> Self {
        let difference = Difference::of(now, before);
        let changes = Some(listed(difference.changes()));
        let is_long = now.policies().count() > WHOLE;
        match base.filter(|base| is_long && base.patches < MOST_PATCHES) {
            Some(Base { record, patches }) => {
                let patch = Detail::of(&difference.patch());
                Self::of(now, changes, KeptOutline::Since { record, patch }, patches + 1)
            }
            None => Self::of(now, changes, whole(now), 0),
        }
    }

    fn of(
        now: &PolicySet,
        changes: Option<Vec<String>>,
        outline: KeptOutline,
        patches: usize,
    ) -> Self {
        Self {
            files: now.policies().map(|policy| policy.file().to_owned()).collect(),
            fingerprint: now.fingerprint().to_string(),
            changes,
            outline,
            patches,
        }
    }

    /// What has changed, as far as it is listed.
    pub(super) fn changes(&self) -> &[String] {
        self.changes.as_deref().unwrap_or_default()
    }

    /// What goes on record, and what the next record can build on once this one is there.
    pub(super) fn into_event(self, record: RecordId) -> (Event, Base) {
        let Self { files, fingerprint, changes, outline, patches } = self;
        (Event::PoliciesLoaded { files, fingerprint, changes, outline }, Base { record, patches })
    }
}

fn whole(now: &PolicySet) -> KeptOutline {
    KeptOutline::Whole(Detail::of(&Outline::written(now)))
}

/// As many changes as are listed, and how many more there are.
fn listed(mut changes: impl Iterator<Item = String>) -> Vec<String> {
    let mut listed: Vec<_> = changes.by_ref().take(MOST_CHANGES).collect();
    let left = changes.count();
    if left > 0 {
        listed.push(format!("{left} more changes"));
    }
    listed
}

/// The outline of the set that was last put on record, by whichever gateway; none where there is none, or
/// where records that it builds on were dropped for their age.
pub(super) async fn last(reader: &dyn AuditReader) -> Result<Option<Outline>, StoreFailure> {
    let mut next = reader.last_noted(POLICIES_LOADED).await?;
    let mut patches: Vec<OutlinePatch> = Vec::new();
    while let Some(detail) = next.and_then(|record| record.opening.detail) {
        if let Some(outline) = detail.part::<Outline>("outline") {
            return Ok(Some(patches.into_iter().rev().fold(outline, Outline::patched)));
        }
        let since = detail.part::<RecordId>("since");
        let (Some(since), Some(patch)) = (since, detail.part("patch")) else { break };
        patches.push(patch);
        if patches.len() > MOST_PATCHES {
            break;
        }
        next = reader.find(since).await?;
    }
    Ok(None)
}
