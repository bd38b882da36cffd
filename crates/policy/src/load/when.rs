//! The key `when` of an entry: its condition.

use catalogue::Catalogue;
use catalogue::diagnostic::Code;
use catalogue::document::{Section, Span};

use crate::{Condition, ConditionFault, EntryName};

/// Reads the condition, where there is one, and says where it stands; what is wrong in it is reported to
/// the document, each fault at its own place in the text.
pub(super) fn read(
    section: &mut Section<'_>,
    name: Option<&EntryName>,
    catalogue: &Catalogue,
) -> Option<(Option<Condition>, Span)> {
    let written = section.string_such_as("when", "a condition in single quotes")?;
    let document = section.document();
    let condition = parse(written.value, name, catalogue).map_err(|faults| {
        for fault in faults {
            let span = document.span_within(&written, &fault.at);
            let found = document.diagnose(&span, fault.message).with_code(Code::InvalidCondition);
            document.report(found.with_help_if(fault.help));
        }
    });
    Some((condition.ok(), written.span))
}

fn parse(
    text: &str,
    name: Option<&EntryName>,
    catalogue: &Catalogue,
) -> Result<Condition, Vec<ConditionFault>> {
    let condition = Condition::parse(text, catalogue)?;
    let Some(EntryName::Operation(id)) = name else { return Ok(condition) };
    let faults = catalogue.operation(id.as_str()).map(|it| condition.unfit_for(it));
    match faults {
        Some(faults) if !faults.is_empty() => Err(faults),
        Some(_) | None => Ok(condition),
    }
}
