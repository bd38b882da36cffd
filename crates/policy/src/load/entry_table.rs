//! The tables of entries: `[access]`, `[actions]` and `[operations]`, each a list of names and what they
//! give.

use catalogue::diagnostic::Code;
use catalogue::document::{Section, Span, Value, nearest};
use catalogue::{Catalogue, Klass, ParameterKind, ResourceId};

use super::grant;
use super::table::Table;
use crate::entry::Terms;
use crate::{Entry, EntryName, KlassName, RoleId};

/// Reads a table, if it is there; what is wrong in it is reported to the document. `role` is the one
/// whose file it stands in.
pub(super) fn read(
    root: &mut Section<'_>,
    table: Table,
    catalogue: &Catalogue,
    role: Option<&RoleId>,
) -> Vec<Entry> {
    let Some(mut section) = root.table(table.key()) else { return Vec::new() };
    let keys = section.keys();
    let mut entries = Vec::with_capacity(keys.len());
    for key in &keys {
        match klassed(&mut section, key, table, catalogue) {
            Some((resource, klasses)) => {
                entries.extend(of_klasses(&resource, klasses, catalogue, role));
            }
            None => entries.extend(entry(&mut section, key, table, catalogue, role)),
        }
    }
    report_twins(&section, &entries);
    entries.into_iter().map(|(entry, _)| entry).collect()
}

/// The table that `kobjects.order = "write"` makes of `kobjects`, where the records have klasses.
fn klassed<'d>(
    section: &mut Section<'d>,
    key: &Value<&str>,
    table: Table,
    catalogue: &Catalogue,
) -> Option<(ResourceId, Section<'d>)> {
    let resource = catalogue.resource(key.value).filter(|it| it.has_klasses())?;
    if table != Table::Access || !section.is_table(key.value) || is_one_entry(section, key.value) {
        return None;
    }
    Some((resource.id().clone(), section.table(key.value)?))
}

/// Whether a table speaks of the whole resource, as `kobjects = { level = "read" }` does. Only what
/// stands in braces can: `kobjects.level = "read"` is about a klass of that name.
fn is_one_entry(section: &Section<'_>, key: &str) -> bool {
    section.is_inline_table(key) && grant::KEYS.iter().any(|own| section.has(&[key, own]))
}

fn of_klasses(
    resource: &ResourceId,
    mut section: Section<'_>,
    catalogue: &Catalogue,
    role: Option<&RoleId>,
) -> Vec<(Entry, Span)> {
    let keys = section.keys();
    let entry = |key: &Value<&str>| {
        if grant::KEYS.contains(&key.value) {
            report_ambiguous(&mut section, resource, key);
            return None;
        }
        let name = klass_name(resource, key.value);
        if name.is_none() {
            let document = section.document();
            let message = format!("`{}` is no name of a klass", key.value);
            let label = "expected letters, digits, `_` and `-`";
            let fault = document.diagnose(&key.span, message).with_code(Code::InvalidKlass);
            document.report(fault.with_label(label).with_help("write it as Kustomer names it"));
        }
        made(&mut section, key, name, catalogue, role)
    };
    keys.iter().filter_map(entry).collect()
}

/// Reports a klass that could be taken for a part of an entry on the whole resource.
fn report_ambiguous(section: &mut Section<'_>, resource: &ResourceId, key: &Value<&str>) {
    let word = key.value;
    let document = section.document();
    let message = format!("`{resource}.{word}` could mean two things");
    let help = format!(
        "for all of {resource} write it in braces: {resource} = {{ level = \"read\", ... }}; \
         for a klass `{word}` write it in quotes: \"{resource}.{word}\" = \"read\""
    );
    let fault = document.diagnose(&key.span, message).with_code(Code::InvalidKlass);
    document.report(fault.with_help(help));
    section.take(word);
}

/// The name of an entry for one klass, if the word is one of a klass.
pub(super) fn klass_name(resource: &ResourceId, klass: &str) -> Option<EntryName> {
    let fits = ParameterKind::Klass.accepts(klass);
    fits.then(|| EntryName::Klass(KlassName::new(resource.clone(), Klass::new(klass))))
}

/// Reports a klass of which two lines speak, in whatever spelling: neither would be the one that counts.
fn report_twins(section: &Section<'_>, entries: &[(Entry, Span)]) {
    let klasses = || entries.iter().filter(|(entry, _)| matches!(entry.name, EntryName::Klass(_)));
    for (at, (entry, span)) in klasses().enumerate() {
        let first = klasses().take(at).find(|(other, _)| other.name == entry.name);
        if let Some((_, first)) = first {
            let document = section.document();
            let mut first = document.mark(first);
            first.label = Some("first here".to_owned());
            let message = format!("`{}` has two lines", entry.name);
            let help = "a klass is the same in large and small letters; keep one of the lines";
            let fault = document.diagnose(span, message).with_code(Code::DuplicateKlass);
            document.report(fault.with_also(first).with_help(help));
        }
    }
}

fn entry(
    section: &mut Section<'_>,
    key: &Value<&str>,
    table: Table,
    catalogue: &Catalogue,
    role: Option<&RoleId>,
) -> Option<(Entry, Span)> {
    let Some(name) = table.resolve(key.value, catalogue) else {
        let document = section.document();
        let message = format!("unknown {} `{}`", table.noun(), key.value);
        let fault = document.diagnose(&key.span, message);
        let fault = fault.with_code(table.code());
        let unquoted = unquoted(section, key, table, catalogue);
        let help = unquoted.unwrap_or_else(|| table.advice(key.value, catalogue));
        document.report(fault.with_help(help));
        // A table that is not in braces is a name without quotes, and not what the name is given.
        let is_name = section.is_table(key.value) && !section.is_inline_table(key.value);
        return if is_name { None } else { made(section, key, None, catalogue, role) };
    };
    made(section, key, Some(name), catalogue, role)
}

/// How to write an operation whose name stands without quotes: TOML reads `customers.update = "full"` as
/// a table `customers`.
fn unquoted(
    section: &mut Section<'_>,
    key: &Value<&str>,
    table: Table,
    catalogue: &Catalogue,
) -> Option<String> {
    if table != Table::Operations || section.is_inline_table(key.value) {
        return None;
    }
    let keys = section.is_table(key.value).then(|| section.table(key.value))??.keys();
    let name = format!("{}.{}", key.value, keys.first()?.value);
    let names = catalogue.operations().map(|it| it.id().as_str());
    let name = nearest(&name.to_lowercase(), names).unwrap_or(&name).to_owned();
    Some(format!("put an operation's name in quotes: \"{name}\" = \"...\""))
}

/// The entry of a key, whose value is read even where its name is wrong: all faults are told at once.
fn made(
    section: &mut Section<'_>,
    key: &Value<&str>,
    name: Option<EntryName>,
    catalogue: &Catalogue,
    role: Option<&RoleId>,
) -> Option<(Entry, Span)> {
    let grant::Grant { level, window, when } =
        grant::read(section, key.value, name.as_ref(), catalogue)?;
    let place = section.document().place(&key.span);
    let terms = Terms::of(window, when);
    Some((Entry { name: name?, level, place, role: role.cloned(), terms }, key.span.clone()))
}
