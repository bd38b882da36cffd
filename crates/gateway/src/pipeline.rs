//! A request's way through the gateway, whole.
//!
//! Each stage consumes what the stage before it produced. A [`policy::Permit`] comes only from the
//! policy crate's `decide`, an [`audit::OpenRecord`] only from the trail, and `forward` takes an
//! `OpenRecord`: forwarding without a decision or without a durable record does not compile.

mod admit;
mod authenticate;
mod close;
mod closing;
mod decide;
mod forward;
mod identify;
mod meter;
mod read;
mod record;
mod screen;

use audit::Decided;
use http::{Request, Response};
use hyper::body::Incoming;
use policy::PolicySet;

use crate::arrival::Arrival;
use crate::gateway::Gateway;
use crate::lane::Lane;
use crate::refusal::Refusal;
use crate::wire::AnswerBody;

use admit::admit;
pub use authenticate::{Proven, authenticate};
use close::close;
use closing::Term;
use decide::decide;
use forward::forward;
use identify::identify;
pub(crate) use identify::is_origin_form;
use meter::meter;
use read::read;
use record::record;
pub(crate) use record::refuse;
use screen::screen;

/// Answers a request: by Kustomer, over a connection of the thread's lane, if it is permitted; by a
/// refusal if it is not.
pub async fn answer(
    gateway: &Gateway,
    lane: &Lane,
    arrival: &Arrival,
    request: Request<Incoming>,
) -> Response<AnswerBody> {
    // One policy set for the whole of a request, whatever is loaded meanwhile.
    let policies = gateway.policies();
    match pass(gateway, lane, &policies, arrival, request).await {
        Ok(response) => response,
        Err(refusal) => Box::pin(refuse(gateway, &policies, arrival, refusal)).await,
    }
}

/// The stages, in order. The first that refuses ends it.
async fn pass(
    gateway: &Gateway,
    lane: &Lane,
    policies: &PolicySet,
    arrival: &Arrival,
    request: Request<Incoming>,
) -> Result<Response<AnswerBody>, Refusal> {
    let agent = authenticate(gateway, policies, request.headers(), arrival).await?;
    let slot = admit(&gateway.in_flight, &agent)?;
    screen(&agent, &request)?;
    let identified = identify(gateway, &agent, &request)?;
    let (identified, request) = read(gateway, &agent, identified, request, arrival).await?;
    let permit = decide(&agent, identified, arrival.at)?;
    let permit = meter(&gateway.budget, &agent, permit, arrival.at)?;
    gateway.metrics.decided(Decided::of(&permit));
    let record = record(&lane.trail, policies, arrival, &agent, permit).await?;
    let (id, term) = (arrival.id_header(), Term::new(slot, arrival.started + gateway.patience));
    let to = (&gateway.upstream, &lane.pool);
    let answer = forward(to, record, term, &agent, request, id.clone()).await?;
    Ok(close(&gateway.upstream, answer, id))
}
