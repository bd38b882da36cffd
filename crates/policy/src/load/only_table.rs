//! The `[only]` table: the records that the agent is confined to.

use std::collections::BTreeSet;

use catalogue::diagnostic::Code;
use catalogue::document::{Section, Value, did_you_mean};
use catalogue::{Catalogue, ParameterKind, Scope};

use crate::Only;

/// Reads the table; what is wrong in it is reported to the document.
pub(super) fn read(mut section: Section<'_>, catalogue: &Catalogue) -> Vec<Only> {
    let keys = section.keys();
    keys.iter().filter_map(|key| line(&mut section, key, catalogue)).collect()
}

fn line(section: &mut Section<'_>, key: &Value<&str>, catalogue: &Catalogue) -> Option<Only> {
    let document = section.document();
    let Some(scope) = catalogue.scope(key.value) else {
        let known: Vec<_> = catalogue.scopes().map(|scope| scope.id().as_str()).collect();
        let help = did_you_mean(key.value, known.iter().copied())
            .unwrap_or_else(|| format!("[only] takes: {}", known.join(", ")));
        let message = format!("an agent cannot be confined to some `{}`", key.value);
        let fault = document.diagnose(&key.span, message).with_code(Code::UnknownScope);
        document.report(fault.with_help(help));
        return None;
    };
    let written = section.strings(key.value)?;
    let ids: BTreeSet<String> =
        written.iter().filter_map(|id| checked(section, scope, id)).collect();
    let within = |resource: &&catalogue::Resource| resource.within().contains(scope.id());
    let resources = catalogue.resources().filter(within);
    Some(Only {
        resources: resources.map(|resource| resource.id().clone()).collect(),
        scope: scope.clone(),
        ids,
        place: document.place(&key.span),
    })
}

/// An id in lower case, or the name of a klass; what is neither is reported.
fn checked(section: &Section<'_>, scope: &Scope, id: &Value<&str>) -> Option<String> {
    let (kind, expected) = if scope.is_of_klasses() {
        (ParameterKind::Klass, "the name of a klass, such as `order`")
    } else {
        (ParameterKind::Id, "an id: 24 hexadecimal digits or a UUID")
    };
    if kind.accepts(id.value) {
        return Some(id.value.to_ascii_lowercase());
    }
    let document = section.document();
    let message = if scope.is_of_klasses() {
        format!("`{}` is no name of a klass", id.value)
    } else {
        format!("`{}` is no id of a {}", id.value, scope.singular())
    };
    let fault = document.diagnose(&id.span, message).with_code(Code::InvalidRecord);
    let help = if scope.is_of_klasses() {
        "write the klass as Kustomer names it"
    } else {
        "write the id that Kustomer's answers show, such as \"5f1a2b3c4d5e6f708192a3b4\""
    };
    document.report(fault.with_label(format!("expected {expected}")).with_help(help));
    None
}
