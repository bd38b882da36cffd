//! What the token of one task is narrowed to: a part of what its agent may do, never more.

use std::fmt;

use catalogue::diagnostic::Place;
use catalogue::document::nearest;
use catalogue::{Catalogue, Demand, Level, Operation};

use crate::load::{any_named, names};
use crate::{Entry, Lack, Layer, Occasion};

/// The longest list that one token takes.
const MOST: usize = 64;

/// Levels on resources, klasses, actions and operations, in the words of policies: `messages=read`.
///
/// It is weighed beside the policy and not mixed into it: what is asked must be covered by the one and by
/// the other, each by its own rules. So nothing that it says can give what the policy does not. What it
/// does not name is off.
#[derive(Debug, Clone)]
pub struct Narrowing {
    /// What it was read from, in its order.
    items: Vec<String>,
    layer: Layer,
}

impl Narrowing {
    /// Reads items such as `messages=read`. A name is looked for among the operations, then the actions,
    /// then the resources and their klasses.
    pub fn read<'t>(
        items: impl IntoIterator<Item = &'t str>,
        catalogue: &Catalogue,
    ) -> Result<Self, NotANarrowing> {
        let mut read = Self { items: Vec::new(), layer: Layer::default() };
        let mut entries: Vec<Entry> = Vec::new();
        for item in items {
            let entry = entry(item.trim(), catalogue)?;
            if entries.iter().any(|other| other.name == entry.name) {
                return Err(NotANarrowing::Twice { name: entry.name.to_string() });
            }
            read.items.push(format!("{}={}", entry.name, entry.level));
            entries.push(entry);
        }
        if entries.len() > MOST {
            return Err(NotANarrowing::TooMany);
        }
        read.layer = Layer::new(entries);
        Ok(read)
    }

    /// Its items, such as `messages=read`, in their order.
    pub fn items(&self) -> impl Iterator<Item = &str> {
        self.items.iter().map(String::as_str)
    }

    /// Its items as entries.
    pub(crate) fn layer(&self) -> &Layer {
        &self.layer
    }

    /// The demands that it does not cover.
    pub(crate) fn lacks(
        &self,
        operation: &Operation,
        demands: &[Demand],
        occasion: &Occasion<'_>,
    ) -> Vec<Lack> {
        let lacking = demands.iter().filter(|demand| !self.covers(operation, demand, occasion));
        let mut lacks: Vec<Lack> = Vec::new();
        for demand in lacking {
            let lack = Lack::new(demand, None, occasion);
            if !lacks.contains(&lack) {
                lacks.push(lack);
            }
        }
        lacks
    }

    /// Whether it covers a demand: for every klass that it names, where the demand names none.
    fn covers(&self, operation: &Operation, demand: &Demand, occasion: &Occasion<'_>) -> bool {
        let covers = |klass| {
            let entry = self.layer.settles(operation, demand, klass, occasion);
            entry.is_some_and(|entry| entry.covers(demand.level, occasion))
        };
        let mut klasses = self.layer.klasses_of(&demand.resource);
        covers(demand.klass.as_ref())
            && (demand.klass.is_some() || klasses.all(|klass| covers(Some(klass))))
    }
}

/// Two that say the same in the same order are the same.
impl PartialEq for Narrowing {
    fn eq(&self, other: &Self) -> bool {
        self.items == other.items
    }
}

impl Eq for Narrowing {}

impl fmt::Display for Narrowing {
    /// `customers=off, messages=read`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.items.is_empty() {
            f.write_str("nothing")
        } else {
            f.write_str(&self.items.join(", "))
        }
    }
}

fn entry(item: &str, catalogue: &Catalogue) -> Result<Entry, NotANarrowing> {
    let (name, level) =
        item.split_once('=').ok_or_else(|| NotANarrowing::Unreadable { item: item.to_owned() })?;
    let (name, level) = (name.trim(), level.trim());
    let name = any_named(name, catalogue).ok_or_else(|| unknown(name, catalogue))?;
    let level = level.parse::<Level>().map_err(|_| NotANarrowing::UnknownLevel {
        level: level.to_owned(),
        name: name.to_string(),
    })?;
    // It stands in no file, and nothing that names a place ever gets it.
    let place = Place { file: "token".into(), line: 1 };
    Ok(Entry { name, level, place, role: None, terms: None })
}

fn unknown(name: &str, catalogue: &Catalogue) -> NotANarrowing {
    let hint = nearest(name, names(catalogue)).map(|near| format!("; did you mean `{near}`?"));
    NotANarrowing::UnknownName { name: name.to_owned(), hint: hint.unwrap_or_default() }
}

/// Why a list of items is no narrowing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotANarrowing {
    /// An item is something else.
    #[error("`{item}` names no level; write NAME=LEVEL, such as messages=read")]
    Unreadable {
        /// The item.
        item: String,
    },
    /// The catalogue has no such name.
    #[error("there is no resource, action or operation `{name}`{hint}")]
    UnknownName {
        /// The name.
        name: String,
        /// The nearest that there is.
        hint: String,
    },
    /// The level is none.
    #[error("`{level}` is no level of `{name}`; write off, read, write or full")]
    UnknownLevel {
        /// What stands for a level.
        level: String,
        /// Of what.
        name: String,
    },
    /// Two items have the same name.
    #[error("`{name}` is named twice; keep one of the two")]
    Twice {
        /// The name.
        name: String,
    },
    /// The list is too long for a header.
    #[error(
        "a token can be narrowed by {MOST} names at most; name resources instead of operations"
    )]
    TooMany,
}
