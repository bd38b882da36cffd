//! Sends a recorded request to Kustomer and waits for the head of its answer.

use audit::{Ending, OpenRecord, OutcomeKind};
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;

use super::Proven;
use crate::refusal::{Refusal, chain};
use crate::upstream::{Progress, Upstream, in_time};

/// Kustomer's answer, whose body is still under way, with the record it belongs to.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) response: Response<Incoming>,
    pub(super) record: OpenRecord,
    pub(super) progress: Progress,
    pub(super) idle: std::time::Duration,
}

/// Forwards a request. Takes an [`OpenRecord`], so what is forwarded was decided and is on record.
pub(super) async fn forward(
    upstream: &Upstream,
    record: OpenRecord,
    agent: &Proven,
    request: Request<Incoming>,
) -> Result<Answer, Refusal> {
    let progress = Progress::default();
    let agent = agent.policy.agent().id().as_str();
    let request = upstream.prepare(request, &progress, agent);
    let limits = upstream.limits();
    let failed = match in_time(upstream.send(request), &progress, limits.first_byte).await {
        Some(Ok(response)) if is_key_refused(response.status()) => {
            return Err(key_refused(record, &progress, response.status()));
        }
        Some(Ok(response)) => {
            return Ok(Answer { response, record, progress, idle: limits.idle });
        }
        Some(Err(_)) if progress.broke_off() => Refusal::RequestBrokeOff,
        Some(Err(error)) => {
            let failure = chain(&error);
            tracing::warn!(request.id = %record.id(), %failure, "Kustomer gave no answer");
            if error.is_connect() { Refusal::UpstreamUnreachable } else { Refusal::UpstreamHungUp }
        }
        None => Refusal::UpstreamSilent,
    };
    close_failed(record, &progress, &failed);
    Err(failed)
}

/// Kustomer says 401 or 403 to a call that the policy permits: that is about the organisation's key.
fn is_key_refused(status: StatusCode) -> bool {
    status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN
}

fn key_refused(record: OpenRecord, progress: &Progress, status: StatusCode) -> Refusal {
    tracing::error!(
        request.id = %record.id(),
        operation.id = %record.permit().asked().operation().id(),
        upstream.status = status.as_u16(),
        "Kustomer refused the organisation's own key: give it the role this operation needs, or replace it"
    );
    let ending = ending(status, progress);
    record.close(OutcomeKind::UpstreamKeyRefused, ending);
    Refusal::UpstreamKeyRefused
}

fn close_failed(record: OpenRecord, progress: &Progress, refusal: &Refusal) {
    let kind = match refusal {
        Refusal::RequestBrokeOff => OutcomeKind::RequestBrokeOff,
        Refusal::UpstreamSilent => OutcomeKind::UpstreamSilent,
        Refusal::UpstreamHungUp => OutcomeKind::UpstreamHungUp,
        Refusal::UpstreamUnreachable
        | Refusal::UpstreamKeyRefused
        | Refusal::Unauthenticated { .. }
        | Refusal::Malformed { .. }
        | Refusal::Denied { .. }
        | Refusal::Limited { .. }
        | Refusal::RecordUnavailable
        | Refusal::InternalFailure => OutcomeKind::UpstreamUnreachable,
    };
    record.close(kind, ending(refusal.status(), progress));
}

fn ending(status: StatusCode, progress: &Progress) -> Ending {
    Ending { status: Some(status.as_u16()), bytes_in: progress.bytes(), bytes_out: 0 }
}
