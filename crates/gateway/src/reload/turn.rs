//! One reading of the files at a time, and what has to be remembered from one to the next.

use std::sync::Arc;
use std::time::{Duration, Instant};

use audit::{Event, TrailFailure};
use catalogue::Catalogue;
use policy::{Fingerprint, Observing, PolicySet};

use super::kept::{self, Base, ToKeep};
use super::settle::Settle;
use super::{PolicyState, Problem, Reloaded};
use crate::gateway::Gateway;
use crate::notes::warn_of_observed;
use crate::policies::LoadFailure;
use crate::policies::folder::{self, Stamp};
use crate::refusal::chain;

/// When what could not be put on record is tried again.
const RETRY: Duration = Duration::from_millis(500);

/// What is remembered from one reading to the next.
#[derive(Debug)]
pub(crate) struct Turn {
    /// What was seen of the files.
    pub(super) settling: Settle,
    /// What the trail says is in force; none where it may say anything.
    on_record: Option<OnRecord>,
    /// What is wrong with the files, and was said.
    refused: Option<Refused>,
    /// When to read again, because something could not be put on record.
    again_at: Option<Instant>,
    /// Sets that are out of force, and that requests under way may still go by.
    retired: Vec<Arc<PolicySet>>,
}

#[derive(Debug)]
struct OnRecord {
    fingerprint: String,
    base: Base,
}

#[derive(Debug)]
struct Refused {
    problems: Vec<Problem>,
    on_record: bool,
}

/// What the files say.
enum Read {
    /// What is in force.
    Same,
    /// Something else, with what is to be kept of it.
    Other(Box<PolicySet>, Box<ToKeep>),
    Wrong(LoadFailure),
}

/// Records which policies are in force at the start, and what has changed since those before.
pub(crate) async fn note_start(gateway: &Gateway) -> Result<(), TrailFailure> {
    warn_of_observed(&gateway.policies());
    let earlier = kept::last(&*gateway.store.audit_reader()).await.map_err(TrailFailure::Store)?;
    let to_keep = ToKeep::at_start(&gateway.policies(), earlier);
    gateway.reloading.turn.lock().await.keep(gateway, to_keep).await?;
    gateway.metrics.in_force(gateway.policies().policies().count(), gateway.clock.now());
    Ok(())
}

impl Turn {
    pub(super) fn new(settling: Settle) -> Self {
        let (on_record, refused, again_at) = Default::default();
        Self { settling, on_record, refused, again_at, retired: Vec::new() }
    }

    /// Reads the files and does what follows from them.
    pub(super) async fn take(&mut self, gateway: &Arc<Gateway>) -> Reloaded {
        self.again_at = None;
        // Before room is taken for another one.
        self.let_retired_go(gateway).await;
        let Some((stamp, read)) = self.read(gateway).await else {
            let message = "the files could not be read: the gateway failed inside";
            let problem = Problem::plain(message, gateway.upstream.key());
            return self.refuse(gateway, vec![problem]).await;
        };
        self.settling.judge(stamp, Instant::now());
        let reloaded = match read {
            Read::Same => self.mended(gateway).await,
            Read::Other(set, to_keep) => self.change(gateway, *set, *to_keep).await,
            Read::Wrong(failure) => {
                let (dir, key) = (&gateway.reloading.dir, gateway.upstream.key());
                self.refuse(gateway, Problem::all(&failure, dir, key)).await
            }
        };
        gateway.metrics.reloaded(&reloaded);
        reloaded
    }

    /// What there is to do between two readings.
    pub(super) async fn tend(&mut self, gateway: &Arc<Gateway>) {
        if self.again_at.is_some_and(|at| at <= Instant::now()) {
            self.take(gateway).await;
        }
        self.let_retired_go(gateway).await;
    }

    /// Lets the sets go that no request goes by any more.
    async fn let_retired_go(&mut self, gateway: &Gateway) {
        let free = |set: &mut Arc<PolicySet>| Arc::strong_count(set) == 1;
        let free: Vec<_> = self.retired.extract_if(.., free).collect();
        if !free.is_empty() {
            gateway.reloading.let_go(free).await;
        }
    }

    /// Reads behind those that serve, and compares there too.
    async fn read(&self, gateway: &Gateway) -> Option<(Stamp, Read)> {
        let (dir, observing) = (gateway.reloading.dir.clone(), gateway.reloading.observing);
        let catalogue = Arc::clone(&gateway.catalogue);
        let in_force = gateway.policies.load_full();
        let base = self.on_record.as_ref().map(|it| it.base);
        let on_record = self.on_record.as_ref();
        let is_known =
            on_record.is_some_and(|it| it.fingerprint == in_force.fingerprint().as_str());
        let work = move || {
            let reading = folder::read(&dir);
            let read = match reading.sources {
                Ok(sources) if Fingerprint::of(&sources) == *in_force.fingerprint() && is_known => {
                    Read::Same
                }
                Ok(sources) => other(sources, &catalogue, observing, &in_force, base),
                Err(failure) => Read::Wrong(failure),
            };
            (reading.stamp, read)
        };
        gateway.reloading.background.run(work).await
    }

