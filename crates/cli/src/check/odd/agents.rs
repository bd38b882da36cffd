//! What is odd about agents: those that may do nothing, and those whose policy is not enforced.

use catalogue::Level;
use catalogue::diagnostic::Code;
use jiff::Timestamp;
use policy::{Layer, Mode, Policy, PolicySet};

use super::Odd;

pub(super) fn look(policies: &PolicySet, now: Timestamp) -> Vec<Odd> {
    policies.policies().flat_map(|policy| of_agent(policy, now)).collect()
}

fn of_agent(policy: &Policy, now: Timestamp) -> Vec<Odd> {
    let agent = policy.agent();
    let id = agent.id();
    let mut odd = Vec::new();
    if let Some(end) = agent.expired_at(now) {
        let message = format!("the term of agent `{id}` ended on {}; it may do nothing", end.bound);
        odd.push(Odd::new(Code::AgentExpired, &end.place, message));
    }
    if let Some(beginning) = agent.not_before().filter(|it| now < it.bound.turns_at()) {
        let bound = beginning.bound;
        let message =
            format!("the term of agent `{id}` begins on {bound}; until then it may do nothing");
        odd.push(Odd::new(Code::AgentNotBegun, &beginning.place, message));
    }
    match agent.mode() {
        Mode::Enforce => {}
        Mode::Observe => {
            let message = format!(
                "agent `{id}` is only observed: what its policy does not grant is forwarded all the same"
            );
            odd.push(Odd::new(Code::AgentObserved, agent.mode_place(), message));
        }
        Mode::Suspended => {
            let message = format!("agent `{id}` is suspended; it may do nothing");
            odd.push(Odd::new(Code::AgentSuspended, agent.mode_place(), message));
        }
    }
    if policy.layers().flat_map(Layer::entries).all(|entry| entry.level == Level::Off) {
        let message = format!("nothing is granted to agent `{id}`: every request of it is refused");
        odd.push(Odd::new(Code::AgentGrantsNothing, policy.place(), message));
    }
    odd
}
