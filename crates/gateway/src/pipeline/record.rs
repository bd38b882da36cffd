//! Puts a request on record: before it is forwarded, or with its refusal.

use audit::{
    Decided, Detail, OpenRecord, Opening, Outcome, OutcomeKind, PolicyLine, RecordedDemand, Trail,
    TrailFailure, Undecided, sentence,
};
use catalogue::Asked;
use catalogue::Identified;
use catalogue::diagnostic::Place;
use futures_util::TryFutureExt as _;
use http::{Response, StatusCode};
use policy::{Denial, Permit, PolicySet, Reason};

use super::authenticate::Proven;
use super::off_record::OffRecord;
use crate::arrival::{Arrival, Caller};
use crate::flood::Admission;
use crate::refusal::{Refusal, reason_code};
use crate::wire::AnswerBody;

/// Opens the record of a permitted request. It is durable when what this gives is.
///
/// The record is made before anything is awaited, so that little is kept while it is written.
pub(super) fn record<'r>(
    trail: &'r Trail,
    policies: &PolicySet,
    arrival: &'r Arrival,
    agent: &Proven,
    permit: Permit,
) -> impl Future<Output = Result<OpenRecord, Refusal>> + use<'r> {
    let mut opening = blank(arrival, policies, &agent.caller, Decided::of(&permit));
    fill_permitted(&mut opening, &permit);
    permit.observed().map_or("granted", reason_code).clone_into(&mut opening.reason);
    opening.sentence = sentence::opened(&permit);
    let opened = trail.open(&opening, permit, arrival.started);
    opened.map_err(|failure| unrecorded(arrival, &failure))
}

fn unrecorded(arrival: &Arrival, failure: &TrailFailure) -> Refusal {
    tracing::error!(
        request.id = %arrival.id,
        failure = %crate::refusal::chain(failure),
        "nothing was forwarded, because the request could not be recorded"
    );
    Refusal::RecordUnavailable
}

/// Records a refusal, unless its request is on record already, and answers with it.
pub(crate) async fn refuse(off: &mut OffRecord<'_>, refusal: Refusal) -> Response<AnswerBody> {
    let OffRecord { gateway, policies, arrival, .. } = *off;
    let Some(opening) = refused(arrival, policies, &refusal) else {
        off.over();
        return refusal.into_response(arrival, "");
    };
    gateway.metrics.decided(opening.decision);
    let sentence = opening.sentence.clone();
    if gateway.flood.admit_refusal(&refusal, arrival) == Admission::Counted {
        off.over();
        return refusal.into_response(arrival, &sentence);
    }
    log_refusal(&opening);
    let noted = gateway.trail.note(&opening);
    off.over();
    match noted.await {
        Ok(()) => refusal.into_response(arrival, &sentence),
        Err(failure) => {
            let failure = crate::refusal::chain(&failure);
            tracing::error!(request.id = %arrival.id, %failure, "a refusal could not be recorded");
            Refusal::RecordUnavailable.into_response(arrival, "")
        }
    }
}

/// Records a request that nobody waits for any more, and of which nothing came.
#[cold]
pub(super) fn leave(off: &OffRecord<'_>, why: Undecided) {
    let OffRecord { gateway, policies, arrival, .. } = *off;
    gateway.metrics.decided(Decided::Undecided);
    if off.agent.is_none() && gateway.flood.admit(arrival.address, arrival.at) == Admission::Counted
    {
        return;
    }
    let mut opening = undecided(arrival, policies, &off.caller(), why);
    why.code().clone_into(&mut opening.reason);
    opening.outcome = Some(at_once(arrival, OutcomeKind::NotForwarded, None, &opening.sentence));
    log_refusal(&opening);
    gateway.trail.note_unheard(&opening);
}

fn undecided(arrival: &Arrival, policies: &PolicySet, caller: &Caller, why: Undecided) -> Opening {
    let address = arrival.address.to_string();
    let sentence = sentence::undecided(caller.name.as_deref(), &address, why);
    Opening { sentence, ..blank(arrival, policies, caller, Decided::Undecided) }
}

fn log_refusal(opening: &Opening) {
    tracing::info!(
        request.id = %opening.id,
        agent.id = opening.agent.as_deref(),
        operation.id = opening.operation.as_deref(),
        decision = opening.decision.as_str(),
        reason = opening.reason,
        "{}", opening.sentence
    );
    if opening.reason == audit::Unproven::RealKey.code() {
        tracing::warn!(
            request.id = %opening.id,
            address = opening.address,
            "a caller presented the organisation's own Kustomer key: whoever has it can go past the gateway"
        );
    }
}

