//! A line of text that will stand in sentences and records.

use catalogue::diagnostic::Code;
use catalogue::document::{Section, Value};

/// The longest it may be, in characters: it stands in every sentence and record.
const LONGEST: usize = 200;

/// A text that is not empty, on one line, and with nothing in it that cannot be seen; anything else is
/// reported.
pub(super) fn line(section: &Section<'_>, written: &Value<&str>, key: &str) -> Option<String> {
    let message = if written.value.trim().is_empty() {
        format!("`{key}` is empty")
    } else if written.value.chars().any(is_unseen) {
        format!("`{key}` holds a line break or another character that cannot be seen")
    } else if written.value.chars().count() > LONGEST {
        format!("`{key}` is longer than {LONGEST} characters")
    } else {
        return Some(written.value.trim().to_owned());
    };
    let document = section.document();
    let fault = document.diagnose(&written.span, message);
    let fault = fault.with_code(Code::InvalidText).with_label("expected a line of text");
    document.report(
        fault.with_help(format!("write what people know it by, such as {key} = \"Order Bot\"")),
    );
    None
}

/// Control characters, and those that reorder or hide text: a name must not make a record lie.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{feff}')
        || matches!(character, '\u{2060}'..='\u{206f}')
}
