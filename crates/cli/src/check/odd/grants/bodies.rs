//! Conditions on the body, on lines that also give what has none.

use std::sync::Arc;

use catalogue::diagnostic::Code;
use catalogue::{BodyUse, Level, Operation};
use jiff::tz::TimeZone;
use policy::{Case, Condition, Entry, EntryName};

use super::{Look, names};
use crate::check::odd::Odd;

impl Look<'_> {
    /// An entry under a condition that denies some of what the entry gives, because that has no body.
    pub(super) fn bodiless(&self, entry: &Entry) -> Option<Odd> {
        // That of an operation without a body is an error when it is loaded.
        let is_wide = !matches!(entry.name, EntryName::Operation(_));
        let condition = entry.when().filter(|it| is_wide && it.wants_body())?;
        let operations = self.operations(entry);
        let denied: Vec<&Arc<Operation>> =
            operations.into_iter().filter(|it| self.denies(entry, condition, it)).collect();
        if denied.is_empty() {
            return None;
        }
        let message = format!(
            "the condition of `{}` asks for the body, which these never have, so they are always refused: {}",
            entry.name,
            names(&denied)
        );
        Some(Odd::new(Code::ConditionOnBody, &entry.place, message))
    }

    /// Whether the entry settles an operation that has no body, and its condition takes that amiss.
    fn denies(&self, entry: &Entry, condition: &Condition, operation: &Operation) -> bool {
        let is_of_narrower = self.layer.on_operation(operation.id()).is_some()
            || (!matches!(entry.name, EntryName::Action(_))
                && self.other_actions(entry, operation).next().is_some());
        if operation.body_use() != BodyUse::Refused
            || entry.level < operation.level().max(Level::Read)
            || operation.only_by_name().is_some()
            || is_of_narrower
        {
            return false;
        }
        let (Some(agent), Some(asked)) = (self.agent, self.catalogue.example(operation)) else {
            return false;
        };
        let zone = &TimeZone::UTC;
        let case = Case { agent, asked: &asked, now: self.now, zone, address: None };
        condition.fails_for_want_of_body(&case)
    }
}
