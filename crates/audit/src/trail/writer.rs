//! The writer: it takes whatever has queued up while the last commit ran, and commits it as a group.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::{Job, Waiting};
use crate::{AuditSink, Entry};

/// Most entries that are committed together: bounds the size of a transaction.
const GROUP: usize = 512;

/// The one writer of a process. Run it for as long as the trail is in use.
#[derive(Debug)]
pub struct TrailWriter {
    sink: Arc<dyn AuditSink>,
    jobs: mpsc::UnboundedReceiver<Job>,
    retry: Duration,
    /// Outcomes that the store has not taken yet: kept until it does.
    unwritten: Vec<Entry>,
}

/// How often the writer tries to save the last outcomes once nothing new can come.
const LAST_TRIES: u32 = 10;

impl TrailWriter {
    pub(super) fn new(
        sink: Arc<dyn AuditSink>,
        jobs: mpsc::UnboundedReceiver<Job>,
        retry: Duration,
    ) -> Self {
        Self { sink, jobs, retry, unwritten: Vec::new() }
    }

    /// Commits what is queued until every handle of the trail and every open record is gone.
    pub async fn run(mut self) {
        while let Some(jobs) = self.gather().await {
            self.commit(jobs).await;
        }
        self.finish().await;
    }

    /// Waits for work and takes all that is there; none when nothing can come any more.
    async fn gather(&mut self) -> Option<Vec<Job>> {
        let mut jobs = Vec::new();
        let again = tokio::time::sleep(self.retry);
        tokio::select! {
            taken = self.jobs.recv_many(&mut jobs, GROUP) => (taken > 0).then_some(jobs),
            () = again, if !self.unwritten.is_empty() => Some(jobs),
        }
    }

    async fn finish(&mut self) {
        for _ in 0..LAST_TRIES {
            if self.unwritten.is_empty() {
                return;
            }
            tokio::time::sleep(self.retry).await;
            self.commit(Vec::new()).await;
        }
        let lost = self.unwritten.len();
        tracing::error!(lost, "the store took no outcomes before the gateway stopped");
    }

    /// Appends one group. Openings that fail are refused to whoever waits; outcomes are kept.
    async fn commit(&mut self, jobs: Vec<Job>) {
        let mut outcomes = std::mem::take(&mut self.unwritten);
        let mut entries = Vec::with_capacity(jobs.len() + outcomes.len());
        let mut waiting = Vec::new();
        for job in jobs {
            match job {
                Job::Outcome(id, outcome) => outcomes.push(Entry::Outcome(id, outcome)),
                Job::Opening(Waiting { opening, durable, claim, place }) => {
                    entries.push(Entry::Opening(opening));
                    waiting.push((durable, claim, place));
                }
            }
        }
        // Openings first: an outcome never comes before its record.
        let openings = entries.len();
        entries.append(&mut outcomes);
        if let Err(failure) = self.sink.append(&entries).await {
            tracing::error!(%failure, entries = entries.len(), "the trail could not be written");
            self.unwritten = entries.split_off(openings);
            for (durable, claim, place) in waiting {
                let given_up = claim.into_given_up().filter(|_| failure.unclear);
                // It is answered as not recorded; if it is on record after all, that is said there.
                self.unwritten.extend(given_up.map(|(id, outcome)| Entry::GivenUp(id, outcome)));
                drop(place);
                // Whoever no longer waits has been answered already.
                let _ = durable.send(Err(failure.clone()));
            }
            return;
        }
        for (durable, claim, place) in waiting {
            drop(place);
            // A claim that cannot be handed over is dropped, and completes its record.
            let _ = durable.send(Ok(claim));
        }
    }
}
