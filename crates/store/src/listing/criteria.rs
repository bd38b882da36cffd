//! What a filter asks for, as conditions.

use audit::{Decided, Filter, IdRange, RecordId, clean};
use jiff::{SignedDuration, Timestamp};
use sqlx::{Encode, QueryBuilder, Type};

use super::stretch::Stretch;
use crate::dialect::Dialect;

/// Adds a condition for each criterion; the cursor is none. A target is looked for in the stretch only.
///
/// Where one is looked for, nothing but it and the agent decides how records are found: what else is
/// wanted of them is only compared.
pub(super) fn push_criteria<D>(query: &mut QueryBuilder<D>, filter: &Filter, stretch: Stretch)
where
    D: Dialect,
    String: for<'q> Encode<'q, D> + Type<D>,
    i64: for<'q> Encode<'q, D> + Type<D>,
    Vec<u8>: for<'q> Encode<'q, D> + Type<D>,
{
    let aside = aside::<D>(filter);
    if let Some(target) = &filter.target {
        query.push("\nAND ");
        D::push_target(query, target, stretch);
    }
    push_words(query, filter);
    push_decision(query, filter.decision, aside);
    push_ids(query, filter.id, aside);
    push_time(query, filter, aside);
    push_status(query, filter.status);
    push_text(query, filter.text.as_deref());
}

/// What stands before a column that is only compared.
pub(super) fn aside<D: Dialect>(filter: &Filter) -> &'static str {
    if filter.target.is_some() { D::ASIDE } else { "" }
}

fn push_words<D>(query: &mut QueryBuilder<D>, filter: &Filter)
where
    D: Dialect,
    String: for<'q> Encode<'q, D> + Type<D>,
{
    for (column, wanted) in [
        ("r.agent", &filter.agent),
        ("r.operation", &filter.operation),
        ("r.resource", &filter.resource),
        ("r.token", &filter.token),
    ] {
        if let Some(word) = wanted {
            query.push("\nAND ").push(column).push(" = ").push_bind(clean(word).into_owned());
        }
    }
    if let Some(address) = &filter.address {
        // Earlier records have it as a listener of both families sees it.
        let mapped = format!("::ffff:{address}");
        query.push("\nAND r.address IN (").push_bind(clean(address).into_owned());
        query.push(", ").push_bind(clean(&mapped).into_owned()).push(")");
    }
}

fn push_decision<D>(query: &mut QueryBuilder<D>, decision: Option<Decided>, aside: &str)
where
    D: Dialect,
    String: for<'q> Encode<'q, D> + Type<D>,
{
    let Some(decision) = decision else { return };
    query.push("\nAND ").push(aside).push("r.decision = ").push_bind(decision.to_string());
    if decision != Decided::Permitted {
        // True anyway; said in these words so that the index records_refused is found.
        query.push("\nAND ").push(aside).push("r.decision <> 'permitted'");
    }
}

fn push_ids<D>(query: &mut QueryBuilder<D>, ids: Option<IdRange>, aside: &str)
where
    D: Dialect,
    Vec<u8>: for<'q> Encode<'q, D> + Type<D>,
{
    if let Some(ids) = ids {
        push_id(query, aside, ">=", ids.first());
        push_id(query, aside, "<=", ids.last());
    }
}

/// Compares the record's id.
pub(super) fn push_id<D>(query: &mut QueryBuilder<D>, aside: &str, how: &str, id: RecordId)
where
    D: Dialect,
    Vec<u8>: for<'q> Encode<'q, D> + Type<D>,
{
    query.push("\nAND ").push(aside).push("r.id ").push(how).push(" ");
    query.push_bind(id.as_bytes().to_vec());
}

/// How far a record's id and its instant may lie apart. The bounds on the id only save reading records
/// that are far off; the bounds on the instant decide.
const APART: SignedDuration = SignedDuration::from_mins(1);

fn push_time<D>(query: &mut QueryBuilder<D>, filter: &Filter, aside: &str)
where
    D: Dialect,
    i64: for<'q> Encode<'q, D> + Type<D>,
    Vec<u8>: for<'q> Encode<'q, D> + Type<D>,
{
    if let Some(since) = filter.since {
        push_id(query, aside, ">=", floor_of(since));
        query.push("\nAND r.at >= ").push_bind(rounded_up(since));
    }
    if let Some(until) = filter.until {
        push_id(query, aside, "<", ceiling_of(until));
        query.push("\nAND r.at < ").push_bind(rounded_up(until));
    }
}

/// No record from this instant on has a smaller id.
pub(super) fn floor_of(since: Timestamp) -> RecordId {
    RecordId::floor(since.saturating_sub(APART).unwrap_or(Timestamp::MIN))
}

/// Every record before this instant has a smaller id.
pub(super) fn ceiling_of(until: Timestamp) -> RecordId {
    RecordId::floor(until.saturating_add(APART).unwrap_or(Timestamp::MAX))
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

/// A refused request has its status in its own row, a forwarded one in that of its outcome.
fn push_status<D>(query: &mut QueryBuilder<D>, status: Option<u16>)
where
    D: Dialect,
    i64: for<'q> Encode<'q, D> + Type<D>,
{
    if let Some(status) = status {
        query.push("\nAND COALESCE(r.status, o.status) = ").push_bind(i64::from(status));
    }
}

/// The sentence is the one that the record shows: its outcome's as soon as it has one.
///
/// Found by position and not by a pattern, so nothing in the text means anything but itself.
fn push_text<D>(query: &mut QueryBuilder<D>, text: Option<&str>)
where
    D: Dialect,
    String: for<'q> Encode<'q, D> + Type<D>,
{
    let Some(text) = text else { return };
    query
        .push("\nAND ")
        .push(D::POSITION)
        .push("(lower(COALESCE(o.sentence, r.sentence)")
        .push(D::LOWER_AS)
        .push("), ")
        .push_bind(clean(text).to_ascii_lowercase())
        .push(") > 0");
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
}
