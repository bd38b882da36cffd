//! One layer of a policy: its own entries, or those of one of its roles.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use catalogue::{ActionId, Demand, Klass, Operation, OperationId, ResourceId};

use crate::{Entry, EntryName, Occasion};

/// Entries that stand in one file. Among them the most specific one wins.
#[derive(Debug, Clone, Default)]
pub struct Layer {
    /// INVARIANT: sorted by their names, with no name twice: operations, actions, klasses, resources.
    ///
    /// One list in one piece: ten thousand agents with twenty entries each are held without a map for
    /// each kind of name.
    entries: Arc<[Entry]>,
    ends: Ends,
}

/// An entry of a layer that is held beyond it. It shares the layer's list: a copy would touch what the
/// entry names, and of ten thousand agents that is seldom at hand.
#[derive(Clone)]
pub struct HeldEntry {
    entries: Arc<[Entry]>,
    /// INVARIANT: there is one.
    at: usize,
}

/// Where in the list each kind of name ends, so that a look-up sees only entries of its kind: those of
/// ten thousand agents are seldom at hand.
#[derive(Debug, Clone, Copy, Default)]
struct Ends {
    operations: u32,
    actions: u32,
    klasses: u32,
}

impl Layer {
    /// A layer of these entries; of two with one name the first is kept, but loading lets no two pass.
    pub(crate) fn new(mut entries: Vec<Entry>) -> Self {
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        entries.dedup_by(|later, first| later.name == first.name);
        let count = |fits: fn(&EntryName) -> bool| {
            u32::try_from(entries.iter().filter(|entry| fits(&entry.name)).count())
                .unwrap_or(u32::MAX)
        };
        let operations = count(|name| matches!(name, EntryName::Operation(_)));
        let actions = operations + count(|name| matches!(name, EntryName::Action(_)));
        let klasses = actions + count(|name| matches!(name, EntryName::Klass(_)));
        Self { entries: entries.into(), ends: Ends { operations, actions, klasses } }
    }

    /// All entries, the most specific first: operations, actions, klasses, resources, each by name.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// The entries of `[access]`: those of whole resources, then those of single klasses.
    pub fn access(&self) -> impl Iterator<Item = &Entry> {
        self.between(self.ends.klasses, u32::MAX).iter().chain(self.klasses())
    }

    /// The entries of `[access]` that speak of one klass each.
    pub fn klasses(&self) -> impl Iterator<Item = &Entry> {
        self.between(self.ends.actions, self.ends.klasses).iter()
    }

    /// The entries of `[actions]`, by action.
    pub fn actions(&self) -> impl Iterator<Item = &Entry> {
        self.between(self.ends.operations, self.ends.actions).iter()
    }

    /// The entries of `[operations]`, by operation.
    pub fn operations(&self) -> impl Iterator<Item = &Entry> {
        self.between(0, self.ends.operations).iter()
    }

    fn between(&self, start: u32, end: u32) -> &[Entry] {
        let at = |end: u32| usize::try_from(end).unwrap_or(usize::MAX).min(self.entries.len());
        self.entries.get(at(start)..at(end)).unwrap_or_default()
    }

    /// Holds an entry, if it is one of these: this very one, not one like it.
    pub(crate) fn hold(&self, entry: &Entry) -> Option<HeldEntry> {
        let from_start = (&raw const *entry).addr().checked_sub(self.entries.as_ptr().addr())?;
        let at = from_start / size_of::<Entry>();
        let is_it = self.entries.get(at).is_some_and(|it| std::ptr::eq(it, entry));
        is_it.then(|| HeldEntry { entries: Arc::clone(&self.entries), at })
    }

    /// The `[access]` entry of a resource.
    #[must_use]
    pub fn on_resource(&self, id: &ResourceId) -> Option<&Entry> {
        find(self.between(self.ends.klasses, u32::MAX), |name| match name {
            EntryName::Resource(own) => own.cmp(id),
            EntryName::Operation(_) | EntryName::Action(_) | EntryName::Klass(_) => Ordering::Less,
        })
    }

    /// The `[access]` entry of a klass.
    #[must_use]
    pub fn on_klass(&self, resource: &ResourceId, klass: &Klass) -> Option<&Entry> {
        find(self.between(self.ends.actions, self.ends.klasses), |name| match name {
            EntryName::Klass(own) => (own.resource(), own.klass()).cmp(&(resource, klass)),
            EntryName::Operation(_) | EntryName::Action(_) => Ordering::Less,
            EntryName::Resource(_) => Ordering::Greater,
        })
    }

    /// The `[actions]` entry of an action.
    #[must_use]
    pub fn on_action(&self, id: &ActionId) -> Option<&Entry> {
        find(self.between(self.ends.operations, self.ends.actions), |name| match name {
            EntryName::Action(own) => own.cmp(id),
            EntryName::Operation(_) => Ordering::Less,
            EntryName::Klass(_) | EntryName::Resource(_) => Ordering::Greater,
        })
    }

    /// The `[operations]` entry of an operation.
    #[must_use]
    pub fn on_operation(&self, id: &OperationId) -> Option<&Entry> {
        find(self.between(0, self.ends.operations), |name| match name {
            EntryName::Operation(own) => own.cmp(id),
            EntryName::Action(_) | EntryName::Klass(_) | EntryName::Resource(_) => {
                Ordering::Greater
            }
        })
    }

    /// The klasses of a resource that have an entry.
    pub(crate) fn klasses_of(&self, resource: &ResourceId) -> impl Iterator<Item = &Klass> {
        self.klasses().filter_map(move |entry| match &entry.name {
            EntryName::Klass(name) => (name.resource() == resource).then(|| name.klass()),
            EntryName::Operation(_) | EntryName::Action(_) | EntryName::Resource(_) => None,
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
        occasion: &Occasion<'_>,
    ) -> Option<&Entry> {
        let on_demanded = || {
            let of_klass = klass.and_then(|klass| self.on_klass(&demand.resource, klass));
            of_klass.or_else(|| self.on_resource(&demand.resource))
        };
        if let Some(other) = &demand.acts_as {
            return self
                .on_operation(other.operation())
                .or_else(|| self.strictest_action(other.actions(), occasion))
                .or_else(on_demanded);
        }
        if demand.resource != *operation.resource() {
            return on_demanded();
        }
        let named = self.on_operation(operation.id());
        if operation.only_by_name().is_some() {
            return named;
        }
        named.or_else(|| self.strictest_action(operation.actions(), occasion)).or_else(on_demanded)
    }

    /// Of the entries of the actions that an operation belongs to, the one that gives least.
    fn strictest_action(&self, actions: &[ActionId], occasion: &Occasion<'_>) -> Option<&Entry> {
        let spoken = actions.iter().filter_map(|id| self.on_action(id));
        spoken.min_by_key(|entry| entry.strictness(occasion))
    }
}

impl HeldEntry {
    /// An entry that is in no list.
    pub(crate) fn alone(entry: Entry) -> Self {
        Self { entries: [entry].into(), at: 0 }
    }
}

impl Deref for HeldEntry {
    type Target = Entry;

    #[expect(clippy::indexing_slicing, reason = "held by what found it in the same list")]
    fn deref(&self) -> &Entry {
        &self.entries[self.at]
    }
}

impl PartialEq for HeldEntry {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for HeldEntry {}

impl fmt::Debug for HeldEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

fn find(entries: &[Entry], order: impl Fn(&EntryName) -> Ordering) -> Option<&Entry> {
    let at = entries.binary_search_by(|entry| order(&entry.name)).ok()?;
    entries.get(at)
}