    /// Puts a set on record, and then in force.
    async fn change(
        &mut self,
        gateway: &Arc<Gateway>,
        set: PolicySet,
        to_keep: ToKeep,
    ) -> Reloaded {
        let changes = to_keep.changes().to_vec();
        if let Err(failure) = self.keep(gateway, to_keep).await {
            // A set that is not put in force is let go where nothing waits for it.
            gateway.reloading.let_go(vec![Arc::new(set)]).await;
            return self.unrecorded(gateway, failure);
        }
        let (agents, fingerprint) = (set.policies().count(), set.fingerprint().short());
        warn_of_observed(&set);
        self.retired.push(gateway.policies.swap(Arc::new(set)));
        self.refused = None;
        let now = gateway.clock.now();
        *gateway.reloading.lock() = PolicyState { loaded_at: now, failure: None };
        gateway.metrics.in_force(agents, now);
        tracing::info!(agents, fingerprint, ?changes, "the policies were changed and are in force");
        Reloaded::Changed { changes }
    }

    /// The files say what is in force.
    async fn mended(&mut self, gateway: &Gateway) -> Reloaded {
        if self.refused.is_some() {
            let fingerprint = gateway.policies().fingerprint().to_string();
            if let Err(failure) = gateway.note(Event::PoliciesMended { fingerprint }).await {
                return self.unrecorded(gateway, failure);
            }
            tracing::info!("the policy files can be used again and say what is in force");
            self.refused = None;
        }
        gateway.reloading.lock().failure = None;
        Reloaded::Unchanged
    }

    /// The files cannot be used: that is said once, until something else is wrong with them.
    async fn refuse(&mut self, gateway: &Gateway, problems: Vec<Problem>) -> Reloaded {
        let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
        if gateway.reloading.fail(gateway.clock.now(), &problems) {
            let problems = said.join("\n");
            tracing::error!(
                problems,
                "the policy files cannot be used; the policies before stay in force"
            );
        }
        let known = self.refused.as_ref().filter(|refused| refused.problems == problems);
        if known.is_none_or(|refused| !refused.on_record) {
            let fingerprint = gateway.policies().fingerprint().to_string();
            let noted = gateway.note(Event::PoliciesRefused { problems: said, fingerprint }).await;
            if let Err(failure) = &noted {
                tracing::error!(failure = chain(failure), "that could not be put on record yet");
                self.again_at = Some(Instant::now() + RETRY);
            }
            let on_record = noted.is_ok();
            self.refused = Some(Refused { problems: problems.clone(), on_record });
        }
        Reloaded::Refused { problems }
    }

    /// Puts on record which policies are in force from now on.
    async fn keep(&mut self, gateway: &Gateway, to_keep: ToKeep) -> Result<(), TrailFailure> {
        // If this fails, the record may be there or come to be there all the same.
        self.on_record = None;
        let now = gateway.clock.now();
        let id = gateway.ids.record(now);
        let (event, base) = to_keep.into_event(id);
        let opening = event.record(id, now);
        let fingerprint = opening.policy.fingerprint.clone();
        let noted = gateway.trail.note(&opening);
        // The trail has made its own of it, and what a large set has changed is megabytes.
        drop(opening);
        noted.await?;
        self.on_record = Some(OnRecord { fingerprint, base });
        Ok(())
    }

    /// Nothing is changed until it can be recorded.
    fn unrecorded(&mut self, gateway: &Gateway, failure: TrailFailure) -> Reloaded {
        self.again_at = Some(Instant::now() + RETRY);
        let message = "the files could not be put in force, because that could not be recorded; it is \
                       tried again until it can be";
        let problem = Problem::plain(message, gateway.upstream.key());
        if gateway.reloading.fail(gateway.clock.now(), &[problem]) {
            tracing::error!(failure = chain(&failure), "{message}");
        }
        Reloaded::Unrecorded(failure)
    }
}

/// Makes a set of files that are not known to be in force.
fn other(
    sources: Vec<policy::Source>,
    catalogue: &Catalogue,
    observing: Observing,
    in_force: &PolicySet,
    base: Option<Base>,
) -> Read {
    let loaded = PolicySet::load_after(in_force, &sources, catalogue, observing);
    // Many files are megabytes, and so is what is made next.
    drop(sources);
    match loaded {
        Ok(set) => {
            let to_keep = ToKeep::at_reload(&set, in_force, base);
            Read::Other(Box::new(set), Box::new(to_keep))
        }
        Err(wrong) => Read::Wrong(LoadFailure::Wrong(wrong)),
    }
}
