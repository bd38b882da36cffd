//! What is odd about single entries: of policies, and of roles, each of which is looked at once.

mod bodies;
mod confined;

use std::sync::Arc;

use catalogue::diagnostic::Code;
use catalogue::{Catalogue, Level, Operation, ResourceId};
use jiff::Timestamp;
use policy::{Agent, Entry, EntryName, Layer, PolicySet, Role};

use super::Odd;

/// More names than this are counted, not listed.
const MOST_NAMES: usize = 4;

/// A layer, and what all its entries are looked at with.
struct Look<'l> {
    layer: &'l Layer,
    catalogue: &'l Catalogue,
    now: Timestamp,
    /// Whose entries they are; of a role, one who takes it.
    agent: Option<&'l Agent>,
}

pub(super) fn look(policies: &PolicySet, catalogue: &Catalogue, now: Timestamp) -> Vec<Odd> {
    let taker = |role: &Role| {
        let takes = |it: &&Arc<policy::Policy>| it.roles().iter().any(|it| it.id() == role.id());
        policies.policies().find(takes).map(|policy| policy.agent())
    };
    let own = policies.policies().map(|policy| (policy.own(), Some(policy.agent())));
    let of_roles = policies.roles().map(|role| (role.layer(), taker(role)));
    let layers = own.chain(of_roles);
    let looks = layers.map(|(layer, agent)| Look { layer, catalogue, now, agent });
    let mut odd: Vec<Odd> = looks.flat_map(|look| look.entries()).collect();
    odd.extend(policies.policies().flat_map(|policy| unnamed(policy, catalogue)));
    odd.extend(policies.policies().flat_map(|policy| confined::look(policy, catalogue)));
    odd
}

/// Actions that seem to grant what only a line of its own can.
fn unnamed(policy: &policy::Policy, catalogue: &Catalogue) -> Vec<Odd> {
    let mut odd = Vec::new();
    for entry in policy.layers().flat_map(Layer::actions) {
        let unnamed: Vec<&Arc<Operation>> = of_action(entry, catalogue)
            .filter(|operation| {
                operation.only_by_name().is_some()
                    && entry.level >= operation.level()
                    && policy.layers().all(|it| it.on_operation(operation.id()).is_none())
            })
            .collect();
        if !unnamed.is_empty() {
            let message = format!(
                "`{}` does not grant {}: only a line of its own in [operations] does",
                entry.name,
                names(&unnamed)
            );
            odd.push(Odd::new(Code::NeedsOwnLine, &entry.place, message));
        }
    }
    odd
}

impl<'l> Look<'l> {
    fn entries(&self) -> Vec<Odd> {
        let mut odd = Vec::new();
        for entry in self.layer.entries() {
            odd.extend(self.shut(entry));
            odd.extend(self.bodiless(entry));
            match &entry.name {
                EntryName::Action(_) | EntryName::Operation(_) if self.is_too_low(entry) => {
                    odd.push(self.too_low(entry));
                }
                EntryName::Action(_) => {
                    odd.extend(self.moot(entry).or_else(|| self.repeated(entry)));
                    odd.extend(self.widening(entry));
                }
                EntryName::Operation(_) | EntryName::Klass(_) => odd.extend(self.repeated(entry)),
                EntryName::Resource(_) => {
                    odd.extend(self.moot(entry));
                    odd.extend(self.full(entry));
                }
            }
        }
        odd
    }

    /// A window that is shut.
    fn shut(&self, entry: &Entry) -> Option<Odd> {
        let window = entry.window();
        let over = window.expires.filter(|end| self.now >= end.turns_at());
        let awaited = window.not_before.filter(|beginning| self.now < beginning.turns_at());
        let (code, message) = match (over, awaited) {
            (Some(bound), _) => (
                Code::GrantExpired,
                format!("what `{}` gives ended on {bound}: it gives nothing", entry.name),
            ),
            (None, Some(bound)) => (
                Code::GrantNotBegun,
                format!(
                    "what `{}` gives begins on {bound}: until then it gives nothing",
                    entry.name
                ),
            ),
            (None, None) => return None,
        };
        Some(Odd::new(code, &entry.place, message))
    }

