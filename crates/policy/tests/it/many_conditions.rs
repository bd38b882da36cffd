//! More conditions than can be tried in every combination: what could be a gain is shown as one.

use catalogue::Catalogue;
use policy::compare::{Way, compare};
use policy::{PolicySet, Source};

use crate::scene::{AGENT, now, source};

/// A policy whose operations each take roles with a condition, so that all of them have a say at once.
fn set(hours: &[u8]) -> PolicySet {
    let names: Vec<String> = (0..hours.len()).map(|at| format!("role-{at}")).collect();
    let head = AGENT.replace("owner", &format!("roles = {names:?}\nowner"));
    let mut sources = vec![source("policies/bot.toml", &head)];
    for (name, hour) in names.iter().zip(hours) {
        let when = format!("{{ level = \"full\", when = 'time.hour == {hour}' }}");
        let text = format!("[role]\nid = \"{name}\"\n[access]\ntags = {when}\n");
        sources.push(Source::role(format!("policies/roles/{name}.toml"), text));
    }
    PolicySet::load(&sources, Catalogue::builtin()).expect("the policies are good")
}

/// Which ways the operation that lists tags moves.
fn ways(before: &[u8], after: &[u8]) -> Vec<Way> {
    let changes = compare(Catalogue::builtin(), &set(before), &set(after), now().now);
    let moves = changes.iter().flat_map(|change| &change.moves);
    moves.filter(|it| it.operation.id().as_str() == "tags.list").map(|it| it.way).collect()
}

#[test]
fn one_condition_in_the_place_of_another_among_very_many_is_a_gain() {
    assert_eq!(ways(&[1, 2, 3, 4, 5, 6, 7], &[1, 2, 3, 4, 5, 6, 8]), [Way::Gained]);
    assert_eq!(ways(&[1, 2], &[1, 3]), [Way::Gained]);
}

#[test]
fn very_many_conditions_that_stay_the_same_are_no_change() {
    assert_eq!(ways(&[1, 2, 3, 4, 5, 6, 7], &[7, 6, 5, 4, 3, 2, 1]), []);
}
