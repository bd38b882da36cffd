//! What candidate policies say to one record.

use std::sync::Arc;

use audit::{Decided, Opening, Record};
use catalogue::Catalogue;
use jiff::tz::TimeZone;
use policy::recorded::{Recorded, Replayed, Unreadable, Untold};
use policy::{Facts, Lack, Policy, PolicySet, Reason, TermBound};

use super::super::words;

/// The policies that are tried.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) catalogue: Catalogue,
    pub(super) policies: PolicySet,
    /// The zone in which conditions are asked.
    pub(super) zone: TimeZone,
    /// Those in force, if they load.
    pub(super) present: Option<PolicySet>,
}

/// What became of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answered {
    /// It was permitted and would be; or refused and would be.
    Same { permitted: bool },
    /// It was permitted and would be refused, for this reason.
    Lost(String),
    /// It was refused for a reason, and would be permitted.
    Gained(String),
    /// Nobody can tell.
    CannotTell(Why),
    /// It was not decided by a policy, so policies change nothing about it.
    Beside(Beside),
}

/// Why nobody can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    Untold(Untold),
    Unreadable(Unreadable),
    /// The candidate binds the agent to another client certificate than the policy in force does.
    Certificate,
}

/// What a policy does not decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Beside {
    Unauthenticated,
    Malformed,
    Limited,
    Undecided,
    Noted,
}

impl Candidate {
    /// What the candidate policies say to a record.
    pub(super) fn answer(&self, record: &Record) -> Answered {
        let opening = &record.opening;
        match opening.decision {
            Decided::Permitted => self.permitted(opening),
            Decided::Observed => self.observed(opening),
            Decided::Denied => self.denied(opening),
            Decided::Unauthenticated if opening.reason == WITHOUT_POLICY => self.denied(opening),
            Decided::Unauthenticated => Answered::Beside(Beside::Unauthenticated),
            Decided::Malformed => Answered::Beside(Beside::Malformed),
            Decided::Limited => Answered::Beside(Beside::Limited),
            Decided::Undecided => Answered::Beside(Beside::Undecided),
            Decided::Noted => Answered::Beside(Beside::Noted),
        }
    }

    fn permitted(&self, opening: &Opening) -> Answered {
        let Some(policy) = policy_of(&self.policies, opening) else {
            return Answered::Lost(WITHOUT.to_owned());
        };
        let demands = words::demands(opening);
        let recorded = Recorded::permitted(&self.catalogue, words::line(opening), demands);
        let recorded = match recorded {
            Ok(recorded) => recorded,
            Err(why) => return Answered::CannotTell(Why::Unreadable(why)),
        };
        let recorded = match self.in_force(opening) {
            Some(present) => recorded.permitted_by(present, &self.facts(opening)),
            None => recorded,
        };
        match policy.replay(&recorded, &self.facts(opening)) {
            Replayed::Refused(reason) => Answered::Lost(told(&reason)),
            Replayed::CannotTell(why) => Answered::CannotTell(Why::Untold(why)),
            Replayed::Permitted(_) if self.is_rebound(policy) => {
                Answered::CannotTell(Why::Certificate)
            }
            Replayed::Permitted(_) => Answered::Same { permitted: true },
        }
    }

