//! Whether it is permitted: the policy crate decides, once, and the answer carries its reason.

use std::sync::Arc;

use catalogue::Identified;
use policy::{Decision, Facts, Permit};

use super::authenticate::Proven;
use crate::refusal::Refusal;

/// Decides by the agent's policy.
pub(super) fn decide(
    agent: &Proven,
    identified: Identified,
    facts: &Facts<'_>,
) -> Result<Permit, Refusal> {
    match policy::decide(&agent.policy, identified, facts) {
        Decision::Permit(permit) => Ok(permit),
        Decision::Denial(denial) => {
            Err(Refusal::Denied { denial: Box::new(denial), caller: Arc::clone(&agent.caller) })
        }
    }
}
