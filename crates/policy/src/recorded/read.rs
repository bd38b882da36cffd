//! From the words of a record back to what was asked.

use std::sync::Arc;

use catalogue::{
    Asked, Because, Catalogue, Demand, Identified, Klass, Level, Operation, ResourceId, Rule,
};

use super::{Recorded, Rest};
use crate::matrix::least_demands;

/// What a record says of the request itself.
#[derive(Debug, Clone, Copy)]
pub struct Line<'r> {
    /// The method as sent.
    pub method: &'r str,
    /// The path as recorded: without its query, and with other values in the place of identifiers.
    pub path: &'r str,
    /// The operation that was matched; none where there was none, or nobody looked.
    pub operation: Option<&'r str>,
    /// The records that it named.
    pub targets: &'r [String],
}

/// One demand in the words of a record.
#[derive(Debug, Clone, Copy)]
pub struct RecordedDemand<'r> {
    /// The resource, with its klass where there is one: `kobjects.order`.
    pub resource: &'r str,
    /// The level that was needed.
    pub level: &'r str,
    /// Why it was needed.
    pub because: &'r str,
}

/// Why a record cannot be read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Unreadable {
    /// No operation of today's catalogue.
    #[error("the catalogue knows no such operation")]
    Operation,
    /// A demand that today's catalogue does not make of this operation.
    #[error("the catalogue has changed since: it no longer knows what was demanded")]
    Demand,
    /// Which klass the request was about.
    #[error("the record does not tell of which klass the objects were")]
    Klass,
}

impl Recorded {
    /// Reads a request whose demands are all on record: one that was forwarded.
    pub fn permitted<'r>(
        catalogue: &Catalogue,
        line: Line<'r>,
        demands: impl IntoIterator<Item = RecordedDemand<'r>>,
    ) -> Result<Self, Unreadable> {
        let operation = named(catalogue, line)?;
        let asked = asked(catalogue, line, &operation);
        let demands = demands_of(catalogue, &operation, demands)?;
        if demands.is_empty() {
            return Err(Unreadable::Demand);
        }
        let names_more = names_more(line, asked.as_ref());
        Ok(Self {
            operation,
            demands,
            rest: Rest::Nothing,
            asked,
            names_more,
            kept: None,
            met: Vec::new(),
        })
    }

    /// Reads a request of which only those demands are on record that were not covered: one that was
    /// denied. What its operation and path demand in any case is known without its record.
    pub fn denied<'r>(
        catalogue: &Catalogue,
        line: Line<'r>,
        lacking: impl IntoIterator<Item = RecordedDemand<'r>>,
    ) -> Result<Self, Unreadable> {
        let (operation, asked) = if line.operation.is_some() {
            let operation = named(catalogue, line)?;
            let asked = asked(catalogue, line, &operation);
            (operation, asked)
        } else {
            let asked = identified(catalogue, line).ok_or(Unreadable::Operation)?;
            (Arc::clone(asked.operation()), Some(asked))
        };
        let mut demands = match &asked {
            Some(asked) => asked.demands().to_vec(),
            None if operation.names_a_klass() => return Err(Unreadable::Klass),
            None => least_demands(&operation),
        };
        for lack in demands_of(catalogue, &operation, lacking)? {
            if !demands.contains(&lack) {
                demands.push(lack);
            }
        }
        let rest = rest_of(&operation, &demands);
        let names_more = names_more(line, asked.as_ref());
        Ok(Self { operation, demands, rest, asked, names_more, kept: None, met: Vec::new() })
    }
}

fn names_more(line: Line<'_>, asked: Option<&Asked>) -> bool {
    let of_path = asked.map_or(&[][..], Asked::targets);
    line.targets.iter().any(|target| !of_path.contains(target))
}

fn named(catalogue: &Catalogue, line: Line<'_>) -> Result<Arc<Operation>, Unreadable> {
    let operation = line.operation.and_then(|id| catalogue.operation(id));
    operation.cloned().ok_or(Unreadable::Operation)
}