    /// Whether an entry gives less than each of its operations needs.
    fn is_too_low(&self, entry: &Entry) -> bool {
        let operations = self.operations(entry);
        let needs_more = |operation: &&Arc<Operation>| entry.level < operation.level();
        entry.level != Level::Off && operations.iter().all(needs_more)
    }

    fn too_low(&self, entry: &Entry) -> Odd {
        let operations = self.operations(entry);
        let least = operations.iter().map(|operation| operation.level()).min();
        let message = format!(
            "`{} = \"{}\"` gives nothing: it takes {} at least",
            entry.name,
            entry.level,
            least.unwrap_or(Level::Full)
        );
        Odd::new(Code::GrantTooLow, &entry.place, message)
    }

    /// The operations that an entry speaks of on its own resource.
    fn operations(&self, entry: &Entry) -> Vec<&'l Arc<Operation>> {
        operations(entry, self.catalogue)
    }

    /// The entries of other actions that speak of an operation.
    fn other_actions(
        &self,
        entry: &Entry,
        operation: &Operation,
    ) -> impl Iterator<Item = &'l Entry> {
        let layer = self.layer;
        let own = entry.name.clone();
        let ids = operation.actions().to_vec();
        ids.into_iter().filter_map(move |id| layer.on_action(&id)).filter(move |it| it.name != own)
    }

    /// An entry of which narrower entries leave nothing.
    fn moot(&self, entry: &Entry) -> Option<Odd> {
        if entry.level == Level::Off {
            return None;
        }
        let is_taken = |operation: &Arc<Operation>| {
            operation.only_by_name().is_some()
                || self.layer.on_operation(operation.id()).is_some()
                || match entry.name {
                    EntryName::Action(_) => self
                        .other_actions(entry, operation)
                        .any(|other| other.level < entry.level && other.level < operation.level()),
                    EntryName::Operation(_) | EntryName::Klass(_) | EntryName::Resource(_) => {
                        self.other_actions(entry, operation).next().is_some()
                    }
                }
        };
        let operations = self.operations(entry);
        // Other operations may still need the resource beside their own.
        let is_needed = |id: &str| {
            self.catalogue.operations().filter(|it| it.resource().as_str() != id).any(|it| {
                it.is_search() || it.rules().iter().any(|rule| rule.resource().as_str() == id)
            })
        };
        let counts_elsewhere = match &entry.name {
            EntryName::Resource(id) => is_needed(id.as_str()),
            EntryName::Action(_) | EntryName::Operation(_) | EntryName::Klass(_) => false,
        };
        if operations.is_empty() || counts_elsewhere || !operations.iter().all(|it| is_taken(it)) {
            return None;
        }
        let message = format!(
            "`{}` gives nothing: narrower lines speak of all that it is made of ({})",
            entry.name,
            names(&operations)
        );
        Some(Odd::new(Code::MootGrant, &entry.place, message))
    }

    /// An entry without which everything would be the same. An `off` is a safeguard, and one with a
    /// window gives at another time what it does not give now.
    fn repeated(&self, entry: &Entry) -> Option<Odd> {
        let is_always = |it: &Entry| it.window().is_always_open() && it.when().is_none();
        if entry.level == Level::Off || !is_always(entry) {
            return None;
        }
        let mut wider: Option<&Entry> = None;
        for operation in self.operations(entry) {
            if operation.only_by_name().is_some() {
                return None;
            }
            let settled_narrower = !matches!(entry.name, EntryName::Operation(_))
                && self.layer.on_operation(operation.id()).is_some();
            if settled_narrower {
                continue;
            }
            let other = self.without(entry, operation)?;
            let is_same = (other.level >= operation.level()) == (entry.level >= operation.level());
            if !is_same || !is_always(other) {
                return None;
            }
            // A klass is spoken of in other ways than by operations: its level has to be the same.
            if matches!(entry.name, EntryName::Klass(_)) && other.level != entry.level {
                return None;
            }
            wider = Some(other);
        }
        let wider = wider?;
        let message = format!(
            "`{}` changes nothing: `{} = \"{}\"` on line {} comes to the same",
            entry.name, wider.name, wider.level, wider.place.line
        );
        Some(Odd::new(Code::RepeatedGrant, &entry.place, message))
    }

    /// What would settle an operation without an entry.
    fn without(&self, entry: &Entry, operation: &Operation) -> Option<&'l Entry> {
        let on_resource = || self.layer.on_resource(operation.resource());
        match &entry.name {
            EntryName::Klass(_) => on_resource(),
            EntryName::Operation(_) | EntryName::Action(_) | EntryName::Resource(_) => {
                let actions = self.other_actions(entry, operation);
                actions.min_by_key(|other| other.level).or_else(on_resource)
            }
        }
    }

    /// An action that gives what the line of its resource, which is there, does not.
    fn widening(&self, entry: &Entry) -> Option<Odd> {
        let widened: Vec<&Arc<Operation>> = self
            .operations(entry)
            .into_iter()
            .filter(|operation| {
                let on_resource = self.layer.on_resource(operation.resource());
                let is_beyond = on_resource.is_some_and(|it| it.level < operation.level());
                is_beyond
                    && entry.level >= operation.level()
                    && operation.only_by_name().is_none()
                    && self.layer.on_operation(operation.id()).is_none()
                    && self.other_actions(entry, operation).all(|it| it.level >= operation.level())
            })
            .collect();
        let on_resource = self.layer.on_resource(widened.first()?.resource())?;
        let message = format!(
            "`{} = \"{}\"` gives {}, beyond `{} = \"{}\"` on line {}",
            entry.name,
            entry.level,
            names(&widened),
            on_resource.name,
            on_resource.level,
            on_resource.place.line
        );
        Some(Odd::new(Code::WideningAction, &entry.place, message).allowable())
    }

    /// A resource granted in full, with operations that cannot be undone or reach past one record.
    fn full(&self, entry: &Entry) -> Option<Odd> {
        if entry.level != Level::Full {
            return None;
        }
        let beyond: Vec<&Arc<Operation>> = self
            .operations(entry)
            .into_iter()
            .filter(|operation| {
                operation.level() == Level::Full
                    && operation.only_by_name().is_none()
                    && self.layer.on_operation(operation.id()).is_none()
                    && self.other_actions(entry, operation).next().is_none()
            })
            .collect();
        if beyond.is_empty() {
            return None;
        }
        let message = format!(
            "`{} = \"full\"` includes what cannot be undone or reaches beyond the record: {}",
            entry.name,
            names(&beyond)
        );
        Some(Odd::new(Code::FullCanDeleteOrSend, &entry.place, message).allowable())
    }
}

