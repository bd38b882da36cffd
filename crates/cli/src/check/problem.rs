//! One thing that is wrong: in a file, or with the settings as a whole.

use std::error::Error;

use catalogue::diagnostic::{Diagnostic, Place, Severity};
use gateway::refusal::chain;
use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use crate::output::{BAD, CAUTION, painted};

/// One thing that is wrong.
#[derive(Debug)]
pub(super) enum Problem {
    /// At a place in a file that somebody wrote, with a picture.
    InFile(Diagnostic),
    /// Anywhere else; the message says where.
    Elsewhere { severity: Severity, message: String, place: Option<Place> },
}

impl Problem {
    /// Something that stops the gateway from starting.
    pub(super) fn error(failure: &dyn Error) -> Self {
        Self::Elsewhere { severity: Severity::Error, message: chain(failure), place: None }
    }

    /// Something that somebody should look at.
    pub(super) fn warning(message: String, place: Option<Place>) -> Self {
        Self::Elsewhere { severity: Severity::Warning, message, place }
    }

    pub(super) fn severity(&self) -> Severity {
        match self {
            Self::InFile(diagnostic) => diagnostic.severity,
            Self::Elsewhere { severity, .. } => *severity,
        }
    }

    /// For people, in colours.
    pub(super) fn render(&self) -> String {
        match self {
            Self::InFile(diagnostic) => diagnostic.render(true),
            Self::Elsewhere { severity, message, place } => {
                let word = match severity {
                    Severity::Error => painted(BAD, "error:"),
                    Severity::Warning => painted(CAUTION, "warning:"),
                };
                let place = place.as_ref().map(|place| format!("\n --> {place}"));
                format!("{word} {message}{}", place.unwrap_or_default())
            }
        }
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let severity = match self.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let mut object = serializer.serialize_struct("Problem", 6)?;
        object.serialize_field("severity", severity)?;
        match self {
            Self::InFile(diagnostic) => {
                object.serialize_field("file", &diagnostic.file)?;
                object.serialize_field("line", &diagnostic.line)?;
                object.serialize_field("column", &diagnostic.column)?;
                object.serialize_field("message", &diagnostic.message)?;
                object.serialize_field("help", &diagnostic.help)?;
            }
            Self::Elsewhere { message, place, .. } => {
                object.serialize_field("file", &place.as_ref().map(|place| &place.file))?;
                object.serialize_field("line", &place.as_ref().map(|place| place.line))?;
                object.serialize_field("column", &None::<u32>)?;
                object.serialize_field("message", message)?;
                object.serialize_field("help", &None::<String>)?;
            }
        }
        object.end()
    }
}
