//! The matrix says of which operations conditions have a say, whichever line they stand in.

use catalogue::Catalogue;
use policy::matrix;

use crate::scene::{now, policy};

fn conditions(tables: &str, operation: &str) -> (bool, Vec<String>) {
    let rows = matrix::rows(Catalogue::builtin(), &policy(tables), &now());
    let row = rows.iter().find(|row| row.operation.id().as_str() == operation).unwrap();
    (row.permitted, row.conditions().into_iter().map(str::to_owned).collect())
}

#[test]
fn an_operation_of_two_actions_depends_on_the_condition_of_either() {
    let tables = "[actions]\ncreate_tags = { level = \"full\", when = 'time.hour >= 9' }\n\
                  tag_conversations = \"write\"\n";
    let expected = (true, vec!["time.hour >= 9".to_owned()]);
    assert_eq!(conditions(tables, "conversations.add_tags"), expected);
}

#[test]
fn a_condition_without_a_say_is_not_shown() {
    let tables = "[access]\ntags = { level = \"read\", when = 'time.hour >= 9' }\n\
                  customers = \"read\"\n";
    assert_eq!(conditions(tables, "customers.get"), (true, Vec::new()));
}