/// The record of a refusal; none where the request was permitted and so has its record, or can have none.
fn refused(arrival: &Arrival, policies: &PolicySet, refusal: &Refusal) -> Option<Opening> {
    let decided = refusal.decided()?;
    let address = arrival.address.to_string();
    let opening = |caller: &Caller| blank(arrival, policies, caller, decided);
    let mut opening = match refusal {
        Refusal::Unauthenticated { why, caller } => {
            let sentence = sentence::unauthenticated(caller.name.as_deref(), &address, *why);
            Opening { sentence, ..opening(caller) }
        }
        Refusal::Malformed { why, caller } => {
            let sentence = sentence::malformed(caller.name.as_deref(), &address, &why.to_string());
            Opening { sentence, ..opening(caller) }
        }
        Refusal::Denied { denial, caller } => {
            let mut opening = opening(caller);
            fill_denied(&mut opening, denial);
            Opening { sentence: sentence::denied(denial), ..opening }
        }
        Refusal::Limited { permit, wait, caller } => {
            let mut opening = opening(caller);
            fill_permitted(&mut opening, permit);
            if let Some(limit) = &permit.policy().limits().requests {
                set_place(&mut opening, Some(&limit.place));
            }
            Opening { sentence: sentence::limited(permit, *wait), ..opening }
        }
        Refusal::Crowded { policy, most, caller } => {
            let mut opening = opening(caller);
            let limit = policy.limits().in_flight.as_ref();
            set_place(&mut opening, limit.map(|limit| &limit.place));
            Opening { sentence: sentence::crowded(policy, *most), ..opening }
        }
        Refusal::FailedInside { caller } => {
            undecided(arrival, policies, caller, Undecided::FailedInside)
        }
        Refusal::RecordUnavailable
        | Refusal::UpstreamUnreachable
        | Refusal::UpstreamHungUp
        | Refusal::UpstreamSilent
        | Refusal::UpstreamKeyRefused
        | Refusal::AnswerUnfit(_)
        | Refusal::RequestBrokeOff
        | Refusal::RequestTooLong { .. }
        | Refusal::InternalFailure
        | Refusal::NoSuchPage
        | Refusal::Observed(_) => return None,
    };
    refusal.recorded_code().clone_into(&mut opening.reason);
    let kind = decided.outcome_at_once().unwrap_or(OutcomeKind::Refused);
    opening.outcome = Some(at_once(arrival, kind, Some(refusal.status()), &opening.sentence));
    Some(opening)
}

/// The outcome of what is over when it is recorded.
fn at_once(
    arrival: &Arrival,
    kind: OutcomeKind,
    status: Option<StatusCode>,
    sentence: &str,
) -> Outcome {
    Outcome {
        kind,
        status: status.map(|status| status.as_u16()),
        duration_ms: u64::try_from(arrival.started.elapsed().as_millis()).unwrap_or(u64::MAX),
        bytes_in: 0,
        bytes_out: 0,
        sentence: sentence.to_owned(),
    }
}

/// A record with what is known of every request.
fn blank(arrival: &Arrival, policies: &PolicySet, caller: &Caller, decision: Decided) -> Opening {
    Opening {
        id: arrival.id,
        at: arrival.at,
        agent: caller.agent.clone(),
        token: caller.token.clone(),
        address: arrival.address.to_string(),
        method: arrival.method.clone(),
        path: arrival.path.clone(),
        operation: None,
        resource: None,
        targets: Vec::new(),
        demands: Vec::new(),
        decision,
        reason: String::new(),
        policy: PolicyLine {
            file: caller.file.clone(),
            line: None,
            fingerprint: policies.fingerprint().as_str().to_owned(),
        },
        requests: 1,
        detail: caller.detail.as_ref().map(Detail::of),
        sentence: String::new(),
        outcome: None,
    }
}

fn fill_permitted(opening: &mut Opening, permit: &Permit) {
    fill_asked(opening, permit.asked());
    opening.demands = match permit.observed() {
        // What was lacking first, then what was not: with all of it, a policy can be tried on it later.
        Some(reason) => {
            let covered = permit.covered().map(RecordedDemand::granted);
            lacking(reason).into_iter().chain(covered).collect()
        }
        None => permit.grants().map(RecordedDemand::granted).collect(),
    };
    set_place(opening, permit.settled_by());
}

fn fill_denied(opening: &mut Opening, denial: &Denial) {
    if let Identified::Known(asked) = denial.identified() {
        fill_asked(opening, asked);
    }
    opening.demands = lacking(denial.reason());
    set_place(opening, denial.settled_by());
}

fn lacking(reason: &Reason) -> Vec<RecordedDemand> {
    reason.lacks().iter().map(RecordedDemand::lacking).collect()
}

fn fill_asked(opening: &mut Opening, asked: &Asked) {
    opening.operation = Some(asked.operation().id().to_string());
    opening.resource = Some(asked.resource().to_string());
    opening.targets = asked.targets().to_vec();
}

fn set_place(opening: &mut Opening, place: Option<&Place>) {
    if let Some(place) = place {
        opening.policy.file = Some(place.file.to_string());
        opening.policy.line = Some(place.line);
    }
}
