//! Counting records where they are kept.

use audit::{Filter, QUARTER};
use sqlx::{Encode, QueryBuilder, Type};

use super::WITH_OUTCOMES;
use super::criteria::push_criteria;
use super::stretch::Stretch;
use crate::dialect::Dialect;

/// Records alone. To look for their outcomes too would double the time that the counting takes.
const ALONE: &str = "
FROM records AS r
WHERE TRUE";

/// Counts by agent, operation and decision, and counts by quarter of an hour and decision.
///
/// One statement, so that both count the same records while others are being written. Each half reads
/// the records for itself: to keep them for the other would cost more than to read them again.
pub(crate) fn summary<D>(filter: &Filter) -> QueryBuilder<D>
where
    D: Dialect,
    String: for<'q> Encode<'q, D> + Type<D>,
    i64: for<'q> Encode<'q, D> + Type<D>,
    Vec<u8>: for<'q> Encode<'q, D> + Type<D>,
{
    // Its cursor is not looked at.
    let all = Stretch::of(&Filter { cursor: None, ..filter.clone() });
    let records = if filter.awaits_outcome() { WITH_OUTCOMES } else { ALONE };
    let mut query = QueryBuilder::new(
        "SELECT r.agent, r.operation, r.decision, NULL AS quarter, \
         CAST(SUM(r.requests) AS BIGINT) AS requests",
    );
    query.push(records);
    push_criteria(&mut query, filter, all);
    query.push("\nGROUP BY r.agent, r.operation, r.decision\nUNION ALL\n");
    query.push("SELECT NULL, NULL, r.decision, r.at / ").push(QUARTER.as_micros());
    query.push(" AS quarter, CAST(SUM(r.requests) AS BIGINT)").push(records);
    push_criteria(&mut query, filter, all);
    query.push("\nGROUP BY 3, 4");
    query
}
