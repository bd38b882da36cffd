//! The file of a role: `[role]`, the three tables of entries, and `[limits]`.

use catalogue::Catalogue;
use catalogue::diagnostic::{Code, Place};
use catalogue::document::{Document, Section};

use super::table::Table;
use super::{Roles, entry_table, limits_table, text};
use crate::{Layer, Role, RoleId};

/// What policies can hold and roles cannot, and why.
const OF_POLICIES: [(&str, &str); 3] = [
    ("agent", "a role has a [role] table in its place; agents are described by policies"),
    ("only", "a role gives and confines nobody: write [only] in the policies that take it"),
    ("roles", "a role is made of entries alone: a policy takes as many roles as it needs"),
];

/// Reads a whole file. Gives the id as soon as that is good, with the role where it can be made; what is
/// wrong is reported to the document.
pub(super) fn read(
    document: &Document<'_>,
    catalogue: &Catalogue,
    taken: &Roles,
) -> Option<(RoleId, Place, Option<Role>)> {
    let mut root = document.root();
    let head = root.require_table("role").map(|section| {
        let place = document.place(section.span());
        (head(section, taken), place)
    });
    let (head, place) = head.unzip();
    let (id, purpose) = head.unwrap_or_default();
    let entries =
        Table::ALL.map(|table| entry_table::read(&mut root, table, catalogue, id.as_ref()));
    let limits = root.table("limits").map(limits_table::read).unwrap_or_default();
    report_foreign(&mut root);
    root.finish();
    let (id, place) = (id?, place?);
    let layer = Layer::new(entries.into_iter().flatten().collect());
    let role = Role { id: id.clone(), purpose, place: place.clone(), layer, limits };
    Some((id, place, Some(role)))
}

fn head(mut section: Section<'_>, taken: &Roles) -> (Option<RoleId>, Option<String>) {
    let id = id(&mut section, taken);
    let purpose = section.string("purpose");
    let purpose = purpose.and_then(|purpose| text::line(&section, &purpose, "purpose"));
    report_foreign(&mut section);
    section.finish();
    (id, purpose)
}

fn id(section: &mut Section<'_>, taken: &Roles) -> Option<RoleId> {
    let written = section.require_string("id")?;
    let document = section.document();
    let id: RoleId = match written.value.parse() {
        Ok(id) => id,
        Err(invalid) => {
            let help = "write it like `reader`: lower-case letters, digits and `-`";
            let fault = document.diagnose(&written.span, format!("{invalid}"));
            document.report(fault.with_code(Code::InvalidId).with_help(help));
            return None;
        }
    };
    let Some((first, _)) = taken.get(&id) else { return Some(id) };
    let message = format!("role `{id}` is already defined at {first}");
    let help = "merge the two files, or give one of the roles another id";
    let fault = document.diagnose(&written.span, message).with_code(Code::DuplicateRole);
    document.report(fault.with_help(help));
    None
}

/// Says why a key of policies has no place here.
fn report_foreign(section: &mut Section<'_>) {
    for (key, why) in OF_POLICIES {
        if let Some(span) = section.take(key) {
            let document = section.document();
            let fault = document.diagnose(&span, format!("a role has no `{key}`"));
            document.report(fault.with_code(Code::MisplacedKey).with_help(why));
        }
    }
}
