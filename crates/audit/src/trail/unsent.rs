//! An opening on its way into the writer's queue: once it is made, it gets there.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::courier::Courier;
use super::{Durable, Job, Trail, Waiter, Waiting};
use crate::scribe::Entry;
use crate::{Opening, RecordId, StoreFailure};

/// An opening that is not in the queue yet.
///
/// A request waits for a place there, and may be gone before there is one: because its agent left, or its
/// time was up. Then the opening goes into the queue all the same, on a spare place, and is completed as
/// one that nobody claimed.
#[derive(Debug)]
pub(super) struct Unsent<'t> {
    trail: &'t Trail,
    /// None once it is in the queue.
    entry: Option<Entry>,
    given_up: Option<(RecordId, String)>,
}

impl<'t> Unsent<'t> {
    pub(super) fn new(trail: &'t Trail, opening: &Opening) -> Self {
        let is_open = opening.decision.outcome_at_once().is_none();
        let given_up = is_open.then(|| (opening.id, opening.sentence.clone()));
        Self { trail, entry: Some(Entry::opening(opening)), given_up }
    }

    /// Puts it into the queue; gives where the answer comes, unless the writer has stopped.
    pub(super) fn send(
        &mut self,
        place: OwnedSemaphorePermit,
        courier: Option<Courier>,
    ) -> Option<oneshot::Receiver<Result<Durable, StoreFailure>>> {
        let entry = self.entry.take()?;
        let (durable, answer) = oneshot::channel();
        let queue = &self.trail.queue;
        let claim = Durable { given_up: self.given_up.take(), queue: queue.clone() };
        let waiting = Waiting { entry, waiter: Waiter { durable, courier, claim, place } };
        queue.send(Job::Opening(waiting)).ok().map(|()| answer)
    }
}

impl Drop for Unsent<'_> {
    fn drop(&mut self) {
        let Some(id) = self.entry.as_ref().map(Entry::id) else { return };
        // What waits here is bounded too. Where even that is full, the store has long been failing.
        let sent = match Arc::clone(&self.trail.spare).try_acquire_owned() {
            Ok(place) => self.send(place, None).is_some(),
            Err(_) => false,
        };
        if !sent {
            tracing::error!(request.id = %id, "a request that nobody waits for could not be recorded");
        }
    }
}
