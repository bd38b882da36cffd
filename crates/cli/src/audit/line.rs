//! One record as one line.

use std::io::{self, Write};

use anstyle::Style;
use audit::{OutcomeKind, Record};
use jiff::tz::TimeZone;

use crate::output::{CAUTION, FAINT, json_line, painted, style_of};
use crate::time::local;

/// How records are written, a line each.
#[derive(Debug, Clone)]
pub(crate) enum Layout {
    /// For people: the local time and the sentence, coloured by the decision, and the id.
    Sentence(TimeZone),
    /// For programs: the whole record.
    Json,
}

impl Layout {
    /// The layout that was asked for; times in the machine's own zone.
    pub(crate) fn of(json: bool) -> Self {
        if json { Self::Json } else { Self::Sentence(TimeZone::system()) }
    }

    /// Writes one record.
    pub(crate) fn write(&self, record: &Record, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Json => json_line(out, record),
            Self::Sentence(zone) => {
                let time = painted(FAINT, local(record.opening.at, zone));
                let sentence = painted(style(record), record.sentence());
                writeln!(out, "{time}  {sentence}  {}", painted(FAINT, record.opening.id))
            }
        }
    }
}

/// The colour of the decision; for a permitted request that went wrong, one that catches the eye.
pub(super) fn style(record: &Record) -> Style {
    let fine = record.outcome.as_ref().is_none_or(|outcome| {
        let answered = outcome.kind == OutcomeKind::Answered;
        let well = outcome.status.is_none_or(|status| status < 400);
        let was_asked = outcome.kind != OutcomeKind::Noted;
        !was_asked || outcome.kind == OutcomeKind::Refused || (answered && well)
    });
    if fine { style_of(record.opening.decision) } else { CAUTION }
}
