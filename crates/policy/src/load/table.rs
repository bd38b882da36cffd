//! Which table of entries: `[access]`, `[actions]` or `[operations]`, and the names that each takes.

use catalogue::Catalogue;
use catalogue::diagnostic::Code;
use catalogue::document::nearest;

use super::entry_table::klass_name;
use super::{agent_table, window};
use crate::EntryName;

/// One of the three tables of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    /// Levels on resources.
    Access,
    /// Levels on actions.
    Actions,
    /// Levels on single operations.
    Operations,
}

impl Table {
    pub(super) const ALL: [Self; 3] = [Self::Access, Self::Actions, Self::Operations];

    /// Its key in the file.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Actions => "actions",
            Self::Operations => "operations",
        }
    }

    /// What its names are called.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Access => "resource",
            Self::Actions => "action",
            Self::Operations => "operation",
        }
    }

    /// What a name that is none of its own is reported as.
    pub(super) fn code(self) -> Code {
        match self {
            Self::Access => Code::UnknownResource,
            Self::Actions => Code::UnknownAction,
            Self::Operations => Code::UnknownOperation,
        }
    }

    /// The same with its article.
    fn a_noun(self) -> &'static str {
        match self {
            Self::Access => "a resource",
            Self::Actions => "an action",
            Self::Operations => "an operation",
        }
    }

    pub(super) fn resolve(self, word: &str, catalogue: &Catalogue) -> Option<EntryName> {
        match self {
            Self::Access => catalogue
                .resource(word)
                .map(|it| EntryName::Resource(it.id().clone()))
                .or_else(|| klass_of(word, catalogue)),
            Self::Actions => catalogue.action(word).map(|it| EntryName::Action(it.id().clone())),
            Self::Operations => {
                catalogue.operation(word).map(|it| EntryName::Operation(it.id().clone()))
            }
        }
    }

    fn names(self, catalogue: &Catalogue) -> Vec<&str> {
        match self {
            Self::Access => catalogue.resources().map(|it| it.id().as_str()).collect(),
            Self::Actions => catalogue.actions().map(|it| it.id().as_str()).collect(),
            Self::Operations => catalogue.operations().map(|it| it.id().as_str()).collect(),
        }
    }

    /// What to write instead of a word that is no name of this table: the same word in the table
    /// where it belongs, or the nearest name of this table or, failing that, of another.
    pub(super) fn advice(self, word: &str, catalogue: &Catalogue) -> String {
        if window::KEYS.contains(&word) {
            return format!(
                "`{word}` belongs in [agent]; of one entry it stands in braces: \
                 name = {{ level = \"read\", {word} = ... }}"
            );
        }
        if agent_table::KEYS.contains(&word) {
            return format!("`{word}` belongs in [agent]");
        }
        let others = || Self::ALL.into_iter().filter(|other| *other != self);
        if let Some(home) = others().find(|other| other.resolve(word, catalogue).is_some()) {
            return format!("`{word}` is {}: move it to [{}]", home.a_noun(), home.key());
        }
        if let Some(advice) = advice_on_form(word, catalogue) {
            return advice;
        }
        if let Some(letter) =
            word.chars().find(|letter| letter.is_alphabetic() && !letter.is_ascii())
        {
            return format!(
                "`{letter}` (U+{:04X}) is no letter from a to z, though it may look like one: type \
                 the name anew",
                u32::from(letter)
            );
        }
        let lower = word.to_lowercase();
        if let Some(name) = nearest(&lower, self.names(catalogue)) {
            return format!("did you mean `{name}`?");
        }
        let elsewhere = |other: Self| {
            let name = nearest(&lower, other.names(catalogue))?;
            Some(format!("did you mean the {} `{name}`, in [{}]?", other.noun(), other.key()))
        };
        others()
            .find_map(elsewhere)
            .unwrap_or_else(|| "`kustodian catalogue list` shows every name".to_owned())
    }
}

/// What to write instead of a word that names things in another way than a policy does.
fn advice_on_form(word: &str, catalogue: &Catalogue) -> Option<String> {
    if word.contains('*') {
        return Some(
            "no line speaks of everything: name each resource in a line of its own".into(),
        );
    }
    if let Some((method, path)) = word.split_once(' ').filter(|(_, path)| path.starts_with('/')) {
        let named = catalogue.operations().find(|operation| {
            operation.method().as_str().eq_ignore_ascii_case(method)
                && operation.template().to_string() == path
        });
        return Some(named.map_or_else(
            || "an operation is named by its id; `kustodian catalogue list` shows it".to_owned(),
            |operation| format!("name it by its id: \"{}\"", operation.id()),
        ));
    }
    let (resource, verb) = word.split_once('.')?;
    let resource = catalogue.resource(resource)?;
    let of_klass = "letters, digits, `_` and `-` make the name of a klass";
    let of_resource = catalogue.operations().filter(|it| it.resource() == resource.id());
    let verbs = of_resource.filter_map(|it| it.id().as_str().split_once('.')).map(|(_, verb)| verb);
    let is_operation = nearest(verb, verbs).is_some();
    if resource.has_klasses() {
        Some(of_klass.to_owned())
    } else if is_operation {
        None
    } else {
        Some(format!("`{}` has no klasses, and no operation of that name", resource.id()))
    }
}

/// `kobjects.order`, in quotes.
fn klass_of(word: &str, catalogue: &Catalogue) -> Option<EntryName> {
    let (resource, klass) = word.split_once('.')?;
    let resource = catalogue.resource(resource).filter(|it| it.has_klasses())?;
    klass_name(resource.id(), klass)
}

/// The entry that a word names in any of the tables, the most specific first.
pub(crate) fn any_named(word: &str, catalogue: &Catalogue) -> Option<EntryName> {
    Table::ALL.into_iter().rev().find_map(|table| table.resolve(word, catalogue))
}

/// Every name that stands in the catalogue for an entry.
pub(crate) fn names(catalogue: &Catalogue) -> impl Iterator<Item = &str> {
    let resources = catalogue.resources().map(|it| it.id().as_str());
    let actions = catalogue.actions().map(|it| it.id().as_str());
    let operations = catalogue.operations().map(|it| it.id().as_str());
    resources.chain(actions).chain(operations)
}
