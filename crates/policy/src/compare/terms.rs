//! What holds for all that an agent does: its term, its certificate, its limits, the records that it
//! is confined to.

use std::collections::{BTreeMap, BTreeSet};

use catalogue::Level;

use super::Way;
use crate::{Bound, Limits, Mode, Policy, RequestLimit};

/// The key of the mode in a policy.
const MODE: &str = "mode";

/// One such thing that is other than it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermChange {
    /// What it is, in the word of the file: `expires`, `only.customers`.
    pub what: String,
    /// What it was; none where the file did not say.
    pub was: Option<String>,
    /// What it is.
    pub now: Option<String>,
    /// Whether the agent can do more by it, or less.
    pub way: Way,
    /// The level that it may give, where the agent can do more by it.
    pub gives: Option<Level>,
}

/// The changes from one policy to the next; `highest` is the highest level that the next one grants.
pub(super) fn changes(
    before: Option<&Policy>,
    after: Option<&Policy>,
    highest: Option<Level>,
) -> Vec<TermChange> {
    // An agent that is new or gone is told of as such, with all that its file says. Only what the mode
    // forwards is in no entry.
    let (was, now) = match (before, after) {
        (Some(before), Some(after)) => (facts(before), facts(after)),
        (None, Some(after)) if after.agent().mode() != Mode::Enforce => {
            let mode = Fact::Mode(after.agent().mode());
            (BTreeMap::new(), BTreeMap::from([(MODE.to_owned(), mode)]))
        }
        (None | Some(_), None) | (None, Some(_)) => return Vec::new(),
    };
    let keys: BTreeSet<&String> = was.keys().chain(now.keys()).collect();
    let mut changes = Vec::new();
    for key in keys {
        let (was, now) = (was.get(key), now.get(key));
        if was.map(Fact::text) == now.map(Fact::text) {
            continue;
        }
        let way = way(was, now);
        let counts = now.or(was).is_some_and(Fact::counts);
        changes.push(TermChange {
            what: key.clone(),
            was: was.map(Fact::text),
            now: now.map(Fact::text),
            way,
            gives: gives(now, highest).filter(|_| way == Way::Gained && counts),
        });
    }
    changes
}

/// What is forwarded of an agent that is only observed is everything.
fn gives(now: Option<&Fact>, highest: Option<Level>) -> Option<Level> {
    match now {
        Some(Fact::Mode(Mode::Observe)) => Some(Level::Full),
        Some(_) | None => highest,
    }
}

/// Something that a file says, and how two of its kind compare.
#[derive(Debug, Clone)]
enum Fact {
    /// For people: neither gain nor loss.
    Said(String),
    /// The agent is held by it; another one may hold it less.
    Binding(String),
    /// What becomes of the decisions.
    Mode(Mode),
    /// The earlier, the more.
    From(Bound),
    /// The later, the more.
    Until(Bound),
    /// So much in a day, and how it is written.
    Rate { text: String, a_day: u128 },
    /// Of one kind of records, only these.
    Only(BTreeSet<String>),
}

fn facts(policy: &Policy) -> BTreeMap<String, Fact> {
    let agent = policy.agent();
    let mut facts = BTreeMap::new();
    let mut add = |key: &str, fact: Option<Fact>| {
        if let Some(fact) = fact {
            facts.insert(key.to_owned(), fact);
        }
    };
    add("name", Some(Fact::Said(agent.name().to_owned())));
    add("owner", Some(Fact::Said(agent.owner().to_owned())));
    add(MODE, Some(Fact::Mode(agent.mode())));
    let roles: Vec<&str> = policy.roles().iter().map(|role| role.id().as_str()).collect();
    add("roles", (!roles.is_empty()).then(|| Fact::Said(roles.join(", "))));
    add("not_before", agent.not_before().map(|term| Fact::From(term.bound)));
    add("expires", agent.expires().map(|term| Fact::Until(term.bound)));
    let certificate = agent.certificate().map(|name| Fact::Binding(name.to_string()));
    add("client_certificate", certificate);
    let Limits { requests, in_flight } = policy.limits();
    add("limits.requests", requests.as_ref().map(rate));
    let most = in_flight.as_ref().map(|limit| limit.most);
    add(
        "limits.in_flight",
        most.map(|most| Fact::Rate { text: most.to_string(), a_day: u128::from(most) }),
    );
    for only in policy.only() {
        let ids = only.ids().map(str::to_owned).collect();
        add(&format!("only.{}", only.scope().id()), Some(Fact::Only(ids)));
    }
    facts
}

fn rate(limit: &RequestLimit) -> Fact {
    const DAY: u128 = 24 * 60 * 60;
    let a_day = u128::from(limit.count) * DAY / u128::from(limit.per.as_secs().max(1));
    Fact::Rate { text: limit.to_string(), a_day }
}

/// Where something held the agent and does not any more, it can do more, and the reverse.
fn way(was: Option<&Fact>, now: Option<&Fact>) -> Way {
    match (was, now) {
        (Some(Fact::Said(_)), _) | (_, Some(Fact::Said(_))) | (None, None) => Way::Neither,
        (None, Some(Fact::Mode(now))) => more(*now == Mode::Observe),
        (Some(_), None) => Way::Gained,
        (None, Some(_)) => Way::Lost,
        (Some(Fact::Mode(was)), Some(Fact::Mode(now))) => more(reach(*now) > reach(*was)),
        (Some(Fact::From(was)), Some(Fact::From(now))) => more(now.turns_at() < was.turns_at()),
        (Some(Fact::Until(was)), Some(Fact::Until(now))) => more(now.turns_at() > was.turns_at()),
        (Some(Fact::Rate { a_day: was, .. }), Some(Fact::Rate { a_day: now, .. })) => {
            if was == now { Way::Neither } else { more(now > was) }
        }
        (Some(Fact::Only(was)), Some(Fact::Only(now))) => more(!now.is_subset(was)),
        // One certificate for another: who holds the new one gains what the other loses.
        (Some(_), Some(_)) => Way::Gained,
    }
}

/// How much of what an agent asks is forwarded.
fn reach(mode: Mode) -> u8 {
    match mode {
        Mode::Suspended => 0,
        Mode::Enforce => 1,
        Mode::Observe => 2,
    }
}

fn more(is_more: bool) -> Way {
    if is_more { Way::Gained } else { Way::Lost }
}

impl Fact {
    fn text(&self) -> String {
        match self {
            Self::Said(text) | Self::Binding(text) | Self::Rate { text, .. } => text.clone(),
            Self::Mode(mode) => mode.to_string(),
            Self::From(bound) | Self::Until(bound) => bound.to_string(),
            Self::Only(ids) if ids.is_empty() => "none".to_owned(),
            Self::Only(ids) => ids.iter().map(String::as_str).collect::<Vec<_>>().join(", "),
        }
    }

    /// Whether having less of it lets the agent reach what it could not. A limit only slows it down.
    fn counts(&self) -> bool {
        match self {
            Self::Said(_) | Self::Rate { .. } => false,
            Self::Binding(_) | Self::Mode(_) | Self::From(_) | Self::Until(_) | Self::Only(_) => {
                true
            }
        }
    }
}
