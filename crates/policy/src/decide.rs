//! The decision: may this agent make this request, and which entry of its policy says so?

mod answer;

use core::net::IpAddr;
use std::sync::Arc;

use catalogue::{Asked, Because, Demand, Identified, Operation, Unknown};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::{Agent, HeldEntry, Lack, Mode, Occasion, Policy, Reason};

/// What a decision depends on beside the policy and the request. Handed in, never looked up.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'f> {
    /// The time of the request.
    pub now: Timestamp,
    /// The zone in which the organisation keeps its hours.
    pub zone: &'f TimeZone,
    /// The address that the request came from; none where nobody knows.
    pub address: Option<IpAddr>,
}

impl Facts<'static> {
    /// A moment of which nothing else is known: hours are in UTC, and there is no address.
    #[must_use]
    pub const fn at(now: Timestamp) -> Self {
        Self { now, zone: &UTC, address: None }
    }
}

/// The zone of a moment of which nothing else is known.
static UTC: TimeZone = TimeZone::UTC;

/// The answer to a request.
#[derive(Debug)]
pub enum Decision {
    /// It may be forwarded.
    Permit(Permit),
    /// It may not.
    Denial(Denial),
}

/// Leave to make one request. Only [`decide`] makes one, and it cannot be copied: whoever holds one
/// holds the outcome of exactly one decision.
///
/// ```compile_fail,E0451
/// # fn forge(asked: catalogue::Asked, policy: std::sync::Arc<policy::Policy>) -> policy::Permit {
/// policy::Permit { asked, policy } // error: the fields are private
/// # }
/// ```
///
/// ```compile_fail,E0599
/// # fn duplicate(permit: policy::Permit) -> (policy::Permit, policy::Permit) {
/// (permit.clone(), permit) // error: no method named `clone`
/// # }
/// ```
#[derive(Debug)]
pub struct Permit {
    asked: Asked,
    policy: Arc<Policy>,
    basis: Basis,
}

/// What a permit rests on.
#[derive(Debug)]
enum Basis {
    /// INVARIANT: one for each demand of what is asked, in the same order, and at least one.
    Granted(Vec<HeldEntry>),
    /// The agent is observed.
    Observed {
        /// Why it would have been refused, were its policy enforced.
        reason: Reason,
        /// What its policy grants of it all the same.
        covered: Vec<Covered>,
    },
}

/// A demand that is covered, by its place among those of what is asked.
#[derive(Debug)]
struct Covered {
    demand: usize,
    entry: HeldEntry,
}

/// A request that may not be made, and why.
#[derive(Debug)]
pub struct Denial {
    identified: Identified,
    policy: Arc<Policy>,
    reason: Reason,
}

/// Decides a request. Pure and total: the same inputs give the same answer, and every input has one.
///
/// An agent that is suspended, or whose term has not begun or has ended, is denied whatever it asks; an
/// operation that the catalogue does not hold is denied whatever the policy says; any other is permitted
/// only when an entry covers each of its demands, it keeps to every line of `[only]`, and its body has
/// been read where that could demand more.
///
/// Of an agent that is observed, what would be denied for want of a grant or by `[only]` is permitted,
/// and the permit says why it would have been denied. Where the token is narrowed, it must cover each
/// demand as well, of an agent that is observed too.
#[must_use]
pub fn decide(policy: &Arc<Policy>, identified: Identified, facts: &Facts<'_>) -> Decision {
    if let Some(reason) = shut_out(policy.agent(), facts) {
        return deny(policy, identified, reason);
    }
    let asked = match identified {
        Identified::Unknown(unknown) => return deny_unknown(policy, unknown),
        Identified::Known(asked) => asked,
    };
    let occasion = Occasion::of(policy.agent(), &asked, facts);
    let basis = match weigh(policy, &asked, &occasion) {
        Ok(grants) => Ok(Basis::Granted(grants)),
        Err(reason) => but_observed(policy, &occasion, &asked, reason),
    };
    // Whatever the policy comes to, a token that is narrowed has no more than that. Where that settles it,
    // nobody reads the body, so that it was not read is no reason.
    let basis = match basis {
        Ok(_) | Err(Reason::BodyNotRead) => narrowed(policy, &asked, &occasion).map_or(basis, Err),
        Err(reason) => Err(reason),
    };
    // What query and body say has been weighed; nobody behind the decision has a use for it.
    let asked = asked.without_contents();
    match basis {
        Ok(basis) => Decision::Permit(Permit { asked, policy: Arc::clone(policy), basis }),
        Err(reason) => deny(policy, Identified::Known(asked), reason),
    }
}

