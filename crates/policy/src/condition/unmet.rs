//! Why a condition could not be evaluated. It names fields, and never what a request says in them.

use std::fmt;

/// How many problems are told; the rest are counted.
const TOLD: usize = 3;

/// A condition that is neither true nor false, because something in it has no value. It denies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet(Vec<Problem>);

/// One thing that stood in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    /// A field, a key of the query or a value of the path that is not there; its name.
    Missing(String),
    /// Anything else, as a fragment of a sentence.
    Unfit(String),
}

impl Problem {
    /// Whether it is that something is missing which is, or is part of, one of these.
    pub(super) fn is_missing_of(&self, names: &[String]) -> bool {
        let Self::Missing(missing) = self else { return false };
        names.iter().any(|name| {
            let rest = missing.strip_prefix(name.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    }
}

impl Unmet {
    pub(super) fn new(problems: Vec<Problem>) -> Self {
        Self(problems)
    }

    /// Whether something is missing that only a body can have.
    pub(super) fn is_for_want_of_body(&self) -> bool {
        let body = ["request.body".to_owned()];
        self.0.iter().any(|problem| problem.is_missing_of(&body))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "{name} is missing"),
            Self::Unfit(why) => f.write_str(why),
        }
    }
}

/// "request.body.channel is missing, and request.body.count is a text and not a number".
impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told: Vec<&Problem> = Vec::new();
        for problem in &self.0 {
            if !told.contains(&problem) {
                told.push(problem);
            }
        }
        let rest = told.len().saturating_sub(TOLD);
        for (at, problem) in told.iter().take(TOLD).enumerate() {
            if at > 0 {
                f.write_str(", and ")?;
            }
            problem.fmt(f)?;
        }
        if rest > 0 { write!(f, ", and {rest} more") } else { Ok(()) }
    }
}
