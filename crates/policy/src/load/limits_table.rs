//! The `[limits]` table: how much the agent may ask.

use catalogue::diagnostic::Code;
use catalogue::document::Section;

use crate::limit::{InFlightLimit, Limits, RequestLimit};

/// Reads the table; what is wrong in it is reported to the document.
pub(super) fn read(mut section: Section<'_>) -> Limits {
    let limits = Limits { requests: requests(&mut section), in_flight: in_flight(&mut section) };
    section.finish();
    limits
}

fn in_flight(section: &mut Section<'_>) -> Option<InFlightLimit> {
    let written = section.integer("in_flight")?;
    let document = section.document();
    match u32::try_from(written.value) {
        Ok(most) if most > 0 => Some(InFlightLimit { most, place: document.place(&written.span) }),
        Ok(_) | Err(_) => {
            let message = format!("`in_flight` is {}", written.value);
            let fault = document.diagnose(&written.span, message);
            let help = "write how many requests the agent may have under way at once, from 1 on";
            let fault = fault.with_code(Code::InvalidLimit);
            document.report(fault.with_label("expected a number above zero").with_help(help));
            None
        }
    }
}

fn requests(section: &mut Section<'_>) -> Option<RequestLimit> {
    let written = section.string_such_as("requests", "a limit such as \"120/min\"")?;
    let document = section.document();
    let limit = RequestLimit::parse(written.value, document.place(&written.span));
    limit
        .map_err(|invalid| {
            let fault =
                document.diagnose(&written.span, invalid.to_string()).with_code(Code::InvalidLimit);
            document.report(fault.with_help(invalid.help()));
        })
        .ok()
}
