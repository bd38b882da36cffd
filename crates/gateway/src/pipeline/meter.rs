//! How often: a permitted request is taken out of its agent's budget, once for each record it is about.

use std::sync::Arc;

use jiff::Timestamp;
use policy::Permit;

use super::authenticate::Proven;
use crate::budget::Budget;
use crate::refusal::Refusal;

/// Hands the permit on while the agent is within its limit.
pub(super) fn meter(
    budget: &Budget,
    agent: &Proven,
    permit: Permit,
    now: Timestamp,
) -> Result<Permit, Refusal> {
    let Some(limit) = &agent.policy.limits().requests else {
        return Ok(permit);
    };
    match budget.take(agent.policy.agent().id(), limit, permit.asked().objects(), now) {
        Ok(()) => Ok(permit),
        Err(wait) => Err(Refusal::Limited {
            permit: Box::new(permit),
            wait,
            caller: Arc::clone(&agent.caller),
        }),
    }
}
