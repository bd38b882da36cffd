//! The access matrix: what each level permits is one file, and it is what `decide` does.

use std::fmt::Write as _;
use std::sync::Arc;

use catalogue::{Catalogue, Level};
use policy::{Facts, matrix};

use crate::scene::{now, permitted, policy, whole_policy};

/// A line for each operation, a column for each level.
fn table() -> String {
    let catalogue = Catalogue::builtin();
    let columns = Level::ALL.map(|level| {
        matrix::rows(catalogue, &matrix::level_on_everything(catalogue, level), &now())
    });
    let mut text = format!("{:<48} {:<6}", "operation", "needs");
    for level in Level::ALL {
        write!(text, " {level:<5}").unwrap();
    }
    text.truncate(text.trim_end().len());
    for (index, row) in columns[0].iter().enumerate() {
        write!(text, "\n{:<48} {:<6}", row.operation.id(), row.needed()).unwrap();
        for column in &columns {
            write!(text, " {:<5}", if column[index].permitted { "yes" } else { "-" }).unwrap();
        }
        text.truncate(text.trim_end().len());
    }
    text
}

#[test]
fn each_level_permits_what_the_golden_file_says() {
    assert_eq!(table().lines().count(), 271, "270 operations and the heading");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("access_matrix", table()));
}

#[test]
fn the_matrix_says_what_decide_does_at_every_level() {
    let catalogue = Catalogue::builtin();
    for level in Level::ALL {
        let policy = Arc::new(matrix::level_on_everything(catalogue, level));
        assert_eq!(shown(&policy), permitted(&policy), "{level} on everything");
    }
}

#[test]
fn the_matrix_says_what_decide_does_where_entries_overlap() {
    let policy = policy(
        "[access]\ncustomers = \"full\"\nnotes = \"read\"\n\n\
         [actions]\ndelete_customers = \"off\"\nadd_internal_notes = \"full\"\n\n\
         [operations]\n\"notes.create\" = \"off\"\n",
    );
    assert_eq!(shown(&policy), permitted(&policy));
    let rows = matrix::rows(Catalogue::builtin(), &policy, &now());
    let row = |id: &str| rows.iter().find(|row| row.operation.id().as_str() == id).unwrap();
    assert_eq!(row("customers.delete").place().unwrap().line, 10);
    assert_eq!(row("customers.delete").settled(), Level::Off);
    assert_eq!(row("customers.get").settled(), Level::Full);
    assert_eq!(row("teams.get").settled(), Level::Off);
    assert_eq!(row("teams.get").place(), None);
}

#[test]
fn the_matrix_of_an_expired_agent_permits_nothing() {
    let policy = whole_policy(
        "[agent]\nid = \"bot\"\nowner = \"ops@example.com\"\nexpires = 2027-06-30\n\n\
         [access]\ncustomers = \"full\"\n",
    );
    let count = |time: &str| {
        let facts = Facts::at(time.parse().unwrap());
        let rows = matrix::rows(Catalogue::builtin(), &policy, &facts);
        rows.iter().filter(|row| row.permitted).count()
    };
    assert!(count("2027-06-30T12:00:00Z") > 0);
    assert_eq!(count("2027-07-01T12:00:00Z"), 0);
}

fn shown(policy: &policy::Policy) -> Vec<(String, bool)> {
    let rows = matrix::rows(Catalogue::builtin(), policy, &now());
    rows.iter().map(|row| (row.operation.id().to_string(), row.permitted)).collect()
}
