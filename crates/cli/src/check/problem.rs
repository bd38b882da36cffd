//! One thing that is wrong or odd: in a file, or with the settings as a whole.

use std::error::Error;

use catalogue::diagnostic::{Code, Diagnostic, Severity};
use gateway::refusal::chain;
use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use crate::output::{BAD, CAUTION, painted};

/// One thing that is wrong or odd.
#[derive(Debug)]
pub(super) enum Problem {
    /// At a place in a file that somebody wrote, with a picture.
    InFile(Box<Diagnostic>),
    /// Anywhere else; the message says where.
    Elsewhere { code: Code, message: String, help: Option<String> },
}

impl Problem {
    /// Something that stops the gateway from starting.
    pub(super) fn error(code: Code, failure: &dyn Error) -> Self {
        Self::Elsewhere { code, message: chain(failure), help: None }
    }

    /// Something that somebody should look at.
    pub(super) fn warning(code: Code, message: String) -> Self {
        Self::Elsewhere { code, message, help: Some(code.help()) }
    }

    pub(super) fn severity(&self) -> Severity {
        match self {
            Self::InFile(diagnostic) => diagnostic.severity,
            Self::Elsewhere { code, .. } => code.severity(),
        }
    }

    pub(super) fn code(&self) -> Code {
        match self {
            Self::InFile(diagnostic) => diagnostic.code,
            Self::Elsewhere { code, .. } => *code,
        }
    }

    pub(super) fn message(&self) -> &str {
        match self {
            Self::InFile(diagnostic) => &diagnostic.message,
            Self::Elsewhere { message, .. } => message,
        }
    }

    pub(super) fn help(&self) -> Option<&str> {
        match self {
            Self::InFile(diagnostic) => diagnostic.help.as_deref(),
            Self::Elsewhere { help, .. } => help.as_deref(),
        }
    }

    /// Where it is, if that is in a file.
    pub(super) fn place(&self) -> Option<&Diagnostic> {
        match self {
            Self::InFile(diagnostic) => Some(diagnostic),
            Self::Elsewhere { .. } => None,
        }
    }

    /// `error` or `warning`.
    pub(super) fn word(&self) -> &'static str {
        match self.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }

    /// For people, in colours.
    pub(super) fn render(&self) -> String {
        match self {
            Self::InFile(diagnostic) => diagnostic.render(true),
            Self::Elsewhere { code, message, help } => {
                let style = if code.severity() == Severity::Error { BAD } else { CAUTION };
                let word = painted(style, format!("{}[{code}]:", self.word()));
                let help = help.as_ref().map(|help| format!("\n  = help: {help}"));
                format!("{word} {message}{}", help.unwrap_or_default())
            }
        }
    }
}

impl From<Diagnostic> for Problem {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::InFile(Box::new(diagnostic))
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let place = self.place();
        let mut object = serializer.serialize_struct("Problem", 8)?;
        object.serialize_field("severity", self.word())?;
        object.serialize_field("code", &self.code())?;
        object.serialize_field("file", &place.map(|place| &place.file))?;
        object.serialize_field("line", &place.map(|place| place.line))?;
        object.serialize_field("column", &place.map(|place| place.column))?;
        object.serialize_field("end_column", &place.and_then(|place| place.end_column))?;
        object.serialize_field("message", self.message())?;
        object.serialize_field("help", &self.help())?;
        object.end()
    }
}
