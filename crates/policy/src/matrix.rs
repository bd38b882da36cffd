//! The access matrix: every operation of the catalogue, and whether a policy permits it.
//!
//! It is worked out with the two steps of a decision (which entry settles each demand, and whether that
//! entry's level is enough), so what it shows is what the gateway does. It looks at what each request of
//! an operation demands; what query and body add is known only once there is a request. Custom objects
//! are taken to be of a klass that no entry names; those of the others have rows of their own.

use std::collections::BTreeMap;
use std::sync::Arc;

use catalogue::diagnostic::Place;
use catalogue::{Because, Catalogue, Demand, Klass, Level, Operation};

use crate::decide::{cover, shut_out};
use crate::{
    Agent, AgentId, Condition, Entry, EntryName, Facts, KlassName, Layer, Mode, Narrowing,
    Occasion, Policy,
};

/// One operation and what a policy says of it.
#[derive(Debug, Clone)]
pub struct Row {
    /// The operation.
    pub operation: Arc<Operation>,
    /// The klass whose objects it is about; none where the operation knows none, or of every klass that
    /// no entry names.
    pub klass: Option<KlassName>,
    /// The entry that settles it; none where the policy says nothing.
    pub settled_by: Option<Entry>,
    /// The demand that the entry settles: the first that is not met, or else the operation's own.
    pub needs: Option<Demand>,
    /// Whether the agent may do it; where there are conditions, whether it may if they are true.
    pub permitted: bool,
    /// The conditions of the entries that settle what every request of the operation demands, and those
    /// of others that would settle it otherwise if they were not true, such as a second action's.
    pub conditions: Vec<Arc<Condition>>,
}

impl Row {
    /// The level that the operation needs.
    #[must_use]
    pub fn needed(&self) -> Level {
        self.operation.level()
    }

    /// The level that the policy sets, at its time; off where it says nothing.
    #[must_use]
    pub fn settled(&self) -> Level {
        self.settled_by.as_ref().map_or(Level::Off, |entry| entry.level)
    }

    /// Whether it depends on the request, by a condition.
    #[must_use]
    pub fn is_conditional(&self) -> bool {
        !self.conditions.is_empty()
    }

    /// The conditions as they are written.
    #[must_use]
    pub fn conditions(&self) -> Vec<&str> {
        self.conditions.iter().map(|condition| condition.as_str()).collect()
    }

    /// The line that settles it; none where the policy says nothing.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.settled_by.as_ref().map(|entry| &entry.place)
    }
}

/// What a policy permits at one moment: a row for each operation, by id.
///
/// The moment matters because of windows of time: those of entries, and the agent's own. An agent that
/// is observed is shown by what its policy grants, not by what is forwarded all the same.
#[must_use]
pub fn rows(catalogue: &Catalogue, policy: &Policy, facts: &Facts<'_>) -> Vec<Row> {
    let all = conditions(policy.layers().flat_map(Layer::entries));
    catalogue.operations().map(|operation| row(operation, None, policy, facts, &all)).collect()
}

/// The same for the objects of each klass that an entry names: by klass, and by operation.
#[must_use]
pub fn klass_rows(catalogue: &Catalogue, policy: &Policy, facts: &Facts<'_>) -> Vec<Row> {
    let all = conditions(policy.layers().flat_map(Layer::entries));
    let of_klass = |name: &KlassName| {
        let operations = catalogue.operations().filter(|operation| {
            operation.names_a_klass() && operation.resource() == name.resource()
        });
        let row = |operation| row(operation, Some(name), policy, facts, &all);
        operations.map(row).collect::<Vec<_>>()
    };
    policy.klasses().flat_map(of_klass).collect()
}

/// The operations that the agent may use, on objects of whatever klass, by id.
pub fn permitted(
    catalogue: &Catalogue,
    policy: &Policy,
    facts: &Facts<'_>,
) -> impl Iterator<Item = Arc<Operation>> {
    let mut rows = rows(catalogue, policy, facts);
    rows.extend(klass_rows(catalogue, policy, facts));
    let permitted = rows.into_iter().filter(|row| row.permitted);
    let by_id = permitted.map(|row| (row.operation.id().to_string(), row.operation));
    by_id.collect::<BTreeMap<_, _>>().into_values()
}

