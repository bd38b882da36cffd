//! What an entry gives: a level alone, or a table of a level and when it counts.

use catalogue::Level;
use catalogue::diagnostic::Code;
use catalogue::document::{Section, Value, nearest};

use super::window;
use crate::Window;

/// The keys of the table. A table with any of them is what one entry gives, and not a list of klasses.
pub(super) const KEYS: [&str; 4] = ["level", "not_before", "expires", "when"];

/// What one entry gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) level: Level,
    pub(super) window: Window,
}

/// Reads the value of a key; what is wrong in it is reported to the document.
pub(super) fn read(section: &mut Section<'_>, key: &str) -> Option<Grant> {
    let speaks_of_one = |section: &Section<'_>| KEYS.iter().any(|own| section.has(&[key, own]));
    // `customers.update = "write"` is a table too, and meant as something else.
    if section.is_inline_table(key) || (section.is_table(key) && speaks_of_one(section)) {
        return table(section.table_called(key, format!("the entry of `{key}`"))?);
    }
    if section.is_table(key) && !section.is_inline_table(key) {
        report_unquoted(section, key);
        return None;
    }
    let written = section.string_such_as(key, "one of \"off\", \"read\", \"write\", \"full\"")?;
    level(section, &written).map(|level| Grant { level, window: Window::ALWAYS })
}

fn table(mut section: Section<'_>) -> Option<Grant> {
    section.require("level", "one of \"off\", \"read\", \"write\", \"full\"");
    let level = section.string("level").and_then(|written| level(&section, &written));
    let window = window::read(&mut section);
    if level == Some(Level::Off) {
        report_lapsing(&section, &window);
    }
    section.finish();
    Some(Grant { level: level?, window: window.window() })
}

/// A name with a dot that is not quoted makes a table of its first part.
fn report_unquoted(section: &mut Section<'_>, key: &str) {
    let inner = section.table(key).map(|inner| inner.keys());
    let first = inner.as_ref().and_then(|keys| keys.first()).map_or("...", |name| name.value);
    let Some(span) = section.take(key) else { return };
    let document = section.document();
    let fault = document.diagnose(&span, format!("`{key}` must be a level, not a table"));
    document.report(fault.with_code(Code::WrongType).with_label("a name with a dot is quoted").with_help(
        format!("if `{key}.{first}` is an operation, write in [operations]: \"{key}.{first}\" = \"...\""),
    ));
}

/// An `off` with a window would open something when the window shuts.
fn report_lapsing(section: &Section<'_>, window: &window::Written) {
    if let Some((_, span)) = window.not_before.as_ref().or(window.expires.as_ref()) {
        let document = section.document();
        let message = "an entry of off counts at all times";
        let help = "an entry gives nothing outside of its window, and off gives nothing within it; \
                    to allow something for a time, give a level and the time in which it counts";
        let fault = document.diagnose(span, message).with_code(Code::OffWithCondition);
        document.report(fault.with_help(help));
    }
}

fn level(section: &Section<'_>, written: &Value<&str>) -> Option<Level> {
    let level = written.value.parse();
    if level.is_err() {
        let document = section.document();
        let words = Level::ALL.map(Level::as_str);
        let help = match nearest(&written.value.to_lowercase(), words) {
            Some(word) => format!("did you mean `{word}`?"),
            None if other_word(written.value).is_some() => {
                format!("did you mean `{}`?", other_word(written.value).unwrap_or(Level::Off))
            }
            None => "off gives nothing, read looks, write also changes, full also deletes".into(),
        };
        let fault = document.diagnose(&written.span, format!("unknown level `{}`", written.value));
        let fault = fault.with_code(Code::UnknownLevel);
        document.report(fault.with_label("expected off, read, write or full").with_help(help));
    }
    level.ok()
}

/// The level that a word of other programs stands for.
fn other_word(word: &str) -> Option<Level> {
    match word.to_lowercase().as_str() {
        "none" | "no" | "deny" | "denied" | "forbidden" | "false" => Some(Level::Off),
        "r" | "ro" | "view" | "viewer" | "get" | "list" | "readonly" => Some(Level::Read),
        "rw" | "w" | "edit" | "editor" | "update" | "create" => Some(Level::Write),
        "admin" | "all" | "owner" | "delete" | "manage" | "rwd" => Some(Level::Full),
        _ => None,
    }
}
