//! What came of a test: what was decided, why, and what of that was not expected.

use std::io::{self, Write};

use audit::Decided;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::case::{Case, Decision};
use crate::explain::{Explanation, known_method};
use crate::failure::Failure;
use crate::output::{BAD, FAINT, GOOD, painted};
use crate::rules::Rules;

/// A test that was run.
#[derive(Debug)]
pub(super) struct Outcome<'a> {
    pub(super) case: &'a Case,
    /// The operation that it was about; none where the catalogue knows none.
    pub(super) operation: Option<String>,
    decided: Decided,
    reason: &'static str,
    sentence: String,
    entries: Vec<String>,
}

impl<'a> Outcome<'a> {
    /// Decides what the test asks, with the code that `explain` and the gateway decide with.
    pub(super) fn of(case: &'a Case, rules: &Rules, at: Timestamp) -> Result<Self, Failure> {
        let policy = rules.policy(&case.agent)?;
        let method = known_method(&case.method);
        let body = case.body.as_deref().map(str::as_bytes);
        let at = case.at.unwrap_or(at);
        let explanation = Explanation::of(&rules.catalogue, policy, &method, &case.path, body, at);
        let operation = explanation.asked().map(|asked| asked.operation().id().to_string());
        let entries = explanation.settling().into_iter().map(|entry| entry.name.to_string());
        Ok(Self {
            case,
            operation,
            decided: explanation.decision(),
            reason: explanation.reason(),
            sentence: explanation.sentence(),
            entries: entries.collect(),
        })
    }

    pub(super) fn is_as_expected(&self) -> bool {
        self.differences().is_empty()
    }

    /// What was expected and did not come; one sentence for each.
    fn differences(&self) -> Vec<String> {
        let expected = &self.case.expected;
        let mut differences = Vec::new();
        if !is(expected.decision, self.decided) {
            differences.push(format!("expected {}", expected.decision.word()));
        }
        if let Some(reason) = expected.reason.as_ref().filter(|reason| *reason != self.reason) {
            differences.push(format!("expected the reason {reason}, and it is {}", self.reason));
        }
        if let Some(entry) = &expected.entry
            && !self.entries.contains(entry)
        {
            let met = if self.entries.is_empty() {
                "and none does".to_owned()
            } else {
                format!("and it is {}", self.entries.join(", "))
            };
            differences.push(format!("expected the entry {entry} to settle it, {met}"));
        }
        differences
    }

    /// A line, and for a test that failed what was decided and why.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let name = &self.case.name;
        let differences = self.differences();
        if differences.is_empty() {
            return writeln!(out, "  {}      {name}", painted(GOOD, "ok"));
        }
        writeln!(out, "  {}  {name}", painted(BAD, "FAILED"))?;
        let place = painted(FAINT, format!("({})", self.case.place));
        writeln!(out, "          {} {place}", differences.join("; "))?;
        writeln!(out, "          {}: {}", self.decided, self.sentence)
    }

    pub(super) fn json(&self) -> Value {
        let expected = &self.case.expected;
        json!({
            "test": self.case.name,
            "ok": self.is_as_expected(),
            "place": self.case.place,
            "agent": self.case.agent,
            "operation": self.operation,
            "expected": {
                "decision": expected.decision.word(),
                "reason": expected.reason,
                "entry": expected.entry,
            },
            "decision": self.decided,
            "reason": self.reason,
            "entries": self.entries,
            "sentence": self.sentence,
            "differences": self.differences(),
        })
    }
}

fn is(expected: Decision, met: Decided) -> bool {
    match expected {
        Decision::Permitted => met == Decided::Permitted,
        Decision::Observed => met == Decided::Observed,
        Decision::Denied => met == Decided::Denied,
        Decision::Malformed => met == Decided::Malformed,
    }
}
