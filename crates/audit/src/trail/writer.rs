//! The writer: it takes whatever has queued up while the last commit ran, and commits it as a group.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::courier::{Answer, deliver};
use super::{Durable, FirstRecord, Job, TrailSettings, Waiter};
use crate::scribe::{Entry, Scribe, Settled};
use crate::{AuditSink, StoreFailure};

/// Most entries that are committed together: bounds the size of a transaction.
const GROUP: usize = 512;

/// How long outcomes wait for a request's opening to be committed with. Nobody waits for an outcome; a
/// commit of its own would only stand in the way of the next opening.
const LINGER: Duration = Duration::from_millis(10);

/// How often the writer tries to save the last outcomes once nothing new can come.
const LAST_TRIES: u32 = 10;

/// The one writer of a process. Run it for as long as the trail is in use.
#[derive(Debug)]
pub struct TrailWriter {
    sink: Arc<dyn AuditSink>,
    scribe: Scribe,
    jobs: mpsc::UnboundedReceiver<Job>,
    settings: TrailSettings,
    first: FirstRecord,
    /// The chain that it writes, for whoever looks for chains without a writer.
    ordinal: Arc<AtomicU32>,
    /// Outcomes that the store has not taken yet: kept until it does.
    unwritten: Vec<Entry>,
    /// Records of which it is not known whether they are there; whoever asked for them was refused.
    disowned: Vec<Durable>,
    beat: Instant,
}

impl TrailWriter {
    pub(super) fn new(
        sink: Arc<dyn AuditSink>,
        scribe: Scribe,
        jobs: mpsc::UnboundedReceiver<Job>,
        settings: TrailSettings,
        first: FirstRecord,
    ) -> Self {
        let ordinal = Arc::new(AtomicU32::new(scribe.ordinal()));
        let beat = Instant::now() + settings.beat();
        let (unwritten, disowned) = (Vec::new(), Vec::new());
        Self { sink, scribe, jobs, settings, first, ordinal, unwritten, disowned, beat }
    }

    pub(super) fn ordinal(&self) -> Arc<AtomicU32> {
        Arc::clone(&self.ordinal)
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
        let is_behind = !self.unwritten.is_empty() || self.scribe.is_in_doubt();
        let again = if is_behind { Instant::now() + self.settings.retry } else { self.beat };
        tokio::select! {
            taken = self.jobs.recv_many(&mut jobs, GROUP) => {
                if taken == 0 {
                    return None;
                }
            }
            () = sleep_until(again) => return Some(jobs),
        }
        self.linger(&mut jobs).await;
        Some(jobs)
    }

    /// Waits a little for an opening, while there are only outcomes.
    async fn linger(&mut self, jobs: &mut Vec<Job>) {
        let end = Instant::now() + LINGER;
        let mut seen = 0;
        loop {
            let new = jobs.get(seen..).unwrap_or_default();
            if jobs.len() >= GROUP || new.iter().any(|job| matches!(job, Job::Opening(_))) {
                return;
            }
            seen = jobs.len();
            let room = GROUP - seen;
            tokio::select! {
                taken = self.jobs.recv_many(jobs, room) => {
                    if taken == 0 {
                        return;
                    }
                }
                () = sleep_until(end) => return,
            }
        }
    }

    async fn finish(mut self) {
        for _ in 0..LAST_TRIES {
            self.commit(Vec::new()).await;
            if self.unwritten.is_empty() && !self.scribe.is_in_doubt() {
                // What is not said now is found out later, by the silence.
                let _ = self.scribe.close(Vec::new()).await;
                return;
            }
            tokio::time::sleep(self.settings.retry).await;
        }
        let lost = self.unwritten.len();
        tracing::error!(lost, "the store took no outcomes before the gateway stopped");
    }

    /// Appends one group. Openings that fail are refused to whoever waits; outcomes are kept.
    async fn commit(&mut self, jobs: Vec<Job>) {
        let mut entries = Vec::with_capacity(jobs.len() + self.unwritten.len());
        let mut outcomes = std::mem::take(&mut self.unwritten);
        let mut waiting = Vec::new();
        for job in jobs {
            match job {
                Job::Outcome(entry) => outcomes.push(entry),
                Job::Opening(opening) => {
                    entries.push(opening.entry);
                    waiting.push(opening.waiter);
                }
            }
        }
        // Openings first: an outcome never comes before its record.
        let result = match self.settle(&mut outcomes).await {
            Ok(()) => {
                entries.append(&mut outcomes);
                self.append(entries).await
            }
            Err(failure) => {
                self.unwritten = outcomes;
                Err(failure)
            }
        };
        self.answer(waiting, &result);
    }

    /// Tells all who wait what became of their group.
    fn answer(&mut self, waiting: Vec<Waiter>, result: &Result<(), StoreFailure>) {
        let is_unclear = result.as_ref().is_err_and(|failure| failure.unclear);
        let mut answers = Vec::with_capacity(waiting.len());
        for Waiter { durable, courier, claim, place } in waiting {
            drop(place);
            let result = match result {
                Ok(()) => Ok(claim),
                Err(failure) => {
                    // Where the record may be there after all, its claim waits until that is known.
                    if is_unclear {
                        self.disowned.push(claim);
                    } else {
                        claim.withdraw();
                    }
                    Err(failure.clone())
                }
            };
            answers.push((courier, Answer { to: durable, result }));
        }
        deliver(answers);
    }

    async fn append(&mut self, entries: Vec<Entry>) -> Result<(), StoreFailure> {
        self.beat = Instant::now() + self.settings.beat();
        let count = entries.len();
        let (failure, entries) = match self.scribe.append(entries).await {
            Ok(()) => return Ok(()),
            Err(failed) => failed,
        };
        tracing::error!(%failure, entries = count, "the trail could not be written");
        self.unwritten = entries.into_iter().filter(Entry::is_outcome).collect();
        drop_completed(&*self.sink, &mut self.unwritten).await;
        Err(failure)
    }

    /// Finds out what became of a group whose commit was not answered, before anything else is
    /// appended. Records that are there, though their requests were refused, are completed.
    async fn settle(&mut self, outcomes: &mut Vec<Entry>) -> Result<(), StoreFailure> {
        if !self.scribe.is_in_doubt() {
            return Ok(());
        }
        let (entries, is_fenced) = match self.scribe.settle().await? {
            Settled::Written => {
                // Dropped, and so completed as not forwarded.
                self.disowned.clear();
                return Ok(());
            }
            Settled::Missing(entries) => (entries, false),
            Settled::Fenced(entries) => (entries, true),
        };
        self.disowned.drain(..).for_each(Durable::withdraw);
        outcomes.extend(entries.into_iter().filter(Entry::is_outcome));
        if is_fenced {
            tracing::warn!("this gateway was taken for dead; its trail goes on in a new chain");
            self.scribe = Scribe::open(Arc::clone(&self.sink), self.first.make()).await?;
            self.ordinal.store(self.scribe.ordinal(), Ordering::Relaxed);
            drop_completed(&*self.sink, outcomes).await;
        }
        Ok(())
    }
}

/// Another gateway that took this one for dead may have completed some of its records meanwhile.
async fn drop_completed(sink: &dyn AuditSink, outcomes: &mut Vec<Entry>) {
    if outcomes.is_empty() {
        return;
    }
    let ids: Vec<_> = outcomes.iter().map(Entry::id).collect();
    // Where the store cannot say so now, it is asked again after the next failure.
    if let Ok(completed) = sink.completed(&ids).await {
        outcomes.retain(|entry| !completed.contains(&entry.id()));
    }
}
