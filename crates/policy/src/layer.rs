//! One layer of a policy: its own entries, or those of one of its roles.

use catalogue::{ActionId, Demand, Klass, Operation, OperationId, ResourceId};

use crate::entry::EntryKey;
use crate::{Entry, EntryName, Facts};

/// Entries that stand in one file. Among them the most specific one wins.
#[derive(Debug, Clone, Default)]
pub struct Layer {
    /// INVARIANT: sorted by the keys of their names, with no name twice.
    ///
    /// One list in one piece: ten thousand agents with twenty entries each are held without a map for
    /// each kind of name.
    entries: Box<[Entry]>,
}

impl Layer {
    /// A layer of these entries; of two with one name the first is kept, but loading lets no two pass.
    pub(crate) fn new(mut entries: Vec<Entry>) -> Self {
        entries.sort_by(|one, other| one.name.key().cmp(&other.name.key()));
        entries.dedup_by(|later, first| later.name == first.name);
        Self { entries: entries.into() }
    }

    /// All entries, the most specific first: operations, actions, klasses, resources, each by name.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// The entries of `[access]`: those of whole resources, then those of single klasses.
    pub fn access(&self) -> impl Iterator<Item = &Entry> {
        let resources = self.entries().filter(|entry| matches!(entry.name, EntryName::Resource(_)));
        resources.chain(self.klasses())
    }

    /// The entries of `[access]` that speak of one klass each.
    pub fn klasses(&self) -> impl Iterator<Item = &Entry> {
        self.entries().filter(|entry| matches!(entry.name, EntryName::Klass(_)))
    }

    /// The entries of `[actions]`, by action.
    pub fn actions(&self) -> impl Iterator<Item = &Entry> {
        self.entries().filter(|entry| matches!(entry.name, EntryName::Action(_)))
    }

    /// The entries of `[operations]`, by operation.
    pub fn operations(&self) -> impl Iterator<Item = &Entry> {
        self.entries().filter(|entry| matches!(entry.name, EntryName::Operation(_)))
    }

    /// The `[access]` entry of a resource.
    #[must_use]
    pub fn on_resource(&self, id: &ResourceId) -> Option<&Entry> {
        self.find(EntryKey::Resource(id))
    }

    /// The `[access]` entry of a klass.
    #[must_use]
    pub fn on_klass(&self, resource: &ResourceId, klass: &Klass) -> Option<&Entry> {
        self.find(EntryKey::Klass(resource, klass))
    }

    /// The `[actions]` entry of an action.
    #[must_use]
    pub fn on_action(&self, id: &ActionId) -> Option<&Entry> {
        self.find(EntryKey::Action(id))
    }

    /// The `[operations]` entry of an operation.
    #[must_use]
    pub fn on_operation(&self, id: &OperationId) -> Option<&Entry> {
        self.find(EntryKey::Operation(id))
    }

    fn find(&self, key: EntryKey<'_>) -> Option<&Entry> {
        let at = self.entries.binary_search_by(|entry| entry.name.key().cmp(&key)).ok()?;
        self.entries.get(at)
    }

    /// The klasses of a resource that have an entry.
    pub(crate) fn klasses_of(&self, resource: &ResourceId) -> impl Iterator<Item = &Klass> {
        let start = self.entries.partition_point(|entry| match entry.name.key() {
            EntryKey::Operation(_) | EntryKey::Action(_) => true,
            EntryKey::Klass(of, _) => of < resource,
            EntryKey::Resource(_) => false,
        });
        let rest = self.entries.get(start..).unwrap_or_default().iter();
        rest.map_while(move |entry| match entry.name.key() {
            EntryKey::Klass(of, klass) if of == resource => Some(klass),
            _ => None,
        })
    }

    /// The entry of this layer that settles a demand of an operation, for objects of one klass or of
    /// none that has an entry; none where the layer says nothing.
    ///
    /// On the operation's own resource the most specific entry wins, whether it gives more or less
    /// than the others: the operation's, then the strictest of its actions', then the klass's, then
    /// the resource's. An operation that only its own entry can grant has no other.
    /// On any other resource only the entries of `[access]` count: a grant of an action speaks of the
    /// action's own effect and must not open other resources by the way.
    /// What a request does in effect, such as deleting by an update, is settled as if it had been asked
    /// for by the operation that does it.
    pub(crate) fn settles(
        &self,
        operation: &Operation,
        demand: &Demand,
        klass: Option<&Klass>,
        facts: &Facts,
    ) -> Option<&Entry> {
        let on_demanded = || {
            let of_klass = klass.and_then(|klass| self.on_klass(&demand.resource, klass));
            of_klass.or_else(|| self.on_resource(&demand.resource))
        };
        if let Some(other) = &demand.acts_as {
            return self
                .on_operation(other.operation())
                .or_else(|| self.strictest_action(other.actions(), facts))
                .or_else(on_demanded);
        }
        if demand.resource != *operation.resource() {
            return on_demanded();
        }
        let named = self.on_operation(operation.id());
        if operation.only_by_name().is_some() {
            return named;
        }
        named.or_else(|| self.strictest_action(operation.actions(), facts)).or_else(on_demanded)
    }

    /// Of the entries of the actions that an operation belongs to, the one that gives least.
    fn strictest_action(&self, actions: &[ActionId], facts: &Facts) -> Option<&Entry> {
        let spoken = actions.iter().filter_map(|id| self.on_action(id));
        spoken.min_by_key(|entry| entry.strictness(facts))
    }
}