/// One row; `all` are all conditions of the policy.
fn row(
    operation: &Arc<Operation>,
    klass: Option<&KlassName>,
    policy: &Policy,
    facts: &Facts<'_>,
    all: &[Arc<Condition>],
) -> Row {
    let occasion = Occasion::at_large(facts);
    let mut demands = least_demands(operation);
    if let (Some(own), Some(name)) = (demands.first_mut(), klass) {
        own.klass = Some(name.klass().clone());
    }
    let settles = |demand: &Demand| policy.settles(operation, demand, &occasion);
    let covers =
        |demand: &Demand| settles(demand).is_some_and(|it| it.covers(demand.level, &occasion));
    let narrowed = |it: &Narrowing| !it.lacks(operation, &demands, &occasion).is_empty();
    let mut conditions = conditions(demands.iter().filter_map(settles));
    let is_covered = |occasion: Occasion<'_>| cover(policy, operation, &demands, &occasion).is_ok();
    // Any other counts on which it depends whether the demands are covered. Seldom is there one, and what
    // is not covered where all are true needs none.
    if conditions.len() < all.len() && is_covered(Occasion::at_large(facts)) {
        let is_needed = |it: &&Arc<Condition>| {
            let untrue = [Arc::clone(it)];
            !is_covered(Occasion::supposing(facts, &untrue))
        };
        let others = all.iter().filter(|it| !conditions.contains(it)).filter(is_needed);
        let others: Vec<_> = others.cloned().collect();
        conditions.extend(others);
    }
    // The entry to show is the one that denies, or else the one of the operation's own demand.
    let shown = demands.iter().find(|demand| !covers(demand)).or(demands.first());
    Row {
        operation: Arc::clone(operation),
        klass: klass.cloned(),
        settled_by: shown.and_then(settles).cloned(),
        needs: shown.cloned(),
        permitted: demands.iter().all(covers)
            && shut_out(policy.agent(), facts).is_none()
            && !policy.narrowings().any(narrowed),
        conditions,
    }
}

fn conditions<'p>(entries: impl Iterator<Item = &'p Entry>) -> Vec<Arc<Condition>> {
    let mut found: Vec<Arc<Condition>> = Vec::new();
    for condition in entries.filter_map(|entry| entry.when()) {
        if !found.contains(condition) {
            found.push(Arc::clone(condition));
        }
    }
    found
}

/// What every request of an operation demands, whatever its query and body say.
pub(crate) fn least_demands(operation: &Operation) -> Vec<Demand> {
    // A name that no entry can have: an entry's klass is in lower case and not empty.
    let klass = operation.names_a_klass().then(|| Klass::new(""));
    let own = Demand {
        resource: operation.resource().clone(),
        klass,
        level: operation.level(),
        because: Because::Operation,
        acts_as: None,
    };
    let always = operation.rules().iter().filter(|rule| rule.is_always()).map(|rule| Demand {
        resource: rule.resource().clone(),
        klass: None,
        level: rule.level(),
        because: Because::Rule(rule.because().into()),
        acts_as: None,
    });
    std::iter::once(own).chain(always).collect()
}

/// A policy of no file that gives one level on every resource and says nothing else.
///
/// For showing and testing what a level means.
#[must_use]
pub fn level_on_everything(catalogue: &Catalogue, level: Level) -> Policy {
    let place = Place { file: format!("({level} on everything)").into(), line: 1 };
    let entry = |id: &catalogue::ResourceId| Entry {
        name: EntryName::Resource(id.clone()),
        level,
        place: place.clone(),
        role: None,
        terms: None,
    };
    let own = Layer::new(catalogue.resources().map(|resource| entry(resource.id())).collect());
    let agent = Agent {
        id: AgentId::of_level(level),
        name: format!("An agent with {level} on everything"),
        owner: "nobody".into(),
        purpose: None,
        mode: Mode::Enforce,
        mode_place: place.clone(),
        not_before: None,
        expires: None,
        certificate: None,
    };
    Policy::of_own(agent, place, own)
}
