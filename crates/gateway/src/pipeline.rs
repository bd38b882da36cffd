//! A request's way through the gateway, whole.
//!
//! Each stage consumes what the stage before it produced. A [`policy::Permit`] comes only from the
//! policy crate's `decide`, an [`audit::OpenRecord`] only from the trail, and [`forward`] takes an
//! `OpenRecord`: forwarding without a decision or without a durable record does not compile.

mod authenticate;
mod close;
mod closing;
mod decide;
mod forward;
mod identify;
mod meter;
mod record;

use std::net::IpAddr;
use std::time::Instant;

use audit::RecordId;
use http::{HeaderValue, Request, Response};
use hyper::body::Incoming;
use jiff::Timestamp;
use policy::PolicySet;

use crate::gateway::Gateway;
use crate::refusal::Refusal;
use crate::token;
use crate::wire::AnswerBody;

pub use authenticate::{Caller, Proven, authenticate};
use close::close;
use decide::decide;
use forward::forward;
use identify::identify;
pub(crate) use identify::is_origin_form;
use meter::meter;
use record::record;
pub(crate) use record::refuse;

/// Answers a request: by Kustomer if it is permitted, by a refusal if it is not.
pub async fn answer(
    gateway: &Gateway,
    arrival: Arrival,
    request: Request<Incoming>,
) -> Response<AnswerBody> {
    // One policy set for the whole of a request, whatever is loaded meanwhile.
    let policies = gateway.policies();
    match pass(gateway, &policies, &arrival, request).await {
        Ok(response) => response,
        Err(refusal) => refuse(gateway, &policies, &arrival, refusal).await,
    }
}

/// The stages, in order. The first that refuses ends it.
async fn pass(
    gateway: &Gateway,
    policies: &PolicySet,
    arrival: &Arrival,
    request: Request<Incoming>,
) -> Result<Response<AnswerBody>, Refusal> {
    let agent = authenticate(gateway, policies, request.headers(), arrival.at)?;
    let identified = identify(gateway, &agent, &request)?;
    let permit = decide(&agent, identified, arrival.at)?;
    let permit = meter(&gateway.budget, &agent, permit, arrival.at)?;
    let record = record(&gateway.trail, policies, arrival, &agent, permit).await?;
    let answer = forward(&gateway.upstream, record, &agent, request).await?;
    Ok(close(answer, arrival))
}

/// What is known of a request before it is read.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The request's id, which becomes its record's.
    pub id: RecordId,
    /// The time of day at which it arrived.
    pub at: Timestamp,
    /// The same, for measuring.
    pub started: Instant,
    /// The address it came from.
    pub address: IpAddr,
    /// The method as sent.
    pub method: String,
    /// The path as sent, without its query, and without a credential that has no place in it.
    pub path: String,
}

impl Arrival {
    /// Takes down a request that has just come in.
    #[must_use]
    pub fn of<B>(request: &Request<B>, gateway: &Gateway, address: IpAddr) -> Self {
        let at = gateway.clock.now();
        Self {
            id: gateway.ids.record(at),
            at,
            started: Instant::now(),
            address,
            method: request.method().as_str().to_owned(),
            path: recorded_path(request.uri().path(), gateway),
        }
    }

    /// The id as a header's value.
    #[must_use]
    pub fn id_header(&self) -> HeaderValue {
        // A UUID is letters, digits and dashes, so this never falls back.
        HeaderValue::try_from(self.id.to_string()).unwrap_or(HeaderValue::from_static("-"))
    }
}

fn recorded_path(path: &str, gateway: &Gateway) -> String {
    if gateway.upstream.key().is_in(path) {
        return "(not recorded: it holds the organisation's own key)".to_owned();
    }
    token::blanked(path)
}
