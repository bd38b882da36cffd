//! What one agent may do: its own entries, those of its roles, and which of them settles a demand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use catalogue::diagnostic::Place;
use catalogue::{Demand, Klass, Level, Operation, ResourceId, ScopeId};

use crate::{
    Agent, Entry, EntryName, HeldEntry, KlassName, Layer, Limits, Narrowing, Occasion, Only, Role,
};

/// The policy of one agent, as its file and the files of its roles say it.
#[derive(Debug, Clone)]
pub struct Policy {
    pub(crate) agent: Agent,
    pub(crate) place: Place,
    pub(crate) own: Layer,
    /// In the order in which the file takes them; each is shared by all who take it.
    pub(crate) roles: Vec<Arc<Role>>,
    pub(crate) only: Vec<Only>,
    /// The scopes whose records each scope's own belong to.
    pub(crate) scopes: Arc<Scopes>,
    /// Its own, and where it has none those of its roles.
    pub(crate) limits: Option<Box<Limits>>,
    /// What must cover a request beside it: see [`Policy::narrowed`].
    pub(crate) narrowings: Vec<Arc<Narrowing>>,
}

/// The scopes whose records each scope's own belong to.
pub(crate) type Scopes = BTreeMap<ScopeId, Vec<ScopeId>>;

impl Policy {
    /// A policy of its own entries alone.
    pub(crate) fn of_own(agent: Agent, place: Place, own: Layer) -> Self {
        let (roles, only, scopes, limits, narrowings) = Default::default();
        Self { agent, place, own, roles, only, scopes, limits, narrowings }
    }

    /// The same policy for a token that is narrowed: it permits what both permit, even where its agent
    /// is only observed.
    #[must_use]
    pub fn narrowed(&self, narrowing: Arc<Narrowing>) -> Self {
        let mut narrowed = self.clone();
        narrowed.narrowings.push(narrowing);
        narrowed
    }

    /// What it is narrowed to, one beside the other.
    pub fn narrowings(&self) -> impl Iterator<Item = &Narrowing> {
        self.narrowings.iter().map(AsRef::as_ref)
    }

    /// The agent it is about.
    #[must_use]
    pub fn agent(&self) -> &Agent {
        &self.agent
    }

