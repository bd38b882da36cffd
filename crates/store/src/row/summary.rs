//! Reading counts back.

use audit::{Decided, QUARTER, Quarter, Summary, Tally};
use jiff::Timestamp;

use super::Cells;
use crate::failure::unreadable;

/// Sorts the rows of a summary by what they count: those with a quarter count by time.
pub(crate) fn summary(rows: &[impl Cells]) -> Result<Summary, sqlx::Error> {
    let mut summary = Summary::default();
    for row in rows {
        let (decision, requests) = (decision(row)?, row.count("requests")?);
        if requests == 0 {
            // What the gateway notes of itself stands for no request.
            continue;
        }
        match row.number_if_any("quarter")? {
            Some(number) => {
                summary.quarters.push(Quarter { start: start(number)?, decision, requests });
            }
            None => summary.tallies.push(Tally {
                agent: row.text_if_any("agent")?,
                operation: row.text_if_any("operation")?,
                decision,
                requests,
            }),
        }
    }
    Ok(summary)
}

fn decision(row: &impl Cells) -> Result<Decided, sqlx::Error> {
    row.text("decision")?.parse().map_err(|_| unreadable("decision", "expected a known decision"))
}

fn start(number: i64) -> Result<Timestamp, sqlx::Error> {
    i64::try_from(QUARTER.as_micros())
        .ok()
        .and_then(|length| number.checked_mul(length))
        .and_then(|micros| Timestamp::from_microsecond(micros).ok())
        .ok_or_else(|| unreadable("quarter", "the instant is out of range"))
}
