//! What is wrong with the policy files, as it is told: in the log, on the health page, on record and to
//! whoever asked for them to be read.

use std::fmt;
use std::path::{Path, PathBuf};

use catalogue::diagnostic::Diagnostic;
use serde::Serialize;

use crate::policies::LoadFailure;
use crate::refusal::chain;
use crate::secret::UpstreamKey;
use crate::token;

/// How many problems are told; a file that is no policy at all has one on every line.
const MOST: usize = 100;

/// One thing that is wrong. It shows no line of the file, and no secret that was put there by mistake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The file or folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The column, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Problem {
    /// Everything that is wrong, up to a hundred.
    pub(super) fn all(failure: &LoadFailure, dir: &Path, key: &UpstreamKey) -> Vec<Self> {
        match failure {
            LoadFailure::Unreadable { .. } => vec![Self::plain(&chain(failure), key)],
            LoadFailure::Wrong(found) => {
                let home = Home::of(dir);
                let told = |fault| Self::of(fault, &home, key);
                let mut all: Vec<_> = found.iter().take(MOST).map(told).collect();
                let left = found.iter().count().saturating_sub(MOST);
                if left > 0 {
                    all.push(Self::plain(&format!("{left} more are not shown"), key));
                }
                all
            }
        }
    }

    /// One without a place.
    pub(super) fn plain(message: &str, key: &UpstreamKey) -> Self {
        let message = without_secrets(message, key);
        Self { file: None, line: None, column: None, message, help: None }
    }

    fn of(fault: &Diagnostic, home: &Home, key: &UpstreamKey) -> Self {
        let (message, help) = if home.holds(&fault.file) {
            // Help with the text of a file may have its line; what is told has none.
            let own = fault.help.as_deref().filter(|_| !fault.code.is_of_text());
            (fault.message.as_str(), own.unwrap_or_else(|| fault.code.fix()))
        } else {
            (ELSEWHERE, "`kustodian check` shows all of it to whoever may read that file")
        };
        Self {
            file: Some(fault.file.to_string()),
            line: Some(fault.line),
            column: Some(fault.column),
            message: without_secrets(message, key),
            help: Some(without_secrets(help, key)),
        }
    }
}

/// What is told of a file that a link brought in from elsewhere. Whoever may put files into the folder
/// need not be allowed to read all that the gateway may, so not a word of such a file is repeated.
const ELSEWHERE: &str =
    "this is a link to a file outside of the policy folder, and no policy stands there";

/// Where the policy folder really is.
struct Home(Option<PathBuf>);

impl Home {
    fn of(dir: &Path) -> Self {
        Self(dir.canonicalize().ok())
    }

    /// Whether a file is within it, by whatever links. One that is gone meanwhile is not.
    fn holds(&self, file: &str) -> bool {
        let file = Path::new(file).canonicalize().ok();
        self.0.as_ref().zip(file).is_some_and(|(home, file)| file.starts_with(home))
    }
}

/// A message may quote a word of the file, and somebody may have pasted a secret there.
fn without_secrets(text: &str, key: &UpstreamKey) -> String {
    if key.is_in(text.as_bytes()) {
        return "(not shown: it holds the organisation's own key)".to_owned();
    }
    token::blanked(text)
}

/// `file:line:column: message (help)`.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(file), Some(line), Some(column)) = (&self.file, self.line, self.column) {
            write!(f, "{file}:{line}:{column}: ")?;
        }
        f.write_str(&self.message)?;
        self.help.as_deref().map_or(Ok(()), |help| write!(f, " ({help})"))
    }
}