    /// The moment at which a request was made.
    fn facts(&self, opening: &Opening) -> Facts<'_> {
        Facts { now: opening.at, zone: &self.zone, address: opening.address.parse().ok() }
    }

    /// It was forwarded, though the policy did not grant it: all its demands are on record, but nothing is
    /// known of conditions and `[only]`.
    fn observed(&self, opening: &Opening) -> Answered {
        let Some(policy) = policy_of(&self.policies, opening) else {
            return Answered::Lost(WITHOUT.to_owned());
        };
        let demands = words::demands(opening);
        match Recorded::permitted(&self.catalogue, words::line(opening), demands) {
            Err(why) => Answered::CannotTell(Why::Unreadable(why)),
            Ok(recorded) => match policy.replay(&recorded, &self.facts(opening)) {
                Replayed::Refused(reason) => Answered::Lost(told(&reason)),
                Replayed::CannotTell(why) => Answered::CannotTell(Why::Untold(why)),
                Replayed::Permitted(_) => Answered::Same { permitted: true },
            },
        }
    }

    fn denied(&self, opening: &Opening) -> Answered {
        const SAME: Answered = Answered::Same { permitted: false };
        let Some(policy) = policy_of(&self.policies, opening) else { return SAME };
        let demands = words::demands(opening);
        let recorded = match Recorded::denied(&self.catalogue, words::line(opening), demands) {
            Ok(recorded) => recorded,
            // What the catalogue does not know, no policy can grant.
            Err(Unreadable::Operation) => return SAME,
            Err(why) => return Answered::CannotTell(Why::Unreadable(why)),
        };
        match policy.replay(&recorded, &self.facts(opening)) {
            Replayed::Refused(_) => SAME,
            Replayed::CannotTell(why) => Answered::CannotTell(Why::Untold(why)),
            Replayed::Permitted(_) => Answered::Gained(opening.reason.clone()),
        }
    }

    /// The policy by which a request was decided, if that is the one that is in force.
    fn in_force(&self, opening: &Opening) -> Option<&Arc<Policy>> {
        let present = self.present.as_ref()?;
        let is_of_it = present.fingerprint().as_str() == opening.policy.fingerprint;
        if is_of_it { policy_of(present, opening) } else { None }
    }

    /// Whether the candidate asks for a client certificate that the policy in force does not ask for.
    fn is_rebound(&self, policy: &Policy) -> bool {
        let agent = policy.agent();
        let present = self.present.as_ref().and_then(|set| set.policy(agent.id()));
        agent.certificate().is_some()
            && present.and_then(|present| present.agent().certificate()) != agent.certificate()
    }
}

fn policy_of<'s>(set: &'s PolicySet, opening: &Opening) -> Option<&'s Arc<Policy>> {
    opening.agent.as_deref().and_then(|agent| set.policy(agent))
}

/// The reason on record of a request whose agent has a token and no policy.
const WITHOUT_POLICY: &str = "agent_without_policy";

/// Why an agent without a policy loses everything.
const WITHOUT: &str = "no policy speaks of the agent";

/// The reason of a denial, in a few words.
fn told(reason: &Reason) -> String {
    match reason {
        Reason::UnknownOperation(_) => "no operation that the catalogue knows".to_owned(),
        Reason::AgentSuspended { place } => format!("the agent is suspended ({place})"),
        Reason::AgentNotYet(TermBound { bound, place }) => {
            format!("the agent's term had not begun: not_before is {bound} ({place})")
        }
        Reason::AgentExpired(TermBound { bound, place }) => {
            format!("the agent's term was over: expires is {bound} ({place})")
        }
        Reason::NotGranted(lacks) => match lacks.split_first() {
            Some((first, [])) => lacking(first),
            Some((first, more)) => format!("{}, and {} more", lacking(first), more.len()),
            None => "nothing is granted".to_owned(),
        },
        Reason::Outside(outside) => {
            format!("outside of `{}` in [only] ({})", outside.scope, outside.place)
        }
        Reason::Narrowed { to, .. } => format!("the token was narrowed to {to}"),
        Reason::BodyNotRead => "the body was not read".to_owned(),
    }
}

fn lacking(lack: &Lack) -> String {
    let needs = format!("needs {} on {}", lack.demand.level, lack.demand.on());
    match &lack.entry {
        Some(entry) => {
            let shut = lack.shut.as_ref().map(|shut| format!(", but {shut}")).unwrap_or_default();
            format!("{needs}; {} is {}{shut} ({})", entry.name, entry.level, entry.place)
        }
        None => format!("{needs}; nothing grants it"),
    }
}

impl Why {
    /// As a fragment.
    pub(super) fn phrase(self) -> String {
        match self {
            Self::Untold(why) => why.as_str().to_owned(),
            Self::Unreadable(why) => why.to_string(),
            Self::Certificate => {
                "the candidate asks for another client certificate, and which one was shown is not on record".to_owned()
            }
        }
    }
}

impl Beside {
    /// As the end of "so many requests".
    pub(super) fn phrase(self) -> &'static str {
        match self {
            Self::Unauthenticated => "without a valid token",
            Self::Malformed => "that could not be read with certainty",
            Self::Limited => "held back by a limit",
            Self::Undecided => "that ended before they were decided",
            Self::Noted => "noted by the gateway of itself",
        }
    }
}