    /// The file it stands in, such as `policies/support-agent.toml`.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.place.file
    }

    /// Where its `[agent]` table stands: the place to name when no entry speaks of a request.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// How much the agent may ask in a time: what the policy says itself, or else the strictest that
    /// one of its roles says.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        self.limits.as_deref().unwrap_or(&Limits::NONE)
    }

    /// The entries that stand in its own file.
    #[must_use]
    pub fn own(&self) -> &Layer {
        &self.own
    }

    /// The roles it takes, in the order of its file.
    #[must_use]
    pub fn roles(&self) -> &[Arc<Role>] {
        &self.roles
    }

    /// All layers: its own, then those of its roles.
    pub fn layers(&self) -> impl Iterator<Item = &Layer> {
        std::iter::once(&self.own).chain(self.roles.iter().map(|role| &role.layer))
    }

    /// Every klass that an entry of any layer names, by name.
    pub fn klasses(&self) -> impl Iterator<Item = &KlassName> {
        let names = self.layers().flat_map(Layer::klasses).filter_map(|entry| match &entry.name {
            EntryName::Klass(name) => Some(name),
            EntryName::Operation(_) | EntryName::Action(_) | EntryName::Resource(_) => None,
        });
        names.collect::<BTreeSet<_>>().into_iter()
    }

    /// The level on the objects of one klass, where no action or operation says otherwise: no more than
    /// what it is narrowed to.
    #[must_use]
    pub fn level_on_klass(&self, name: &KlassName, occasion: &Occasion<'_>) -> Level {
        let settles = |layer| on_klass(layer, name.resource(), name.klass());
        let entry = settles(&self.own).or_else(|| self.of_roles(occasion, settles));
        let level = entry.map_or(Level::Off, |entry| entry.gives(occasion));
        let narrowings = self.narrowings.iter().map(|narrowing| {
            let entry = settles(narrowing.layer());
            entry.map_or(Level::Off, |entry| entry.gives(occasion))
        });
        narrowings.fold(level, Level::min)
    }

    /// Holds one of its entries, for as long as it is needed.
    #[must_use]
    pub fn hold(&self, entry: &Entry) -> HeldEntry {
        let held = self.layers().find_map(|layer| layer.hold(entry));
        held.unwrap_or_else(|| HeldEntry::alone(entry.clone()))
    }

    /// Whether any of its entries has a condition that looks into the body.
    pub(crate) fn has_condition_on_body(&self) -> bool {
        let wants_body = |entry: &Entry| entry.when().is_some_and(|it| it.wants_body());
        self.layers().flat_map(Layer::entries).any(wants_body)
    }

    /// The lines of `[only]`, by scope.
    pub fn only(&self) -> impl Iterator<Item = &Only> {
        self.only.iter()
    }

    /// Whether each record of a scope belongs to one of another.
    pub(crate) fn belongs_to(&self, scope: &ScopeId, other: &ScopeId) -> bool {
        self.scopes.get(scope).is_some_and(|within| within.contains(other))
    }

    /// The entry that settles a demand of an operation at a moment; none where the policy says nothing.
    ///
    /// The policy's own layer settles what any of its entries speaks of; what it does not speak of, the
    /// roles settle. In one layer the most specific entry wins. An entry that does not count at the
    /// moment wins all the same and gives nothing: a wider one never takes its place.
    ///
    /// Objects of any klass may be of the one that is granted least, so a demand that names no klass is
    /// settled by what gives least among the klasses that any layer names and those that none does.
    ///
    /// Nothing is worked out ahead of time. This is at most a handful of look-ups in short lists for
    /// each layer, and one rule in one place is easier to trust than a table derived from it.
    #[must_use]
    pub fn settles(
        &self,
        operation: &Operation,
        demand: &Demand,
        occasion: &Occasion<'_>,
    ) -> Option<&Entry> {
        let settles = |klass| self.settles_klass(operation, demand, klass, occasion);
        let of_rest = settles(demand.klass.as_ref())?;
        if demand.klass.is_some() {
            return Some(of_rest);
        }
        let mut least = of_rest;
        for klass in self.layers().flat_map(|layer| layer.klasses_of(&demand.resource)) {
            // Where a klass has an entry, nothing can settle it but an entry.
            let entry = settles(Some(klass))?;
            if entry.strictness(occasion) < least.strictness(occasion) {
                least = entry;
            }
        }
        Some(least)
    }

    /// The same for objects of one klass, or for those of none that has an entry.
    fn settles_klass(
        &self,
        operation: &Operation,
        demand: &Demand,
        klass: Option<&Klass>,
        occasion: &Occasion<'_>,
    ) -> Option<&Entry> {
        let own = self.own.settles(operation, demand, klass, occasion);
        own.or_else(|| {
            self.of_roles(occasion, |layer| layer.settles(operation, demand, klass, occasion))
        })
    }

    /// Of the entries by which the roles settle something: the first `off`, which holds whatever other
    /// roles give, or else the one that gives most.
    fn of_roles<'p>(
        &'p self,
        occasion: &Occasion<'_>,
        settles: impl Fn(&'p Layer) -> Option<&'p Entry>,
    ) -> Option<&'p Entry> {
        let mut most: Option<&Entry> = None;
        for entry in self.roles.iter().filter_map(|role| settles(&role.layer)) {
            if entry.level == Level::Off {
                return Some(entry);
            }
            if most.is_none_or(|most| entry.strictness(occasion) > most.strictness(occasion)) {
                most = Some(entry);
            }
        }
        most
    }
}

/// The entry of a layer for the objects of a klass, by `[access]` alone.
fn on_klass<'l>(layer: &'l Layer, resource: &ResourceId, klass: &Klass) -> Option<&'l Entry> {
    layer.on_klass(resource, klass).or_else(|| layer.on_resource(resource))
}
