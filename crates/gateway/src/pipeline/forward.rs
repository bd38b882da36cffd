//! Sends a recorded request to Kustomer and waits for the head of its answer.

use std::time::Duration;

use audit::{OpenRecord, OutcomeKind};
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper_util::client::legacy::Error as ClientError;

use super::authenticate::Proven;
use super::closing::Closing;
use crate::refusal::{Refusal, chain};
use crate::upstream::{Payload, Pool, Progress, Upstream, in_time};

/// Kustomer's answer, whose body is still under way, with the record it belongs to.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) response: Response<Incoming>,
    pub(super) closing: Closing,
    /// The longest pause that its body may make.
    pub(super) idle: Duration,
}

/// Forwards a request. Takes an [`OpenRecord`], so what is forwarded was decided and is on record.
pub(super) async fn forward(
    upstream: &Upstream,
    pool: &Pool,
    record: OpenRecord,
    agent: &Proven,
    request: Request<Payload>,
) -> Result<Answer, Refusal> {
    let progress = Progress::default();
    let mut closing = Closing::new(record, progress.clone());
    let agent = agent.policy.agent().id().as_str();
    let request = upstream.prepare(request, &progress, agent);
    let limits = upstream.limits();
    let sent = in_time(pool.send(request), &progress, limits.first_byte).await;
    let (refusal, kind) = match sent {
        Some(Ok(response)) if is_key_refused(response.status()) => {
            closing.answered(response.status());
            shout(&closing, response.status());
            closing.close(OutcomeKind::UpstreamKeyRefused);
            return Err(Refusal::UpstreamKeyRefused);
        }
        // Nothing was asked to be upgraded, so an interim answer is no answer.
        Some(Ok(response)) if response.status().is_informational() => hung_up(),
        Some(Ok(response)) => {
            closing.answered(response.status());
            return Ok(Answer { response, closing, idle: limits.idle });
        }
        Some(Err(error)) => failed(&closing, &error),
        None if progress.waits_for_agent() => request_broke_off(),
        None => (Refusal::UpstreamSilent, OutcomeKind::UpstreamSilent),
    };
    closing.answered(refusal.status());
    closing.close(kind);
    Err(refusal)
}

/// Kustomer says 401 or 403 to a call that the policy permits: that is about the organisation's key.
fn is_key_refused(status: StatusCode) -> bool {
    status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN
}

fn shout(closing: &Closing, status: StatusCode) {
    let Some(record) = closing.record() else { return };
    tracing::error!(
        request.id = %record.id(),
        operation.id = %record.permit().asked().operation().id(),
        upstream.status = status.as_u16(),
        "Kustomer refused the organisation's own key: give it the role this operation needs, or replace it"
    );
}

fn failed(closing: &Closing, error: &ClientError) -> (Refusal, OutcomeKind) {
    if closing.request_broke_off() {
        return request_broke_off();
    }
    let id = closing.record().map(|record| record.id().to_string());
    tracing::warn!(request.id = id, failure = %chain(error), "Kustomer gave no answer");
    if error.is_connect() {
        (Refusal::UpstreamUnreachable, OutcomeKind::UpstreamUnreachable)
    } else {
        hung_up()
    }
}

fn request_broke_off() -> (Refusal, OutcomeKind) {
    (Refusal::RequestBrokeOff, OutcomeKind::RequestBrokeOff)
}

fn hung_up() -> (Refusal, OutcomeKind) {
    (Refusal::UpstreamHungUp, OutcomeKind::UpstreamHungUp)
}
