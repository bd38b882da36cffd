//! Conditions of a grant: `when = 'request.body.channel == "email"'`.
//!
//! A condition is a text in CEL. The cel crate gives the language and its parser; what a name means,
//! whether the parts fit, and what comes of it for a request is decided here, because the crate's own
//! evaluation knows no types and lets `true || nosuch` pass. So there are three steps: `parse` makes a
//! tree, `check` makes of it one that cannot be wrong in itself, and `evaluate` asks that of a request.
//!
//! A condition takes a bounded time and a bounded stack, reads nothing but what it is handed, and denies
//! where it has no answer.
//!
//! To add a fact, see `fact.rs`; to add a function, `check/call.rs` and the form that it makes in
//! `node.rs`, which the compiler then asks for.

mod bounds;
mod check;
mod evaluate;
mod fact;
mod fault;
mod kind;
mod network;
mod node;
mod parse;
mod unmet;
mod value;

use core::net::IpAddr;
use std::fmt;
use std::sync::Arc;

use catalogue::{Asked, BodyUse, Catalogue, Operation, Parameter, ParameterKind};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::Agent;
use node::{Form, Node};

pub use fault::ConditionFault;
pub use unmet::Unmet;

/// A condition that has been checked.
#[derive(Debug, Clone)]
pub struct Condition {
    text: Arc<str>,
    root: Node,
    wants_body: bool,
}

/// What a condition is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Case<'c> {
    /// Who asks.
    pub agent: &'c Agent,
    /// What is asked.
    pub asked: &'c Asked,
    /// When.
    pub now: Timestamp,
    /// In which zone the organisation keeps its hours.
    pub zone: &'c TimeZone,
    /// From where; none where nobody knows.
    pub address: Option<IpAddr>,
}

impl Condition {
    /// Reads and checks a text. The faults stand in the order of the text.
    pub fn parse(text: &str, catalogue: &Catalogue) -> Result<Self, Vec<ConditionFault>> {
        let parsed = parse::parse(text).map_err(|fault| vec![fault.within(text)])?;
        let root = check::check(&parsed, catalogue).map_err(|faults| {
            let mut faults: Vec<_> = faults.into_iter().map(|it| it.within(text)).collect();
            faults.sort_by_key(|fault| (fault.at.start, fault.at.end));
            faults.dedup();
            faults
        })?;
        let wants_body = root.any(&|form| matches!(form, Form::Body));
        Ok(Self { text: text.trim().into(), root, wants_body })
    }

    /// Whether it is true. What is neither true nor false denies, and says why.
    pub fn holds(&self, case: &Case<'_>) -> Result<bool, Unmet> {
        evaluate::holds(&self.root, case)
    }

    /// Whether it looks into the body.
    #[must_use]
    pub fn wants_body(&self) -> bool {
        self.wants_body
    }

    /// Whether it gives a request nothing because that has no body, by what it looks into: whatever else
    /// there is to ask of such a request may still be asked beside it.
    #[must_use]
    pub fn fails_for_want_of_body(&self, case: &Case<'_>) -> bool {
        if !self.wants_body || case.asked.body().is_none_or(|body| !body.is_empty()) {
            return false;
        }
        match self.holds(case) {
            Ok(true) => false,
            // `has(...)` is false of any request without a body, and so is what is asked beside it.
            Ok(false) => !self
                .root
                .any(&|form| matches!(form, Form::Fact(_) | Form::Path(_) | Form::Query(_))),
            Err(why) => why.is_for_want_of_body(),
        }
    }

    /// Whether a request's path, as records have it, says all that it asks of the request: it looks into
    /// neither query nor body, nor into what may stand masked in a record.
    pub(crate) fn is_told_by_path(&self, asked: &Asked) -> bool {
        let parameters = asked.operation().template().parameters();
        let is_masked = |name: &str| {
            let found = parameters.iter().find(|it| it.name() == name);
            found.is_none_or(|it| {
                matches!(it.kind(), ParameterKind::Key | ParameterKind::KeyWithSlash)
            })
        };
        !self.root.any(&|form| match form {
            Form::Body | Form::Query(_) => true,
            Form::Path(name) => is_masked(name),
            Form::Truth(_)
            | Form::Number(_)
            | Form::Text(_)
            | Form::Null
            | Form::List(_)
            | Form::Fact(_)
            | Form::Item(..)
            | Form::Field(..)
            | Form::Index(..)
            | Form::Choice(_)
            | Form::Size(_)
            | Form::Said(_) => false,
        })
    }

    /// What in it could never have an answer for requests of one operation.
    pub(crate) fn unfit_for(&self, operation: &Operation) -> Vec<ConditionFault> {
        let mut faults = Vec::new();
        self.root.each(&mut |node| faults.extend(unfit(node, operation)));
        faults
    }

    /// The condition as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

fn unfit(node: &Node, operation: &Operation) -> Option<ConditionFault> {
    let id = operation.id();
    if let Form::Path(name) = &node.form {
        let mut names = operation.template().parameters().iter().map(Parameter::name);
        if !names.any(|it| *it == **name) {
            let message = format!("`{id}` has no `{{{name}}}` in its path");
            let help = format!("its path is {}", operation.template());
            return Some(ConditionFault::new(node.at.clone(), message).with_help(help));
        }
    }
    if matches!(node.form, Form::Body) && operation.body_use() == BodyUse::Refused {
        let fault = ConditionFault::new(node.at.clone(), format!("`{id}` takes no body"));
        return Some(fault.with_help("ask for what its path or query says"));
    }
    None
}

/// The most characters of a condition in a sentence.
const SHORT: usize = 160;

impl Condition {
    /// The condition for sentences: on one line, and cut where it is long.
    #[must_use]
    pub fn short(&self) -> String {
        let mut line = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some((end, _)) = line.char_indices().nth(SHORT) {
            line.truncate(end);
            line.push_str(" ...");
        }
        line
    }
}

/// Two conditions are the same if they are written the same.
impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Condition {}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
