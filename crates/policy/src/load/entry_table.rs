//! The tables of entries: `[access]`, `[actions]` and `[operations]`, each a list of names and levels.

use catalogue::document::{Section, Value, nearest};
use catalogue::{Catalogue, Klass, Level, ParameterKind, ResourceId};

use crate::{Entry, EntryName, KlassName};

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

/// Reads a table, if it is there; what is wrong in it is reported to the document.
pub(super) fn read(root: &mut Section<'_>, table: Table, catalogue: &Catalogue) -> Vec<Entry> {
    let Some(mut section) = root.table(table.key()) else { return Vec::new() };
    let keys = section.keys();
    let mut entries = Vec::new();
    for key in &keys {
        match klassed(&mut section, key, table, catalogue) {
            Some((resource, klasses)) => entries.extend(of_klasses(&resource, klasses)),
            None => entries.extend(entry(&mut section, key, table, catalogue)),
        }
    }
    report_twins(&section, &entries);
    entries
}

/// The table that `kobjects.order = "write"` makes of `kobjects`, where the records have klasses.
fn klassed<'d>(
    section: &mut Section<'d>,
    key: &Value<&str>,
    table: Table,
    catalogue: &Catalogue,
) -> Option<(ResourceId, Section<'d>)> {
    let resource = catalogue.resource(key.value).filter(|it| it.has_klasses())?;
    let klasses = table == Table::Access && section.is_table(key.value);
    if klasses { Some((resource.id().clone(), section.table(key.value)?)) } else { None }
}

fn of_klasses(resource: &ResourceId, mut section: Section<'_>) -> Vec<Entry> {
    let keys = section.keys();
    let entry = |key: &Value<&str>| {
        let name = klass_name(resource, key.value);
        if name.is_none() {
            let document = section.document();
            let message = format!("`{}` is no name of a klass", key.value);
            let label = "expected letters, digits, `_` and `-`";
            document.report(document.diagnose(&key.span, message).with_label(label));
        }
        let level = level(&mut section, key.value)?;
        Some(Entry { name: name?, level, place: section.document().place(&key.span) })
    };
    keys.iter().filter_map(entry).collect()
}

fn klass_name(resource: &ResourceId, klass: &str) -> Option<EntryName> {
    let fits = ParameterKind::Klass.accepts(klass);
    fits.then(|| EntryName::Klass(KlassName::new(resource.clone(), Klass::new(klass))))
}

/// Reports a klass of which two lines speak, in whatever spelling: neither would be the one that counts.
fn report_twins(section: &Section<'_>, entries: &[Entry]) {
    for (at, entry) in entries.iter().enumerate() {
        let first = entries.iter().take(at).find(|other| other.name == entry.name);
        if let Some(first) = first {
            let document = section.document();
            let message =
                format!("`{}` has two lines, at {} and {}", entry.name, first.place, entry.place);
            let help = "a klass is the same in large and small letters; keep one of the lines";
            document.report(document.diagnose(section.span(), message).with_help(help));
        }
    }
}

fn entry(
    section: &mut Section<'_>,
    key: &Value<&str>,
    table: Table,
    catalogue: &Catalogue,
) -> Option<Entry> {
    let Some(name) = table.resolve(key.value, catalogue) else {
        let document = section.document();
        let message = format!("unknown {} `{}`", table.noun(), key.value);
        let fault = document.diagnose(&key.span, message);
        document.report(fault.with_help(table.advice(key.value, catalogue)));
        return None;
    };
    let level = level(section, key.value)?;
    Some(Entry { name, level, place: section.document().place(&key.span) })
}

fn level(section: &mut Section<'_>, key: &str) -> Option<Level> {
    let written = section.string_such_as(key, "one of \"off\", \"read\", \"write\", \"full\"")?;
    let level = written.value.parse();
    if level.is_err() {
        let document = section.document();
        let words = Level::ALL.map(Level::as_str);
        let help = match nearest(&written.value.to_lowercase(), words) {
            Some(word) => format!("did you mean `{word}`?"),
            None => "off gives nothing, read looks, write also changes, full also deletes".into(),
        };
        let fault = document.diagnose(&written.span, format!("unknown level `{}`", written.value));
        document.report(fault.with_label("expected off, read, write or full").with_help(help));
    }
    level.ok()
}

/// `kobjects.order`, in quotes.
fn klass_of(word: &str, catalogue: &Catalogue) -> Option<EntryName> {
    let (resource, klass) = word.split_once('.')?;
    let resource = catalogue.resource(resource).filter(|it| it.has_klasses())?;
    klass_name(resource.id(), klass)
}

impl Table {
    const ALL: [Self; 3] = [Self::Access, Self::Actions, Self::Operations];

    /// Its key in the file.
    fn key(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Actions => "actions",
            Self::Operations => "operations",
        }
    }

    /// What its names are called.
    fn noun(self) -> &'static str {
        match self {
            Self::Access => "resource",
            Self::Actions => "action",
            Self::Operations => "operation",
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

    fn resolve(self, word: &str, catalogue: &Catalogue) -> Option<EntryName> {
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
    fn advice(self, word: &str, catalogue: &Catalogue) -> String {
        let others = || Self::ALL.into_iter().filter(|other| *other != self);
        if let Some(home) = others().find(|other| other.resolve(word, catalogue).is_some()) {
            return self.advice_to_move(home, word);
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

    fn advice_to_move(self, home: Self, word: &str) -> String {
        let advice = format!("`{word}` is {}: move it to [{}]", home.a_noun(), home.key());
        if self == Self::Operations && home == Self::Access {
            // TOML reads customers.update = "full" as a table `customers`.
            format!(r#"{advice}; an operation's name is quoted: "{word}.<verb>" = "...""#)
        } else {
            advice
        }
    }
}
