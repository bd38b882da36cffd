//! Looking for a target in one stretch of the trail after the other.
//!
//! Some targets are named by every hundredth record, most by a handful in all. To put the first kind in
//! order would mean to find all their records for a page of fifty; so a search begins with a short
//! stretch at its own end of the trail, and each one after it is longer, until the page is full.

use audit::{Cursor, Filter, Record, RecordId};
use sqlx::{Encode, QueryBuilder, Type};

use super::criteria::{ceiling_of, floor_of};
use crate::dialect::Dialect;

/// Records of the first stretch.
const FIRST: i64 = 10_000;
/// How many times as long as the one before it a stretch is.
const GROWTH: u128 = 8;

/// From one id to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    first: u128,
    last: u128,
}

impl Stretch {
    /// Where every record is that fits the filter and its cursor.
    pub(crate) fn of(filter: &Filter) -> Self {
        let mut all = Self { first: 0, last: u128::MAX };
        if let Some(ids) = filter.id {
            all.keep(number(ids.first()), number(ids.last()));
        }
        if let Some(since) = filter.since {
            all.keep(number(floor_of(since)), u128::MAX);
        }
        if let Some(until) = filter.until {
            all.keep(0, number(ceiling_of(until)));
        }
        match filter.cursor {
            None => {}
            Some(Cursor::Before(id)) => all.keep(0, number(id)),
            Some(Cursor::After(id)) => all.keep(number(id), u128::MAX),
        }
        all
    }

    fn keep(&mut self, first: u128, last: u128) {
        (self.first, self.last) = (self.first.max(first), self.last.min(last));
    }

    pub(crate) fn first_bytes(&self) -> Vec<u8> {
        self.first.to_be_bytes().to_vec()
    }

    pub(crate) fn last_bytes(&self) -> Vec<u8> {
        self.last.to_be_bytes().to_vec()
    }
}

fn number(id: RecordId) -> u128 {
    u128::from_be_bytes(*id.as_bytes())
}

/// Asks where a search begins: for the record that is nearest to its end of the trail, and for the one
/// where its first stretch ends. Either may not be there.
pub(crate) fn ends<D>(filter: &Filter) -> QueryBuilder<D>
where
    D: Dialect,
    i64: for<'q> Encode<'q, D> + Type<D>,
    Vec<u8>: for<'q> Encode<'q, D> + Type<D>,
{
    let all = Stretch::of(filter);
    let order = if is_upwards(filter) { "ASC" } else { "DESC" };
    let mut query = QueryBuilder::new("SELECT");
    for (name, offset) in [("nearest", 0), ("edge", FIRST)] {
        query.push(if offset == 0 { "\n(" } else { ",\n(" });
        query.push("SELECT r.id FROM records AS r WHERE r.id >= ").push_bind(all.first_bytes());
        query.push(" AND r.id <= ").push_bind(all.last_bytes());
        query.push(" ORDER BY r.id ").push(order).push(" LIMIT 1 OFFSET ").push_bind(offset);
        query.push(") AS ").push(name);
    }
    query
}

fn is_upwards(filter: &Filter) -> bool {
    matches!(filter.cursor, Some(Cursor::After(_)))
}

/// The stretches of a search, in the order in which it goes through them: no id is in two of them, and
/// none is left out.
#[derive(Debug)]
pub(crate) struct Stretches {
    rest: Option<Stretch>,
    /// Whether it goes from the oldest record to the newest.
    upwards: bool,
    /// How long the next one is.
    length: u128,
}

impl Stretches {
    /// Those of a search that begins with this record; its first stretch ends with the other one.
    /// Without that, all is one stretch.
    pub(crate) fn of(filter: &Filter, nearest: RecordId, edge: Option<RecordId>) -> Self {
        let (mut rest, upwards) = (Stretch::of(filter), is_upwards(filter));
        let nearest = number(nearest);
        if upwards {
            rest.keep(nearest, u128::MAX);
        } else {
            rest.keep(0, nearest);
        }
        let length = edge.map_or(u128::MAX, |edge| nearest.abs_diff(number(edge)));
        Self { rest: (rest.first <= rest.last).then_some(rest), upwards, length }
    }
}

impl Iterator for Stretches {
    type Item = Stretch;

    fn next(&mut self) -> Option<Stretch> {
        let rest = self.rest?;
        let Stretch { first, last } = rest;
        let length = self.length;
        self.length = length.saturating_mul(GROWTH);
        if last - first <= length {
            self.rest = None;
            return Some(rest);
        }
        let (stretch, rest) = if self.upwards {
            let end = first + length;
            (Stretch { first, last: end }, Stretch { first: end + 1, last })
        } else {
            let end = last - length;
            (Stretch { first: end, last }, Stretch { first, last: end - 1 })
        };
        self.rest = Some(rest);
        Some(stretch)
    }
}

/// A search in progress: it goes on stretch by stretch, until so many records are found.
#[derive(Debug)]
pub(crate) struct Search<'a> {
    filter: &'a Filter,
    limit: u32,
    stretches: Stretches,
    /// What the queries found, in the order of the search.
    pub(crate) found: Vec<Record>,
}

impl<'a> Search<'a> {
    pub(crate) fn through(stretches: Stretches, filter: &'a Filter, limit: u32) -> Self {
        Self { filter, limit, stretches, found: Vec::new() }
    }

    /// The next query; none where enough was found, or there is no more of the trail.
    pub(crate) fn next<D>(&mut self) -> Option<QueryBuilder<D>>
    where
        D: Dialect,
        String: for<'q> Encode<'q, D> + Type<D>,
        i64: for<'q> Encode<'q, D> + Type<D>,
        Vec<u8>: for<'q> Encode<'q, D> + Type<D>,
    {
        let found = u32::try_from(self.found.len()).unwrap_or(u32::MAX);
        let missing = self.limit.checked_sub(found).filter(|missing| *missing > 0)?;
        let stretch = self.stretches.next()?;
        Some(super::list_in(self.filter, stretch, missing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> RecordId {
        RecordId::from_bytes(number.to_be_bytes())
    }

    fn check(cursor: Option<Cursor>, nearest: u128, edge: Option<u128>, expected: &[(u128, u128)]) {
        let filter = Filter { cursor, ..Filter::default() };
        let stretches = Stretches::of(&filter, id(nearest), edge.map(id));
        let found: Vec<_> = stretches.map(|it| (it.first, it.last)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn each_stretch_begins_where_the_one_before_it_ends_and_is_longer() {
        check(None, 1000, Some(990), &[(990, 1000), (909, 989), (268, 908), (0, 267)]);
        let after = Some(Cursor::After(id(u128::MAX - 101)));
        let end = u128::MAX;
        check(
            after,
            end - 100,
            Some(end - 95),
            &[(end - 100, end - 95), (end - 94, end - 54), (end - 53, end)],
        );
    }

    #[test]
    fn a_short_trail_is_one_stretch() {
        check(None, 1000, None, &[(0, 1000)]);
        check(Some(Cursor::Before(id(7))), 5, None, &[(0, 5)]);
        check(Some(Cursor::After(id(7))), 9, None, &[(9, u128::MAX)]);
        check(None, 0, Some(0), &[(0, 0)]);
    }
}
