//! `customers=read`: a line that somebody wants in a policy, and the table that it belongs to.

use std::str::FromStr;

use ::catalogue::{Catalogue, Level};

use crate::failure::Failure;
use crate::output::hint;

/// A name and a level, as they stand in a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) name: String,
    pub(super) level: Level,
}

/// One of the three tables of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Table {
    Access,
    Actions,
    Operations,
}

impl Table {
    /// Its key in the file.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Actions => "actions",
            Self::Operations => "operations",
        }
    }

    /// The table that a name belongs to.
    pub(super) fn of(name: &str, catalogue: &Catalogue) -> Result<Self, Failure> {
        let klass = |name: &str| {
            let of = name.split_once('.').and_then(|(resource, _)| catalogue.resource(resource));
            of.is_some_and(::catalogue::Resource::has_klasses)
        };
        if catalogue.resource(name).is_some() {
            Ok(Self::Access)
        } else if catalogue.action(name).is_some() {
            Ok(Self::Actions)
        } else if catalogue.operation(name).is_some() {
            Ok(Self::Operations)
        } else if klass(name) {
            Ok(Self::Access)
        } else {
            let resources = catalogue.resources().map(|it| it.id().as_str());
            let actions = catalogue.actions().map(|it| it.id().as_str());
            let operations = catalogue.operations().map(|it| it.id().as_str());
            let known: Vec<&str> = resources.chain(actions).chain(operations).collect();
            let hint = hint(name, known.into_iter());
            let kind = "resource, action or operation";
            Err(Failure::UnknownName { kind, name: name.to_owned(), hint })
        }
    }
}

impl FromStr for Wish {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = "write a name, `=` and off, read, write or full, such as customers=read";
        let (name, level) = text.split_once('=').ok_or(form)?;
        let (name, level) = (name.trim().trim_matches('"'), level.trim().trim_matches('"'));
        let level = level.parse().map_err(|_| format!("`{level}` is no level; {form}"))?;
        if name.is_empty() {
            Err(form.to_owned())
        } else {
            Ok(Self { name: name.to_owned(), level })
        }
    }
}