/// What a token that is narrowed lacks for a request, if anything.
fn narrowed(policy: &Policy, asked: &Asked, occasion: &Occasion<'_>) -> Option<Reason> {
    policy.narrowings.iter().find_map(|narrowing| {
        let lacks = match asked.demands() {
            [] => vec![Lack::new(&own_demand(asked.operation()), None, occasion)],
            demands => narrowing.lacks(asked.operation(), demands, occasion),
        };
        let to = Arc::clone(narrowing);
        (!lacks.is_empty()).then_some(Reason::Narrowed { lacks, to })
    })
}

/// What lets a request through that its policy does not: its agent is only observed. Not even then is a
/// body passed on that was to be read and was not.
fn but_observed(
    policy: &Policy,
    occasion: &Occasion<'_>,
    asked: &Asked,
    reason: Reason,
) -> Result<Basis, Reason> {
    match policy.agent().mode() {
        Mode::Observe if asked.wants_body() || occasion.lacks_body() => Err(Reason::BodyNotRead),
        Mode::Observe => Ok(Basis::Observed { reason, covered: covered(policy, asked, occasion) }),
        Mode::Enforce | Mode::Suspended => Err(reason),
    }
}

/// Why an agent may do nothing at all at this moment, whatever its entries say.
pub(crate) fn shut_out(agent: &Agent, facts: &Facts<'_>) -> Option<Reason> {
    if agent.mode() == Mode::Suspended {
        return Some(Reason::AgentSuspended { place: agent.mode_place().clone() });
    }
    let not_yet = agent.not_begun_at(facts.now).cloned().map(Reason::AgentNotYet);
    not_yet.or_else(|| agent.expired_at(facts.now).cloned().map(Reason::AgentExpired))
}

fn deny_unknown(policy: &Arc<Policy>, unknown: Unknown) -> Decision {
    let reason = Reason::UnknownOperation(unknown.clone());
    deny(policy, Identified::Unknown(unknown), reason)
}

fn weigh(
    policy: &Policy,
    asked: &Asked,
    occasion: &Occasion<'_>,
) -> Result<Vec<HeldEntry>, Reason> {
    let grants = cover(policy, asked.operation(), asked.demands(), occasion);
    let grants = grants.map_err(Reason::NotGranted)?;
    if let Some(outside) = policy.only().find_map(|only| only.named_outside(asked)) {
        return Err(Reason::Outside(outside));
    }
    if asked.wants_body() || occasion.lacks_body() {
        return Err(Reason::BodyNotRead);
    }
    if let Some(outside) = policy.only().find_map(|only| only.untold(asked, policy)) {
        return Err(Reason::Outside(outside));
    }
    Ok(grants)
}

/// Whether only the body can still decide a request: a request that is denied whatever its body says
/// is answered without reading it.
///
/// Of an agent that is observed every body is read that could demand more: it is forwarded in any case.
#[must_use]
pub fn worth_reading(policy: &Policy, asked: &Asked, facts: &Facts<'_>) -> bool {
    let occasion = Occasion::of(policy.agent(), asked, facts);
    let covered = |demand: &Demand| {
        let entry = policy.settles(asked.operation(), demand, &occasion);
        entry.is_some_and(|entry| entry.covers(demand.level, &occasion))
    };
    let is_permitted = || {
        asked.demands().iter().all(covered)
            && policy.only().all(|only| only.named_outside(asked).is_none())
    };
    shut_out(policy.agent(), facts).is_none()
        && (policy.agent().mode() == Mode::Observe || is_permitted())
        && narrowed(policy, asked, &occasion).is_none()
}

/// Whether a condition looks into the body, so that even one is read that is otherwise passed on as it
/// comes.
#[must_use]
pub fn looks_into_body(policy: &Policy, asked: &Asked, facts: &Facts<'_>) -> bool {
    if !policy.has_condition_on_body() {
        return false;
    }
    let occasion = Occasion::of(policy.agent(), asked, facts);
    // Every demand is weighed: one that lacks must not hide the condition of the next.
    let _weighed = cover(policy, asked.operation(), asked.demands(), &occasion);
    occasion.lacks_body()
}

/// An entry for each demand, or else every lack: whoever asks for more rights needs the whole list.
pub(crate) fn cover(
    policy: &Policy,
    operation: &Operation,
    demands: &[Demand],
    occasion: &Occasion<'_>,
) -> Result<Vec<HeldEntry>, Vec<Lack>> {
    let mut entries = Vec::with_capacity(demands.len());
    let mut lacks = Vec::new();
    for demand in demands {
        match policy.settles(operation, demand, occasion) {
            Some(entry) if entry.covers(demand.level, occasion) => entries.push(policy.hold(entry)),
            entry => {
                // An effect that is demanded twice, by way of two operations, may lack for one reason.
                let lack = Lack::new(demand, entry.map(|entry| policy.hold(entry)), occasion);
                if !lacks.iter().any(|other| is_same(other, &lack)) {
                    lacks.push(lack);
                }
            }
        }
    }
    if demands.is_empty() {
        // The catalogue makes no request without a demand. Should it ever, that is no way in.
        lacks.push(Lack::new(&own_demand(operation), None, occasion));
    }
    if lacks.is_empty() { Ok(entries) } else { Err(lacks) }
}