fn identified(catalogue: &Catalogue, line: Line<'_>) -> Option<Asked> {
    match catalogue.identify(line.method, line.path) {
        Ok(Identified::Known(asked)) => Some(asked),
        Ok(Identified::Unknown(_)) | Err(_) => None,
    }
}

/// What the path asks, if it is still understood as this operation: an identifier that was masked can
/// make another path of it.
fn asked(catalogue: &Catalogue, line: Line<'_>, operation: &Operation) -> Option<Asked> {
    identified(catalogue, line).filter(|asked| asked.operation().id() == operation.id())
}

fn demands_of<'r>(
    catalogue: &Catalogue,
    operation: &Operation,
    demands: impl IntoIterator<Item = RecordedDemand<'r>>,
) -> Result<Vec<Demand>, Unreadable> {
    let mut read = Vec::new();
    for demand in demands {
        for demand in demand_of(catalogue, operation, demand)? {
            if !read.contains(&demand) {
                read.push(demand);
            }
        }
    }
    Ok(read)
}

/// The demands that a line of a record stands for: that on the resource, and, where a rule made it, that
/// on what the request does in effect, which a record words alike.
fn demand_of(
    catalogue: &Catalogue,
    operation: &Operation,
    recorded: RecordedDemand<'_>,
) -> Result<Vec<Demand>, Unreadable> {
    let (resource, klass) = resource_of(catalogue, recorded.resource)?;
    let level: Level = recorded.level.parse().map_err(|_| Unreadable::Demand)?;
    let demand = |because, acts_as| Demand {
        resource: resource.clone(),
        klass: klass.clone(),
        level,
        because,
        acts_as,
    };
    if recorded.because == Because::Operation.as_str() {
        return if resource == *operation.resource() {
            Ok(vec![demand(Because::Operation, None)])
        } else {
            Err(Unreadable::Demand)
        };
    }
    let because = Because::Rule(recorded.because.into());
    let makes = |rule: &&Rule| {
        rule.because() == recorded.because && rule.level() == level && *rule.resource() == resource
    };
    let rules: Vec<&Rule> = operation.rules().iter().filter(makes).collect();
    if rules.is_empty() && !operation.is_search() {
        return Err(Unreadable::Demand);
    }
    let effects = rules.iter().filter_map(|rule| rule.shared_acts_as());
    let effects = effects.map(|effect| demand(because.clone(), Some(effect)));
    Ok(std::iter::once(demand(because.clone(), None)).chain(effects).collect())
}

/// `customers`, or `kobjects.order`.
fn resource_of(
    catalogue: &Catalogue,
    text: &str,
) -> Result<(ResourceId, Option<Klass>), Unreadable> {
    if let Some(resource) = catalogue.resource(text) {
        return Ok((resource.id().clone(), None));
    }
    let (resource, klass) = text.split_once('.').ok_or(Unreadable::Demand)?;
    let resource = catalogue.resource(resource).filter(|it| it.has_klasses());
    let resource = resource.ok_or(Unreadable::Demand)?;
    Ok((resource.id().clone(), Some(Klass::new(klass))))
}

/// What the operation's rules may have demanded beside what is known.
fn rest_of(operation: &Operation, known: &[Demand]) -> Rest {
    if operation.is_search() {
        return Rest::Anything;
    }
    let own = known.first().filter(|own| own.resource == *operation.resource());
    let klass = own.and_then(|own| own.klass.clone());
    let mut rest = Vec::new();
    for rule in operation.rules() {
        for acts_as in [None, rule.shared_acts_as()] {
            let demand = Demand {
                resource: rule.resource().clone(),
                klass: klass.clone().filter(|_| rule.resource() == operation.resource()),
                level: rule.level(),
                because: Because::Rule(rule.because().into()),
                acts_as,
            };
            if !known.contains(&demand) && !rest.contains(&demand) {
                rest.push(demand);
            }
        }
    }
    if rest.is_empty() { Rest::Nothing } else { Rest::AnyOf(rest) }
}
