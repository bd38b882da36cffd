//! A request's way through the gateway, whole.
//!
//! Each stage consumes what the stage before it produced. A [`policy::Permit`] comes only from the
//! policy crate's `decide`, an [`audit::OpenRecord`] only from the trail, and `forward` takes an
//! `OpenRecord`: forwarding without a decision or without a durable record does not compile.

mod authenticate;
mod close;
mod closing;
mod decide;
mod forward;
mod identify;
mod meter;
mod read;
mod record;

use http::{Request, Response};
use hyper::body::Incoming;
use policy::PolicySet;

use crate::arrival::Arrival;
use crate::gateway::Gateway;
use crate::refusal::Refusal;
use crate::upstream::Pool;
use crate::wire::AnswerBody;

pub use authenticate::{Proven, authenticate};
use close::close;
use decide::decide;
use forward::forward;
use identify::identify;
pub(crate) use identify::is_origin_form;
use meter::meter;
use read::read;
use record::record;
pub(crate) use record::refuse;

/// Answers a request: by Kustomer, over a connection of `pool`, if it is permitted; by a refusal if it
/// is not.
pub async fn answer(
    gateway: &Gateway,
    pool: &Pool,
    arrival: Arrival,
    request: Request<Incoming>,
) -> Response<AnswerBody> {
    // One policy set for the whole of a request, whatever is loaded meanwhile.
    let policies = gateway.policies();
    match pass(gateway, pool, &policies, &arrival, request).await {
        Ok(response) => response,
        Err(refusal) => refuse(gateway, &policies, &arrival, refusal).await,
    }
}

/// The stages, in order. The first that refuses ends it.
async fn pass(
    gateway: &Gateway,
    pool: &Pool,
    policies: &PolicySet,
    arrival: &Arrival,
    request: Request<Incoming>,
) -> Result<Response<AnswerBody>, Refusal> {
    let agent = authenticate(gateway, policies, request.headers(), arrival.at)?;
    let identified = identify(gateway, &agent, &request)?;
    let (identified, request) = read(gateway, &agent, identified, request, arrival.at).await?;
    let permit = decide(&agent, identified, arrival.at)?;
    let permit = meter(&gateway.budget, &agent, permit, arrival.at)?;
    let record = record(&gateway.trail, policies, arrival, &agent, permit).await?;
    let answer = forward(&gateway.upstream, pool, record, &agent, request).await?;
    Ok(close(answer, arrival))
}
