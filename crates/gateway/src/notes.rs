//! What the gateway puts on record of itself, beside the requests: that it starts, and how many callers
//! without a token it did not record one by one. Which policies it goes by is `reload`'s to say.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use audit::{
    Decided, Event, FirstRecord, Opening, Outcome, OutcomeKind, PolicyLine, StoreFailure, Trail,
    TrailWriter,
};
use policy::{Mode, PolicySet};
use store::Store;
use tokio_util::sync::CancellationToken;

use crate::clock::{Clock, Ids};
use crate::config::Config;
use crate::flood::Counted;
use crate::gateway::Gateway;

/// How often it is looked whether a minute of refusals is over.
const EVERY: Duration = Duration::from_secs(1);

/// The stable code of a record that stands for many refusals.
const COUNTED: &str = "counted";

/// Opens a chain of the trail, whose first record is that the gateway starts.
pub(crate) async fn open_trail(
    config: &Config,
    store: &Store,
    clock: &Arc<dyn Clock>,
    ids: &Arc<Ids>,
) -> Result<(Trail, TrailWriter), StoreFailure> {
    let (clock, ids) = (Arc::clone(clock), Arc::clone(ids));
    let has_started = AtomicBool::new(false);
    let first = FirstRecord::new(move || {
        let event = if has_started.swap(true, Ordering::Relaxed) {
            Event::Continued
        } else {
            Event::Started { version: env!("CARGO_PKG_VERSION").to_owned(), host: host() }
        };
        let now = clock.now();
        event.record(ids.record(now), now)
    });
    Trail::start(store.audit_sink(), config.trail.settings(), first).await
}

/// The name of this machine.
fn host() -> Option<String> {
    let system = rustix::system::uname();
    let name = system.nodename().to_string_lossy();
    (!name.is_empty()).then(|| name.into_owned())
}

/// Says loudly which agents are refused nothing for want of a grant.
pub(crate) fn warn_of_observed(policies: &PolicySet) {
    for agent in policies.policies().map(|policy| policy.agent()) {
        if agent.mode() == Mode::Observe {
            tracing::warn!(
                agent.id = %agent.id(),
                place = %agent.mode_place(),
                "THIS AGENT IS ONLY OBSERVED: what its policy does not grant is recorded and forwarded all the same"
            );
        }
    }
}

/// Records what was counted of floods, minute after minute, until told to stop.
pub(crate) async fn follow_floods(gateway: Arc<Gateway>, stop: CancellationToken) {
    let mut due = Vec::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(EVERY) => {}
        }
        due.extend(gateway.flood.due(gateway.clock.now()));
        due = note_floods(&gateway, due).await;
    }
    // What the store does not take now is lost with the process; it was counted, and refused.
    note_floods(&gateway, due).await;
}

/// Records these counts; gives back those that the store did not take.
pub(crate) async fn note_floods(gateway: &Gateway, counts: Vec<Counted>) -> Vec<Counted> {
    let mut left = Vec::new();
    for counted in counts {
        if let Err(failure) = gateway.trail.note(&record(gateway, &counted)).await {
            tracing::error!(%failure, "a count of refused callers could not be recorded yet");
            left.push(counted);
        }
    }
    left
}

/// One record that stands for many refusals.
fn record(gateway: &Gateway, counted: &Counted) -> Opening {
    let now = gateway.clock.now();
    let sentence = counted.sentence();
    Opening {
        id: gateway.ids.record(now),
        at: now,
        agent: None,
        token: None,
        address: counted.address.to_string(),
        method: String::new(),
        path: String::new(),
        operation: None,
        resource: None,
        targets: Vec::new(),
        demands: Vec::new(),
        decision: Decided::Unauthenticated,
        reason: COUNTED.to_owned(),
        policy: PolicyLine {
            fingerprint: gateway.policies().fingerprint().to_string(),
            ..PolicyLine::default()
        },
        requests: counted.requests,
        detail: None,
        outcome: Some(Outcome {
            kind: OutcomeKind::Refused,
            status: Some(http::StatusCode::UNAUTHORIZED.as_u16()),
            duration_ms: 0,
            bytes_in: 0,
            bytes_out: 0,
            sentence: sentence.clone(),
        }),
        sentence,
    }
}