impl Odd {
    /// The same with the comment that allows it.
    fn allowable(mut self) -> Self {
        let mend = if self.code == Code::FullCanDeleteOrSend {
            "grant write, and what is missing by its action or operation"
        } else {
            "lower its level, if that is not meant"
        };
        self.help = format!(
            "{mend}; a comment behind the line allows it: # kustodian: allow({})",
            self.code
        );
        self
    }
}

/// The operations that an entry speaks of on its own resource.
fn operations<'c>(entry: &Entry, catalogue: &'c Catalogue) -> Vec<&'c Arc<Operation>> {
    let of_resource =
        |id: &ResourceId| catalogue.operations().filter(|it| it.resource() == id).collect();
    match &entry.name {
        EntryName::Action(_) => of_action(entry, catalogue).collect(),
        EntryName::Operation(id) => catalogue.operation(id.as_str()).into_iter().collect(),
        EntryName::Resource(id) => of_resource(id),
        EntryName::Klass(name) => of_resource(name.resource()),
    }
}

fn of_action<'c>(
    entry: &Entry,
    catalogue: &'c Catalogue,
) -> impl Iterator<Item = &'c Arc<Operation>> + use<'c> {
    let action = catalogue.action(entry.name.as_str());
    let ids = action.map(catalogue::Action::operations).unwrap_or_default();
    ids.iter().filter_map(|id| catalogue.operation(id.as_str()))
}

/// The first names of a list, and how many there are beside them.
fn names(operations: &[&Arc<Operation>]) -> String {
    let mut text: Vec<String> =
        operations.iter().take(MOST_NAMES).map(|operation| operation.id().to_string()).collect();
    if let Some(more) = operations.len().checked_sub(MOST_NAMES).filter(|more| *more > 0) {
        text.push(format!("{more} more"));
    }
    text.join(", ")
}
