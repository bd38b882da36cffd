//! What is asked of both policies: an operation as every request of it is, and with what a query or a
//! body can demand beside that.

use std::collections::BTreeSet;

use catalogue::{Because, Catalogue, Demand, Klass, Level, Operation, Resource, ResourceId, Rule};

use crate::{Entry, Facts, Policy};

/// Demands that are made together.
#[derive(Debug, Clone)]
pub(super) struct Probe {
    pub(super) asking: Asking,
    demands: Vec<Demand>,
}

/// What the request of a probe is like.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asking {
    /// The klass of the objects that it is about; none where the operation knows none, or no entry of
    /// either policy names it.
    pub klass: Option<String>,
    /// What is in it beside what every request of the operation has, such as "when the body has
    /// `deleted`, unless it is false"; none where nothing is.
    pub with: Option<String>,
    deletes: bool,
}

impl Asking {
    /// Whether it is asked as every request of the operation is.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.with.is_none()
    }

    /// Whether what is added to the request makes it delete.
    #[must_use]
    pub fn deletes(&self) -> bool {
        self.deletes
    }
}

impl Probe {
    /// All questions about an operation; the plain ones come before those with more in them.
    pub(super) fn all(
        catalogue: &Catalogue,
        operation: &Operation,
        policies: &[&Policy],
    ) -> Vec<Self> {
        let klasses = if operation.names_a_klass() {
            klasses(policies, operation.resource())
        } else {
            vec![None]
        };
        let mut probes = Vec::new();
        for klass in klasses {
            let plain = plain(operation, klass);
            let sometimes = operation.rules().iter().filter(|rule| !rule.is_always());
            let with = sometimes.map(|rule| plain.with_rule(rule)).collect::<Vec<_>>();
            probes.push(plain.clone());
            probes.extend(with);
            if operation.is_search() {
                for resource in catalogue.searchable() {
                    probes.extend(searches(&plain, resource, policies));
                }
            }
        }
        probes
    }

    /// The highest level among its demands.
    pub(super) fn needs(&self) -> Level {
        self.demands.iter().map(|demand| demand.level).max().unwrap_or(Level::Full)
    }

    /// The highest level that it needs on one resource.
    pub(super) fn needs_on(&self, resource: &ResourceId) -> Level {
        let on = self.demands.iter().filter(|demand| demand.resource == *resource);
        on.map(|demand| demand.level).max().unwrap_or(Level::Off)
    }

    fn with_rule(&self, rule: &Rule) -> Self {
        let klass = self.klass_on(rule.resource());
        let demand = |acts_as| Demand {
            resource: rule.resource().clone(),
            klass: klass.clone(),
            level: rule.level(),
            because: Because::Rule(rule.because().into()),
            acts_as,
        };
        let effect = rule.shared_acts_as();
        let deletes = rule.acts_as().is_some_and(|it| it.operation().as_str().contains("delete"));
        let mut probe = self.clone();
        probe.demands.push(demand(None));
        probe.demands.extend(effect.map(|effect| demand(Some(effect))));
        probe.asking.with = Some(rule.when());
        probe.asking.deletes = deletes;
        probe
    }

    fn klass_on(&self, resource: &ResourceId) -> Option<Klass> {
        let own = self.demands.first().filter(|own| own.resource == *resource);
        own.and_then(|own| own.klass.clone())
    }
}

/// What every request of an operation demands, whatever its query and body say.
fn plain(operation: &Operation, klass: Option<Klass>) -> Probe {
    let mut demands = crate::matrix::least_demands(operation);
    let named = klass.as_ref().map(ToString::to_string);
    if let (Some(own), Some(klass)) = (demands.first_mut(), klass) {
        own.klass = Some(klass);
    }
    Probe { asking: Asking { klass: named, with: None, deletes: false }, demands }
}

/// A search that returns or looks into records of a resource, and one that includes deleted ones.
fn searches(plain: &Probe, resource: &Resource, policies: &[&Policy]) -> Vec<Probe> {
    let klasses =
        if resource.has_klasses() { klasses(policies, resource.id()) } else { vec![None] };
    let mut probes = Vec::new();
    for klass in klasses {
        for (level, what) in [(Level::Read, ""), (Level::Full, ", deleted ones too")] {
            let mut probe = plain.clone();
            let on = match &klass {
                Some(klass) => format!("{}.{klass}", resource.id()),
                None => resource.id().to_string(),
            };
            probe.asking.with = Some(format!("for {on}{what}"));
            probe.demands.push(Demand {
                resource: resource.id().clone(),
                klass: klass.clone(),
                level,
                because: Because::Rule("the search returns or looks into them".into()),
                acts_as: None,
            });
            probes.push(probe);
        }
    }
    probes
}

/// No klass in particular, and every klass of the resource that an entry of one of the policies names.
fn klasses(policies: &[&Policy], resource: &ResourceId) -> Vec<Option<Klass>> {
    let named = policies.iter().flat_map(|policy| policy.klasses());
    let named: BTreeSet<Klass> =
        named.filter(|name| name.resource() == resource).map(|name| name.klass().clone()).collect();
    std::iter::once(None).chain(named.into_iter().map(Some)).collect()
}

/// What a policy says to a probe, moment by moment.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    pub(super) moments: Vec<Said>,
}

/// What it says at one moment.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    pub(super) is_granted: bool,
    /// The entries that grant it, or those that fall short.
    pub(super) entries: Vec<Entry>,
}

impl Answer {
    /// Without a policy, everything is denied.
    pub(super) fn of(
        policy: Option<&Policy>,
        operation: &Operation,
        probe: &Probe,
        moments: &[Facts],
    ) -> Self {
        let said = |facts| policy.map(|policy| said(policy, operation, probe, facts));
        Self { moments: moments.iter().map(|facts| said(facts).unwrap_or_default()).collect() }
    }

    /// Whether it is granted at any moment.
    pub(super) fn is_ever_granted(&self) -> bool {
        self.moments.iter().any(|said| said.is_granted)
    }

    /// The terms of the entries that grant it, whenever they do; none where none ever does.
    pub(super) fn terms(&self) -> Option<BTreeSet<String>> {
        let granting = self.moments.iter().filter(|said| said.is_granted);
        let entries = granting.flat_map(|said| &said.entries);
        let terms = entries.filter(|entry| !entry.window.is_always_open());
        self.is_ever_granted().then(|| terms.map(|entry| entry.window.to_string()).collect())
    }
}

fn said(policy: &Policy, operation: &Operation, probe: &Probe, facts: &Facts) -> Said {
    let (mut met, mut short) = (Vec::new(), Vec::new());
    let mut is_granted = true;
    for demand in &probe.demands {
        match policy.settles(operation, demand, facts) {
            Some(entry) if entry.covers(demand.level, facts) => push(&mut met, entry),
            Some(entry) => {
                push(&mut short, entry);
                is_granted = false;
            }
            None => is_granted = false,
        }
    }
    Said { is_granted, entries: if is_granted { met } else { short } }
}

fn push(entries: &mut Vec<Entry>, entry: &Entry) {
    if !entries.contains(entry) {
        entries.push(entry.clone());
    }
}
