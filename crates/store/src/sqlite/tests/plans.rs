//! How SQLite goes about the queries: by an index, whatever is in the tables, because nothing tells it
//! what is.

use audit::{Cursor, Decided, Filter, RecordId};
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::listing::{Stretch, ends, list, list_in, summary};

/// The steps of a query; what is bound makes no difference to them.
pub(super) async fn plan(query: sqlx::QueryBuilder<sqlx::Sqlite>) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let store = opened(&folder).await;
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", query.into_string()));
    let steps = sqlx::query_as::<_, (i64, i64, i64, String)>(explain);
    let steps = steps.fetch_all(&store.readers).await.unwrap();
    steps.into_iter().map(|step| step.3).collect()
}

/// The first step is this one, no table of records is read as a whole, and nothing is sorted.
async fn check(filter: Filter, first: &str) {
    let steps = plan(list(&filter, 50)).await;
    assert_eq!(steps[0], first, "{filter:?}: {steps:#?}");
    assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{filter:?}: {steps:#?}");
    let rows =
        |step: &&String| ["SCAN r", "SCAN o", "SCAN recent", "SCAN named"].contains(&step.as_str());
    let scans: Vec<_> = steps.iter().filter(rows).collect();
    assert!(scans.is_empty(), "{filter:?}: {steps:#?}");
}

fn by_agent() -> Filter {
    Filter { agent: Some("support-agent".to_owned()), ..Filter::default() }
}

/// The filter within some time, and with either cursor.
fn at_a_time(filter: &Filter) -> Vec<Filter> {
    let since = Some(Timestamp::UNIX_EPOCH);
    let until = Some(Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1));
    let (before, after) = (Cursor::Before(id()), Cursor::After(id()));
    let within = Filter { since, until, ..filter.clone() };
    vec![
        Filter { cursor: Some(before), ..within.clone() },
        Filter { cursor: Some(after), ..within.clone() },
        within,
    ]
}

fn id() -> RecordId {
    RecordId::from_bytes([7; 16])
}

#[tokio::test]
async fn an_agents_records_of_some_time_are_found_by_its_index() {
    check(by_agent(), "SEARCH r USING INDEX records_by_agent (agent=?)").await;
    for filter in at_a_time(&by_agent()) {
        check(filter, "SEARCH r USING INDEX records_by_agent (agent=? AND id>? AND id<?)").await;
    }
}

#[tokio::test]
async fn what_was_refused_of_some_time_is_found_by_the_small_index() {
    let denied = Filter { decision: Some(Decided::Denied), ..Filter::default() };
    for filter in at_a_time(&denied) {
        check(filter, "SEARCH r USING INDEX records_refused (id>? AND id<?)").await;
    }
    let steps = plan(list(&denied, 10)).await;
    assert!(steps.iter().any(|step| step.contains("records_refused")), "{steps:?}");
    let steps = plan(summary(&denied)).await;
    let scans: Vec<_> = steps.iter().filter(|step| step.contains("SCAN")).collect();
    assert!(
        scans.len() == 2 && scans.iter().all(|scan| scan.contains("records_refused")),
        "{steps:?}"
    );
}

#[tokio::test]
async fn a_target_is_looked_up_and_nothing_else_decides_how() {
    let target =
        Filter { target: Some("661403af54d3e9a039000017".to_owned()), ..Filter::default() };
    let denied = Filter { decision: Some(Decided::Denied), ..target.clone() };
    let of_all = [vec![target.clone(), denied.clone()], at_a_time(&target), at_a_time(&denied)];
    for filter in of_all.concat() {
        check(filter, "SEARCH r USING INDEX records_by_id (id=?)").await;
    }
    for filter in at_a_time(&Filter { agent: by_agent().agent, ..target.clone() }) {
        check(filter, "SEARCH r USING INDEX records_by_agent (agent=? AND id=?)").await;
    }
    let steps = plan(list_in(&target, Stretch::of(&target), 50)).await;
    let within = "SEARCH named USING PRIMARY KEY (run=? AND target=? AND id>? AND id<?)";
    assert!(steps.iter().any(|step| step == within), "{steps:#?}");
    let not_yet_filed = "SEARCH recent USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)";
    assert!(steps.iter().any(|step| step == not_yet_filed), "{steps:#?}");
}

#[tokio::test]
async fn where_a_search_begins_is_told_by_the_ids_alone() {
    let steps = plan(ends(&Filter::default())).await;
    let by_id = "SEARCH r USING COVERING INDEX records_by_id (id>? AND id<?)";
    assert_eq!(steps.iter().filter(|step| *step == by_id).count(), 2, "{steps:#?}");
}

#[tokio::test]
async fn an_id_or_its_beginning_is_looked_up_and_not_searched_for() {
    for text in ["019ab3c4", "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071"] {
        let filter = Filter { id: Some(text.parse().unwrap()), ..Filter::default() };
        check(filter, "SEARCH r USING INDEX records_by_id (id>? AND id<?)").await;
    }
}
