//! The record of a permitted request that is under way: whatever becomes of it, it is closed once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use policy::Permit;
use tokio::sync::mpsc;

use super::Job;
use crate::scribe::Entry;
use crate::{Decided, Outcome, OutcomeKind, RecordId, sentence};

/// A durable record of a permitted request that is under way. Only [`super::Trail::open`] makes one.
///
/// It is closed with what came of the request. One that is dropped unclosed gives itself up, because
/// a request's future is dropped when its agent goes away.
#[derive(Debug)]
pub struct OpenRecord {
    id: RecordId,
    permit: Permit,
    started: Instant,
    queue: mpsc::UnboundedSender<Job>,
    stopping: Arc<AtomicBool>,
    closed: bool,
}

/// How far a forwarded request had come when it ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ending {
    /// Kustomer's status, or the gateway's own where it answered by itself.
    pub status: Option<u16>,
    /// Bytes of the request's body.
    pub bytes_in: u64,
    /// Bytes of the answer's body.
    pub bytes_out: u64,
}

impl OpenRecord {
    pub(super) fn new(
        id: RecordId,
        permit: Permit,
        started: Instant,
        queue: mpsc::UnboundedSender<Job>,
        stopping: Arc<AtomicBool>,
    ) -> Self {
        Self { id, permit, started, queue, stopping, closed: false }
    }

    /// The record's id.
    #[must_use]
    pub fn id(&self) -> RecordId {
        self.id
    }

    /// What was permitted.
    #[must_use]
    pub fn permit(&self) -> &Permit {
        &self.permit
    }

    /// Closes the record. The outcome is written by the writer's next commit; the agent need not wait.
    pub fn close(mut self, kind: OutcomeKind, ending: Ending) {
        self.finish(kind, ending);
    }

    /// Closes the record of a request that ended before its answer did: its agent left, unless the
    /// gateway is to blame.
    pub fn give_up(mut self, ending: Ending) {
        self.finish(self.to_blame(), ending);
    }

    fn to_blame(&self) -> OutcomeKind {
        if std::thread::panicking() || self.stopping.load(Ordering::Relaxed) {
            OutcomeKind::GatewayStopped
        } else {
            OutcomeKind::AgentLeft
        }
    }

    fn finish(&mut self, kind: OutcomeKind, ending: Ending) {
        self.closed = true;
        let mut outcome = Outcome {
            kind,
            status: ending.status,
            duration_ms: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            bytes_in: ending.bytes_in,
            bytes_out: ending.bytes_out,
            sentence: String::new(),
        };
        outcome.sentence = sentence::closed(&self.permit, &outcome);
        self.log(&outcome);
        if self.queue.send(Job::Outcome(Entry::outcome(self.id, &outcome))).is_err() {
            tracing::error!(request.id = %self.id, "an outcome came after the trail's writer stopped");
        }
    }

    fn log(&self, outcome: &Outcome) {
        tracing::info!(
            request.id = %self.id,
            agent.id = %self.permit.policy().agent().id(),
            operation.id = %self.permit.asked().operation().id(),
            decision = Decided::of(&self.permit).as_str(),
            outcome = outcome.kind.as_str(),
            status = outcome.status,
            duration_ms = outcome.duration_ms,
            "{}", outcome.sentence
        );
    }
}

impl Drop for OpenRecord {
    fn drop(&mut self) {
        if !self.closed {
            self.finish(self.to_blame(), Ending::default());
        }
    }
}
