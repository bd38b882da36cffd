//! The queries that read the trail; but for the words in `dialect.rs`, both databases understand them
//! alike.

mod criteria;
mod summary;

use audit::{Cursor, Filter, RecordId};
use sqlx::{Database, Encode, QueryBuilder, Type};

use crate::dialect::Dialect;
use criteria::push_criteria;

pub(crate) use summary::summary;

const COLUMNS: &str = "\
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
    o.sentence AS later_sentence";

/// Records with their outcomes, of those that were forwarded: a refused request has its own.
const WITH_OUTCOMES: &str = "
FROM records AS r
LEFT JOIN outcomes AS o ON o.record_id = r.id
WHERE TRUE";

/// The record with this id.
pub(crate) fn find<D>(id: RecordId) -> QueryBuilder<D>
where
    D: Database,
    Vec<u8>: for<'q> Encode<'q, D> + Type<D>,
{
    let mut query = QueryBuilder::new(COLUMNS);
    query.push(WITH_OUTCOMES).push("\nAND r.id = ").push_bind(id.as_bytes().to_vec());
    query
}

/// At most `limit` records that fit the filter, in the order that its cursor asks for.
pub(crate) fn list<D>(filter: &Filter, limit: u32) -> QueryBuilder<D>
where
    D: Dialect,
    String: for<'q> Encode<'q, D> + Type<D>,
    i64: for<'q> Encode<'q, D> + Type<D>,
    Vec<u8>: for<'q> Encode<'q, D> + Type<D>,
{
    let mut query = QueryBuilder::new(COLUMNS);
    query.push(WITH_OUTCOMES);
    push_criteria(&mut query, filter);
    push_order(&mut query, filter.cursor);
    query.push("\nLIMIT ").push_bind(i64::from(limit));
    query
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
    fn a_search_for_what_was_refused_can_use_the_small_index() {
        let filter = Filter { decision: Some(audit::Decided::Denied), ..Filter::default() };
        let query = list::<sqlx::Sqlite>(&filter, 10).into_string();
        assert!(query.contains("r.decision <> 'permitted'"), "{query}");
    }
}
