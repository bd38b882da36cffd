//! The queries that read the trail; but for the words in `dialect.rs`, both databases understand them
//! alike.

mod criteria;
mod old;
mod stretch;
mod summary;

use audit::{Cursor, Filter, Place, RecordId, Row, Table};
use sqlx::{Database, Encode, QueryBuilder, Type};

use crate::dialect::Dialect;
use criteria::{aside, push_criteria, push_id};
pub(crate) use old::{old, read_old};
pub(crate) use stretch::{Search, Stretch, Stretches, ends};
pub(crate) use summary::summary;

/// The columns of both tables, those of `records` first.
fn columns() -> String {
    let of = |alias: &'static str, table: Table| {
        table.columns().iter().map(move |column| format!("{alias}.{}", column.name))
    };
    let all: Vec<_> = of("r", Table::Records).chain(of("o", Table::Outcomes)).collect();
    format!("SELECT {}", all.join(", "))
}

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
    let mut query = QueryBuilder::new(columns());
    query.push(WITH_OUTCOMES).push("\nAND r.id = ").push_bind(id.as_bytes().to_vec());
    query
}

/// The newest record that the gateway noted of itself for this reason.
pub(crate) fn last_noted<D>(reason: &str) -> QueryBuilder<D>
where
    D: Database,
    String: for<'q> Encode<'q, D> + Type<D>,
{
    let mut query = QueryBuilder::new(columns());
    query.push(WITH_OUTCOMES).push("\nAND r.decision = 'noted'\nAND r.reason = ");
    query.push_bind(reason.to_owned()).push("\nORDER BY r.id DESC\nLIMIT 1");
    query
}

/// All chains, in the order of their ordinals.
pub(crate) const CHAINS: &str = "\
SELECT ordinal, id, row_count, head, closed
FROM chains
ORDER BY ordinal";

/// At most `limit` rows of a table from this place on, in the order of their places.
pub(crate) fn rows<D>(table: Table, from: Place, limit: u32) -> QueryBuilder<D>
where
    D: Database,
    i64: for<'q> Encode<'q, D> + Type<D>,
{
    let mut query = QueryBuilder::new("SELECT place, hash");
    for column in table.columns() {
        query.push(", ").push(column.name);
    }
    query.push("\nFROM ").push(table.name());
    query.push("\nWHERE place >= ").push_bind(from.as_i64());
    query.push("\nORDER BY place\nLIMIT ").push_bind(i64::from(limit));
    query
}

/// Both tables' rows in the order of their places, up to where either was read only in part.
pub(crate) fn merged(records: Vec<Row>, outcomes: Vec<Row>, limit: u32) -> Vec<Row> {
    let is_cut = |rows: &[Row]| rows.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    let end = |rows: &[Row]| rows.last().filter(|_| is_cut(rows)).map(|row| row.place);
    let end = [end(&records), end(&outcomes)].into_iter().flatten().min();
    let mut rows = records;
    rows.extend(outcomes);
    rows.retain(|row| end.is_none_or(|end| row.place <= end));
    rows.sort_by_key(|row| row.place);
    rows
}

/// At most `limit` records that fit the filter, in the order that its cursor asks for.
///
/// One that names a target is for [`list_in`]: it need not look for it in the whole trail at once.
pub(crate) fn list<D>(filter: &Filter, limit: u32) -> QueryBuilder<D>
where
    D: Dialect,
    String: for<'q> Encode<'q, D> + Type<D>,
    i64: for<'q> Encode<'q, D> + Type<D>,
    Vec<u8>: for<'q> Encode<'q, D> + Type<D>,
{
    list_in(filter, Stretch::of(filter), limit)
}

/// The same, of those that name the filter's target only those in the stretch.
pub(crate) fn list_in<D>(filter: &Filter, stretch: Stretch, limit: u32) -> QueryBuilder<D>
where
    D: Dialect,
    String: for<'q> Encode<'q, D> + Type<D>,
    i64: for<'q> Encode<'q, D> + Type<D>,
    Vec<u8>: for<'q> Encode<'q, D> + Type<D>,
{
    let mut query = QueryBuilder::new(columns());
    query.push(WITH_OUTCOMES);
    push_criteria(&mut query, filter, stretch);
    push_order(&mut query, filter);
    query.push("\nLIMIT ").push_bind(i64::from(limit));
    query
}

fn push_order<D>(query: &mut QueryBuilder<D>, filter: &Filter)
where
    D: Dialect,
    Vec<u8>: for<'q> Encode<'q, D> + Type<D>,
{
    let aside = aside::<D>(filter);
    match filter.cursor {
        None => {
            query.push("\nORDER BY r.id DESC");
        }
        Some(Cursor::Before(id)) => {
            push_id(query, aside, "<", id);
            query.push("\nORDER BY r.id DESC");
        }
        Some(Cursor::After(id)) => {
            push_id(query, aside, ">", id);
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
