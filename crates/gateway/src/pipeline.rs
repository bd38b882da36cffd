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
mod off_record;
mod read;
mod record;
mod screen;

use audit::Decided;
use http::{Request, Response};
use hyper::body::Incoming;

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
pub(crate) use off_record::OffRecord;
use off_record::{Panicked, calmly};
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
    let mut off = OffRecord::new(gateway, &policies, arrival);
    let refusal = match calmly(pass(lane, &mut off, request)).await {
        Ok(Ok(response)) => return response,
        Ok(Err(refusal)) => refusal,
        Err(Panicked) => off.failure(),
    };
    Box::pin(off.refuse(refusal)).await
}

/// The stages, in order. The first that refuses ends it.
async fn pass(
    lane: &Lane,
    off: &mut OffRecord<'_>,
    request: Request<Incoming>,
) -> Result<Response<AnswerBody>, Refusal> {
    let OffRecord { gateway, policies, arrival, .. } = *off;
    let agent = authenticate(gateway, policies, request.headers(), arrival).await?;
    let agent = &*off.agent.insert(agent);
    let slot = admit(&gateway.in_flight, agent)?;
    screen(agent, &request)?;
    let identified = identify(gateway, agent, &request)?;
    let (identified, request) = read(gateway, agent, identified, request, arrival).await?;
    let permit = decide(agent, identified, &gateway.facts(arrival))?;
    let permit = meter(&gateway.budget, agent, permit, arrival.at)?;
    gateway.metrics.decided(Decided::of(&permit));
    let opened = record(&lane.trail, policies, arrival, agent, permit);
    off.is_over = true;
    let record = opened.await?;
    let (id, term) = (arrival.id_header(), Term::new(slot, arrival.started + gateway.patience));
    let to = (&gateway.upstream, &lane.pool);
    let answer = forward(to, record, term, agent, request, id.clone()).await?;
    Ok(close(&gateway.upstream, answer, id))
}
