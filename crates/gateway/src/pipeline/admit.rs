//! How many at once: a request takes one of its agent's places, and has it until its last byte has gone.

use std::sync::Arc;

use super::authenticate::Proven;
use crate::in_flight::{Crowded, InFlight, Slot};
use crate::refusal::Refusal;

/// Gives a request a place while its agent has one.
pub(super) fn admit(in_flight: &InFlight, agent: &Proven) -> Result<Slot, Refusal> {
    in_flight.enter(&agent.policy).map_err(|Crowded(most)| Refusal::Crowded {
        policy: Arc::clone(&agent.policy),
        most,
        caller: Arc::clone(&agent.caller),
    })
}
