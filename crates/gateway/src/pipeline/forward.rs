//! Sends a recorded request to Kustomer, waits for the head of its answer, and looks at it.

use audit::{OpenRecord, OutcomeKind};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper_util::client::legacy::Error as ClientError;

use super::authenticate::Proven;
use super::closing::{Closing, Term};
use crate::refusal::{Refusal, Unfit, chain};
use crate::upstream::{
    ForwardLimits, Payload, Pool, Progress, Spoil, Upstream, answer_headers, in_time,
};

/// Kustomer's answer, whose body is still under way, with the record it belongs to.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    /// Those that the agent gets.
    pub(super) headers: HeaderMap,
    pub(super) body: Incoming,
    pub(super) closing: Closing,
}

/// Forwards a request. Takes an [`OpenRecord`], so what is forwarded was decided and is on record.
pub(super) async fn forward(
    (upstream, pool): (&Upstream, &Pool),
    record: OpenRecord,
    term: Term,
    agent: &Proven,
    request: Request<Payload>,
    id: HeaderValue,
) -> Result<Answer, Refusal> {
    let progress = Progress::default();
    let until = term.end;
    let mut closing = Closing::new(record, progress.clone(), term);
    let limits = upstream.limits();
    if request.body().least() > limits.request_bytes {
        return Err(end(closing, request_too_long(limits)));
    }
    let agent = agent.policy.agent().id().as_str();
    let request = upstream.prepare(request, &progress, agent, id);
    let sent = in_time(pool.send(request), &progress, limits.first_byte, until).await;
    let ended = match sent {
        Some(Ok(response)) if is_key_refused(response.status()) => {
            closing.answered(response.status());
            shout(&closing, response.status());
            let refusal = told(&closing, Refusal::UpstreamKeyRefused);
            closing.close(OutcomeKind::UpstreamKeyRefused);
            return Err(refusal);
        }
        Some(Ok(response)) => return receive(upstream, response, closing),
        Some(Err(error)) => failed(&closing, &error, limits),
        None if progress.waits_for_agent() => request_broke_off(),
        None => (Refusal::UpstreamSilent, OutcomeKind::UpstreamSilent),
    };
    Err(end(closing, ended))
}

/// Looks at the head of an answer: what may not be handed on ends here.
fn receive(
    upstream: &Upstream,
    response: Response<Incoming>,
    mut closing: Closing,
) -> Result<Answer, Refusal> {
    let (parts, body) = response.into_parts();
    let (status, spoil) = (parts.status, parts.extensions.get::<Spoil>().cloned());
    match answer_headers(upstream, parts, !body.is_end_stream()) {
        Ok(headers) => {
            closing.answered(status);
            Ok(Answer { status, headers, body, closing })
        }
        Err(why) => {
            if let Some(spoil) = spoil {
                spoil.spoil();
            }
            if why == Unfit::HoldsKey {
                closing.warn_of_key();
            }
            let id = closing.record().map(|record| record.id().to_string());
            let status = status.as_u16();
            tracing::warn!(
                request.id = id,
                upstream.status = status,
                "{why}: it was not handed on"
            );
            Err(end(closing, unfit(why)))
        }
    }
}

/// Closes the record of a request that the gateway answers itself.
fn end(mut closing: Closing, (refusal, kind): (Refusal, OutcomeKind)) -> Refusal {
    let refusal = told(&closing, refusal);
    closing.answered(refusal.status());
    closing.close(kind);
    refusal
}

/// What the agent is told: of a request that no policy grants, not that its policy does.
fn told(closing: &Closing, refusal: Refusal) -> Refusal {
    let is_observed = closing.record().is_some_and(|it| it.permit().observed().is_some());
    if is_observed { Refusal::Observed(Box::new(refusal)) } else { refusal }
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

fn failed(
    closing: &Closing,
    error: &ClientError,
    limits: &ForwardLimits,
) -> (Refusal, OutcomeKind) {
    if closing.request_too_long() {
        return request_too_long(limits);
    }
    if closing.request_broke_off() {
        return request_broke_off();
    }
    let id = closing.record().map(|record| record.id().to_string());
    tracing::warn!(request.id = id, failure = %chain(error), "Kustomer gave no answer");
    if error.is_connect() {
        (Refusal::UpstreamUnreachable, OutcomeKind::UpstreamUnreachable)
    } else if is_no_http(error) {
        unfit(Unfit::Protocol)
    } else {
        (Refusal::UpstreamHungUp, OutcomeKind::UpstreamHungUp)
    }
}

/// Whether something came that is no answer.
fn is_no_http(error: &ClientError) -> bool {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref());
    cause.is_some_and(hyper::Error::is_parse)
}

fn request_broke_off() -> (Refusal, OutcomeKind) {
    (Refusal::RequestBrokeOff, OutcomeKind::RequestBrokeOff)
}

fn request_too_long(limits: &ForwardLimits) -> (Refusal, OutcomeKind) {
    let most = limits.request_bytes;
    (Refusal::RequestTooLong { most }, OutcomeKind::RequestTooLong)
}

fn unfit(why: Unfit) -> (Refusal, OutcomeKind) {
    (Refusal::AnswerUnfit(why), why.outcome())
}
