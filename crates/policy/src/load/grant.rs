//! What an entry gives: a level alone, or a table of a level and when it counts.

use std::sync::Arc;

use catalogue::document::{Section, Span, Value, nearest};
use catalogue::{Catalogue, Level};

use super::{when, window};
use crate::{Condition, EntryName, Window};

/// The keys of the table. A table with any of them is what one entry gives, and not a list of klasses.
pub(super) const KEYS: [&str; 4] = ["level", "not_before", "expires", "when"];

/// What one entry gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) level: Level,
    pub(super) window: Window,
    pub(super) when: Option<Arc<Condition>>,
}

/// Reads the value of a key; what is wrong in it is reported to the document. `name` is what the entry
/// speaks of, where that is known.
pub(super) fn read(
    section: &mut Section<'_>,
    key: &str,
    name: Option<&EntryName>,
    catalogue: &Catalogue,
) -> Option<Grant> {
    let speaks_of_one = |section: &Section<'_>| KEYS.iter().any(|own| section.has(&[key, own]));
    // `customers.update = "write"` is a table too, and meant as something else.
    if section.is_inline_table(key) || (section.is_table(key) && speaks_of_one(section)) {
        let table = section.table_called(key, format!("the entry of `{key}`"))?;
        return of_table(table, name, catalogue);
    }
    let written = section.string_such_as(key, "one of \"off\", \"read\", \"write\", \"full\"")?;
    level(section, &written).map(|level| Grant { level, window: Window::ALWAYS, when: None })
}

fn of_table(
    mut section: Section<'_>,
    name: Option<&EntryName>,
    catalogue: &Catalogue,
) -> Option<Grant> {
    section.require("level", "one of \"off\", \"read\", \"write\", \"full\"");
    let level = section.string("level").and_then(|written| level(&section, &written));
    let window = window::read(&mut section);
    let when = when::read(&mut section, name, catalogue);
    if level == Some(Level::Off) {
        report_lapsing(&section, &window, when.as_ref().map(|(_, span)| span));
    }
    section.finish();
    let when = when.and_then(|(condition, _)| condition).map(Arc::new);
    Some(Grant { level: level?, window: window.window(), when })
}

/// An `off` with a window would open something when the window shuts, and one with a condition when that
/// is not true.
fn report_lapsing(section: &Section<'_>, window: &window::Written, when: Option<&Span>) {
    let document = section.document();
    if let Some(span) = when {
        let message = "an entry of off counts for every request";
        let help = "off gives nothing, whatever is true; to allow something, give a level and when it \
                    counts";
        document.report(document.diagnose(span, message).with_help(help));
    }
    if let Some((_, span)) = window.not_before.as_ref().or(window.expires.as_ref()) {
        let message = "an entry of off counts at all times";
        let help = "an entry gives nothing outside of its window, and off gives nothing within it; \
                    to allow something for a time, give a level and the time in which it counts";
        document.report(document.diagnose(span, message).with_help(help));
    }
}

fn level(section: &Section<'_>, written: &Value<&str>) -> Option<Level> {
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
