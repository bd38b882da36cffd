//! What came just before and after a record.

use std::io::{self, Write};

use audit::{AuditReader, Cursor, Filter, Record, StoreFailure};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::Layout;
use crate::output::{FAINT, STRONG, painted};

/// How many are looked for on either side.
const EACH: u32 = 3;

/// How far apart they may be. What is further off explains nothing, and for an agent that seldom asks
/// the search would go through the whole trail.
const REACH: SignedDuration = SignedDuration::from_hours(24);

/// The nearest requests of the same agent, or from the same address where no agent is known.
#[derive(Debug, Serialize)]
pub(super) struct Around {
    /// Oldest first; the last one came just before the record.
    before: Vec<Record>,
    /// Oldest first; the first one came just after the record.
    after: Vec<Record>,
}

impl Around {
    /// Looks them up.
    pub(super) async fn of(
        record: &Record,
        reader: &dyn AuditReader,
    ) -> Result<Self, StoreFailure> {
        let id = record.opening.id;
        let near = near(record);
        let before = Filter { cursor: Some(Cursor::Before(id)), ..near.clone() };
        let after = Filter { cursor: Some(Cursor::After(id)), ..near };
        let mut before = reader.list(&before, EACH).await?;
        before.reverse();
        Ok(Self { before, after: reader.list(&after, EACH).await? })
    }

    /// Writes both sides, a line for each record.
    pub(super) fn write(
        &self,
        record: &Record,
        layout: &Layout,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let whose = match &record.opening.agent {
            Some(agent) => format!("by {agent}"),
            None => format!("from {}", record.opening.address),
        };
        for (word, records) in [("before", &self.before), ("after", &self.after)] {
            writeln!(out, "\n{}", painted(STRONG, format!("Just {word}, {whose}")))?;
            if records.is_empty() {
                writeln!(out, "  {}", painted(FAINT, "nothing within a day"))?;
            }
            for record in records {
                layout.write(record, out)?;
            }
        }
        Ok(())
    }
}

fn near(record: &Record) -> Filter {
    let opening = &record.opening;
    let address = match opening.agent {
        Some(_) => None,
        None => Some(opening.address.clone()),
    };
    Filter {
        agent: opening.agent.clone(),
        address,
        since: Some(opening.at.saturating_sub(REACH).unwrap_or(Timestamp::MIN)),
        until: Some(opening.at.saturating_add(REACH).unwrap_or(Timestamp::MAX)),
        ..Filter::default()
    }
}