/// What a policy grants of a request that it does not grant whole.
fn covered(policy: &Policy, asked: &Asked, occasion: &Occasion<'_>) -> Vec<Covered> {
    let covers = |(at, demand): (usize, &Demand)| {
        let entry = policy.settles(asked.operation(), demand, occasion)?;
        let covers = entry.covers(demand.level, occasion);
        covers.then(|| Covered { demand: at, entry: policy.hold(entry) })
    };
    asked.demands().iter().enumerate().filter_map(covers).collect()
}

fn is_same(one: &Lack, other: &Lack) -> bool {
    one.entry == other.entry
        && Demand { acts_as: None, ..one.demand.clone() }
            == Demand { acts_as: None, ..other.demand.clone() }
}

fn own_demand(operation: &Operation) -> Demand {
    Demand {
        resource: operation.resource().clone(),
        klass: None,
        level: operation.level(),
        because: Because::Operation,
        acts_as: None,
    }
}

fn deny(policy: &Arc<Policy>, identified: Identified, reason: Reason) -> Decision {
    Decision::Denial(Denial { identified, policy: Arc::clone(policy), reason })
}

#[cfg(test)]
mod tests {
    use catalogue::{Catalogue, Level};

    use super::*;
    use crate::{PolicySet, Source};

    const NOW: Facts<'static> = Facts::at(Timestamp::UNIX_EPOCH);

    fn policy(entries: &str) -> Arc<Policy> {
        let text = format!("[agent]\nid = \"bot\"\nowner = \"ops\"\n[access]\n{entries}");
        let sources = [Source::policy("bot.toml", text)];
        let set = PolicySet::load(&sources, Catalogue::builtin()).unwrap();
        Arc::clone(set.policies().next().unwrap())
    }

    fn demand(resource: &str, level: Level) -> Demand {
        let resource = Catalogue::builtin().resource(resource).unwrap().id().clone();
        Demand { resource, klass: None, level, because: Because::Operation, acts_as: None }
    }

    fn delete_customer() -> &'static Operation {
        Catalogue::builtin().operation("customers.delete").unwrap()
    }

    #[test]
    fn several_demands_are_all_covered_in_their_order_or_none_is() {
        let policy = policy("customers = \"full\"\nnotes = \"read\"\nteams = \"write\"\n");
        let demands = [
            demand("customers", Level::Full),
            demand("teams", Level::Read),
            demand("notes", Level::Read),
        ];
        let entries =
            cover(&policy, delete_customer(), &demands, &Occasion::at_large(&NOW)).unwrap();
        let lines: Vec<u32> = entries.iter().map(|entry| entry.place.line).collect();
        assert_eq!(lines, [5, 7, 6]);
    }

    #[test]
    fn a_denial_lists_every_lack_and_nothing_that_was_covered() {
        let policy = policy("customers = \"read\"\nteams = \"full\"\n");
        let demands = [
            demand("customers", Level::Full),
            demand("teams", Level::Full),
            demand("notes", Level::Read),
        ];
        let lacks =
            cover(&policy, delete_customer(), &demands, &Occasion::at_large(&NOW)).unwrap_err();
        let lacking: Vec<&str> = lacks.iter().map(|lack| lack.demand.resource.as_str()).collect();
        assert_eq!(lacking, ["customers", "notes"]);
        assert_eq!(lacks[0].entry.as_ref().unwrap().level, Level::Read);
        assert_eq!(lacks[1].entry, None);
    }

    #[test]
    fn a_request_without_a_demand_is_no_way_in() {
        let policy = policy("customers = \"full\"\n");
        let lacks = cover(&policy, delete_customer(), &[], &Occasion::at_large(&NOW)).unwrap_err();
        assert_eq!(lacks[0].demand, demand("customers", Level::Full));
    }

    #[test]
    fn an_entry_of_off_covers_nothing_whatever_is_needed() {
        let policy = policy("customers = \"off\"\n");
        cover(
            &policy,
            delete_customer(),
            &[demand("customers", Level::Off)],
            &Occasion::at_large(&NOW),
        )
        .unwrap_err();
    }
}
