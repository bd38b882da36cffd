//! The one query that reads the trail; both databases understand it alike.

use audit::{Cursor, Decided, Filter, RecordId};
use jiff::{SignedDuration, Timestamp};
use sqlx::{Database, Encode, QueryBuilder, Type};

use crate::row::clean;

/// Records with their outcomes. A request that was refused has its own; no other is looked for.
const SELECT: &str = "\
SELECT
    r.id,
    r.at,
    r.agent,
    r.token,
    r.address,
    r.method,
    r.path,
    r.operation,
    r.resource,
    r.targets,
    r.demands,
    r.decision,
    r.reason,
    r.policy_file,
    r.policy_line,
    r.policy_fingerprint,
    r.sentence,
    r.outcome_kind,
    r.outcome_status,
    r.outcome_duration_ms,
    r.outcome_bytes_in,
    r.outcome_bytes_out,
    r.outcome_sentence,
    o.kind AS later_kind,
    o.status AS later_status,
    o.duration_ms AS later_duration_ms,
    o.bytes_in AS later_bytes_in,
    o.bytes_out AS later_bytes_out,
    o.sentence AS later_sentence
FROM records AS r
LEFT JOIN outcomes AS o ON o.record_id = r.id
WHERE TRUE";

/// The record with this id.
pub(crate) fn find<D>(id: RecordId) -> QueryBuilder<D>
where
    D: Database,
    Vec<u8>: for<'q> Encode<'q, D> + Type<D>,
{
    let mut query = QueryBuilder::new(SELECT);
    query.push("\nAND r.id = ").push_bind(id.as_bytes().to_vec());
    query
}

/// At most `limit` records that fit the filter, in the order that its cursor asks for.
pub(crate) fn list<D>(filter: &Filter, limit: u32) -> QueryBuilder<D>
where
    D: Database,
    String: for<'q> Encode<'q, D> + Type<D>,
    i64: for<'q> Encode<'q, D> + Type<D>,
    Vec<u8>: for<'q> Encode<'q, D> + Type<D>,
{
    let mut query = QueryBuilder::new(SELECT);
    push_words(&mut query, filter);
    push_time(&mut query, filter);
    push_order(&mut query, filter.cursor);
    query.push("\nLIMIT ").push_bind(i64::from(limit));
    query
}

fn push_words<D>(query: &mut QueryBuilder<D>, filter: &Filter)
where
    D: Database,
    String: for<'q> Encode<'q, D> + Type<D>,
{
    if let Some(agent) = &filter.agent {
        query.push("\nAND r.agent = ").push_bind(clean(agent).into_owned());
    }
    if let Some(operation) = &filter.operation {
        query.push("\nAND r.operation = ").push_bind(clean(operation).into_owned());
    }
    if let Some(decision) = filter.decision {
        query.push("\nAND r.decision = ").push_bind(decision.to_string());
        if decision != Decided::Permitted {
            // True anyway; said in these words so that the index records_refused is found.
            query.push("\nAND r.decision <> 'permitted'");
        }
    }
}

/// How far a record's id and its instant may lie apart. The bounds on the id only save reading records
/// that are far off; the bounds on the instant decide.
const APART: SignedDuration = SignedDuration::from_mins(1);

fn push_time<D>(query: &mut QueryBuilder<D>, filter: &Filter)
where
    D: Database,
    i64: for<'q> Encode<'q, D> + Type<D>,
    Vec<u8>: for<'q> Encode<'q, D> + Type<D>,
{
    if let Some(since) = filter.since {
        let floor = RecordId::floor(since.saturating_sub(APART).unwrap_or(Timestamp::MIN));
        query.push("\nAND r.id >= ").push_bind(floor.as_bytes().to_vec());
        query.push("\nAND r.at >= ").push_bind(rounded_up(since));
    }
    if let Some(until) = filter.until {
        let ceiling = RecordId::floor(until.saturating_add(APART).unwrap_or(Timestamp::MAX));
        query.push("\nAND r.id < ").push_bind(ceiling.as_bytes().to_vec());
        query.push("\nAND r.at < ").push_bind(rounded_up(until));
    }
}

/// The first microsecond that is not before this instant.
fn rounded_up(at: Timestamp) -> i64 {
    let micros = at.as_microsecond();
    if Timestamp::from_microsecond(micros).is_ok_and(|floor| floor < at) {
        micros.saturating_add(1)
    } else {
        micros
    }
}

fn push_order<D>(query: &mut QueryBuilder<D>, cursor: Option<Cursor>)
where
    D: Database,
    Vec<u8>: for<'q> Encode<'q, D> + Type<D>,
{
    match cursor {
        None => {
            query.push("\nORDER BY r.id DESC");
        }
        Some(Cursor::Before(id)) => {
            query.push("\nAND r.id < ").push_bind(id.as_bytes().to_vec());
            query.push("\nORDER BY r.id DESC");
        }
        Some(Cursor::After(id)) => {
            query.push("\nAND r.id > ").push_bind(id.as_bytes().to_vec());
            query.push("\nORDER BY r.id ASC");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_between_two_microseconds_is_rounded_up() {
        let whole = Timestamp::from_microsecond(1_750_000_000_000_001).unwrap();
        assert_eq!(rounded_up(whole), 1_750_000_000_000_001);
        let between = whole.checked_add(SignedDuration::from_nanos(1)).unwrap();
        assert_eq!(rounded_up(between), 1_750_000_000_000_002);
    }

    #[test]
    fn a_search_for_what_was_refused_can_use_the_small_index() {
        let filter = Filter { decision: Some(Decided::Denied), ..Filter::default() };
        let query = list::<sqlx::Sqlite>(&filter, 10).into_string();
        assert!(query.contains("r.decision <> 'permitted'"), "{query}");
    }
}
