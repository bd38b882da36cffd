//! The months by which the trail is kept apart.

use audit::{RecordId, Table};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use sqlx::PgConnection;

/// The smallest id of the month in which a record of this id belongs; months are those of UTC.
pub(super) fn start_of_month(id: RecordId) -> RecordId {
    let at = id.at().to_zoned_datetime(TimeZone::UTC);
    let since = i32::from(at.day()).saturating_sub(1).days();
    let first = at.start_of_day().and_then(|day| day.checked_sub(since));
    // Before the first month that there can be, nothing is old.
    RecordId::floor(first.map_or(Timestamp::UNIX_EPOCH, |first| first.timestamp()))
}

/// The partitions of the months before this id, by their names.
pub(super) async fn months_before(
    connection: &mut PgConnection,
    table: Table,
    before: RecordId,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT c.relname::text
        FROM pg_inherits AS i
        JOIN pg_class AS c ON c.oid = i.inhrelid
        WHERE i.inhparent = $1::regclass
        AND c.relname ~ ('^' || $1 || '_[0-9]{6}$')
        AND right(c.relname, 6) < $2
        ORDER BY c.relname",
    )
    .bind(table.name())
    .bind(before.at().strftime("%Y%m").to_string())
    .fetch_all(connection)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(at: &str, expected: &str) {
        let id = |text: &str| RecordId::floor(text.parse().unwrap());
        assert_eq!(start_of_month(id(at)), id(expected), "{at}");
    }

    #[test]
    fn an_instant_belongs_to_its_month_in_utc() {
        check("2026-11-24T09:00:00Z", "2026-11-01T00:00:00Z");
        check("2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z");
        check("2026-11-30T23:59:59.999Z", "2026-11-01T00:00:00Z");
        check("2028-02-29T12:00:00Z", "2028-02-01T00:00:00Z");
        check("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z");
    }
}
