//! Completes the records of gateways that are gone: killed, or cut off from the store.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{Job, Trail, unanswered};
use crate::scribe::Entry;
use crate::{AuditSink, OutcomeKind, StoreFailure, sentence};

/// Most records that are completed at once.
const MOST: u32 = 1000;

/// Looks after the records of gateways that left some open.
///
/// A chain whose writer has been silent for too long is closed, so that the writer, should it live
/// after all, finds that out before it writes again; then the requests it left under way are completed.
#[derive(Debug)]
pub struct Heirs {
    sink: Arc<dyn AuditSink>,
    trail: Trail,
    silence: Duration,
    /// Since when the store has answered without a break: while it is away everybody is silent.
    heard_since: Option<Instant>,
}

impl Heirs {
    /// For the gateway with this trail.
    #[must_use]
    pub fn new(sink: Arc<dyn AuditSink>, trail: Trail, silence: Duration) -> Self {
        Self { sink, trail, silence, heard_since: None }
    }

    /// Looks again and again; drop it to end it.
    pub async fn run(mut self) {
        loop {
            sleep(self.silence / 3).await;
            match self.look().await {
                Ok(0) => {}
                Ok(completed) => tracing::warn!(
                    completed,
                    "requests were under way when their gateway stopped; their records say so now"
                ),
                Err(failure) => {
                    self.heard_since = None;
                    tracing::debug!(%failure, "nobody can be looked for in the trail");
                }
            }
        }
    }

    /// How many records are being completed.
    async fn look(&mut self) -> Result<usize, StoreFailure> {
        let own = self.trail.ordinal.load(Ordering::Relaxed);
        self.sink.chain_state(own).await?;
        if self.heard_since.get_or_insert_with(Instant::now).elapsed() < self.silence {
            return Ok(0);
        }
        let abandoned = self.sink.abandoned(self.silence, own, MOST).await?;
        let completed = abandoned.len();
        for request in abandoned {
            let sentence = sentence::abandoned(&request.sentence);
            let outcome = unanswered(OutcomeKind::GatewayStopped, sentence);
            // Fails only once the writer has stopped: then the next gateway completes them.
            let _ = self.trail.queue.send(Job::Outcome(Entry::outcome(request.id, &outcome)));
        }
        Ok(completed)
    }
}
