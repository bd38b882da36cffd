//! What is wrong with the text of a condition, and where in it.

use std::ops::Range;

/// One fault of a condition that somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionFault {
    /// Where in the text, in bytes; always at characters' bounds.
    pub at: Range<usize>,
    /// What is wrong: a lower-case fragment without a full stop.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
}

impl ConditionFault {
    pub(super) fn new(at: Range<usize>, message: impl Into<String>) -> Self {
        Self { at, message: message.into(), help: None }
    }

    pub(super) fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    pub(super) fn with_help_if(self, help: Option<String>) -> Self {
        Self { help: help.or(self.help), ..self }
    }

    /// The same, with its place moved to where characters of the text begin and end.
    pub(super) fn within(mut self, text: &str) -> Self {
        let start = floor(text, self.at.start);
        let end = ceiling(text, self.at.end).max(start);
        self.at = start..end;
        self
    }
}

fn floor(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn ceiling(text: &str, at: usize) -> usize {
    (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}
