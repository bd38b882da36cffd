//! The `[limits]` table: how much the agent may ask.

use catalogue::document::Section;

use crate::limit::{Limits, RequestLimit};

/// Reads the table; what is wrong in it is reported to the document.
pub(super) fn read(mut section: Section<'_>) -> Limits {
    let limits = Limits { requests: requests(&mut section) };
    section.finish();
    limits
}

fn requests(section: &mut Section<'_>) -> Option<RequestLimit> {
    let written = section.string_such_as("requests", "a limit such as \"120/min\"")?;
    let document = section.document();
    let limit = RequestLimit::parse(written.value, document.place(&written.span));
    limit
        .map_err(|invalid| {
            let fault = document.diagnose(&written.span, invalid.to_string());
            document.report(fault.with_help(invalid.help()));
        })
        .ok()
}
