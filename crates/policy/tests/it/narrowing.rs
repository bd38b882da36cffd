//! What a policy says of klasses and of the records it confines an agent to: good files, bad ones, and
//! what changed between two.

use std::sync::Arc;

use catalogue::{Catalogue, Identified, Level};
use policy::{Decision, PolicySet, Reason, decide, matrix};

use crate::scene::{AGENT, identify, now, policy, source};

/// Every fault of a policy with these tables.
fn faults(tables: &str) -> String {
    let sources = [source("bot.toml", &format!("{AGENT}{tables}"))];
    match PolicySet::load(&sources, Catalogue::builtin()) {
        Ok(_) => "none".to_owned(),
        Err(faults) => faults.to_string(),
    }
}

#[track_caller]
fn check(tables: &str, expected: &str) {
    assert_eq!(faults(tables), expected);
}

#[test]
fn klasses_can_be_written_with_quotes_or_as_a_table_of_their_own() {
    check("[access]\nkobjects = \"read\"\n\"kobjects.order\" = \"write\"\n", "none");
    check("[access]\nkobjects.order = \"write\"\nkobjects.invoice = \"read\"\n", "none");
    check("[access.kobjects]\norder = \"write\"\n", "none");
}

#[test]
fn a_wrong_klass_is_told_with_its_place() {
    check(
        "[access]\n\"customers.vip\" = \"read\"\n",
        "bot.toml:6:1: error: unknown resource `customers.vip` (`customers` has no klasses, \
         and no operation of that name)",
    );
    check(
        "[access]\nkobjects.\"a b\" = \"read\"\n",
        "bot.toml:6:10: error: `a b` is no name of a klass (write it as Kustomer names it)",
    );
    check(
        "[access]\nkobjects.order = \"reed\"\n",
        "bot.toml:6:18: error: unknown level `reed` (did you mean `read`?)",
    );
    check(
        "[access]\n\"kobjects.order\" = \"read\"\n\"kobjects.Order\" = \"off\"\n",
        "bot.toml:7:1: error: `kobjects.order` has two lines (a klass is the \
         same in large and small letters; keep one of the lines)",
    );
}

#[test]
fn what_is_wrong_in_only_is_told_with_its_place() {
    check("[only]\ncustomers = []\nklasses = [\"order\"]\n", "none");
    check(
        "[only]\ncustomer = []\n",
        "bot.toml:6:1: error: an agent cannot be confined to some `customer` (did you mean `customers`?)",
    );
    check(
        "[only]\ncustomers = [\"ada@example.com\"]\n",
        "bot.toml:6:14: error: `ada@example.com` is no id of a customer (write the \
         id that Kustomer's answers show, such as \"5f1a2b3c4d5e6f708192a3b4\")",
    );
    check(
        "[only]\nteams = \"5f1a2b3c4d5e6f708192a3b4\"\n",
        "bot.toml:6:9: error: `teams` must be a list of strings, not a string (write it in brackets: \
         teams = [\"5f1a2b3c4d5e6f708192a3b4\"])",
    );
}

#[test]
fn an_operation_on_any_klass_is_settled_by_the_lowest_line() {
    let settled = |tables: &str, klass: &str| {
        let policy = policy(tables);
        let asked = identify("GET", &format!("/v1/klasses/{klass}"));
        matches!(decide(&policy, asked, &now()), Decision::Permit(_))
    };
    let tables = "[access]\nkobjects = \"read\"\n\"kobjects.secret\" = \"off\"\n";
    assert!(settled(tables, "order"));
    assert!(!settled(tables, "secret") && !settled(tables, "SECRET"));
    let policy = policy(tables);
    let demand = catalogue::Demand {
        resource: Catalogue::builtin().resource("kobjects").unwrap().id().clone(),
        klass: None,
        level: Level::Read,
        because: catalogue::Because::Operation,
        acts_as: None,
    };
    let search = Catalogue::builtin().operation("search.customers").unwrap();
    assert_eq!(
        policy.settles(search, &demand, &policy::Occasion::at_large(&now())).unwrap().level,
        Level::Off
    );
}

#[test]
fn what_changed_in_klasses_and_in_only_is_said() {
    let set = |tables: &str| {
        let sources = [source("bot.toml", &format!("{AGENT}{tables}"))];
        PolicySet::load(&sources, Catalogue::builtin()).unwrap()
    };
    let was = set("[access]\n\"kobjects.order\" = \"read\"\n[only]\nklasses = [\"order\"]\n");
    let now = set("[access]\n\"kobjects.order\" = \"write\"\n[only]\nklasses = []\n");
    assert_eq!(
        crate::scene::changes(&now, &was),
        ["bot: kobjects.order read to write", "bot: only klasses order to none"]
    );
}

#[test]
fn a_request_whose_body_was_not_read_is_never_permitted() {
    let catalogue = Catalogue::builtin();
    let named = catalogue.operations().filter(|it| it.only_by_name().is_some());
    let named: Vec<String> = named.map(|it| format!("\"{}\" = \"full\"\n", it.id())).collect();
    let resources = catalogue.resources();
    let all: Vec<String> = resources.map(|it| format!("{} = \"full\"\n", it.id())).collect();
    let policy = policy(&format!("[access]\n{}[operations]\n{}", all.concat(), named.concat()));
    let mut unread = 0;
    for operation in catalogue.operations() {
        let target = operation.example_target();
        let identified = catalogue.identify(operation.method().as_str(), &target).unwrap();
        let Identified::Known(asked) = &identified else { panic!("known") };
        let wants_body = asked.wants_body();
        let permitted = match decide(&policy, identified, &now()) {
            Decision::Permit(_) => true,
            Decision::Denial(denial) => {
                assert_eq!(*denial.reason(), Reason::BodyNotRead, "{}", operation.id());
                false
            }
        };
        assert_eq!(permitted, !wants_body, "{}", operation.id());
        unread += u32::from(wants_body);
    }
    assert!(unread > 50, "{unread}");
}

#[test]
fn an_operation_that_must_be_named_is_granted_by_nothing_else() {
    let full = Arc::new(matrix::level_on_everything(Catalogue::builtin(), Level::Full));
    for operation in Catalogue::builtin().operations() {
        if operation.only_by_name().is_none() {
            continue;
        }
        let asked = || Identified::Known(Catalogue::builtin().example(operation).unwrap());
        assert!(
            matches!(decide(&full, asked(), &now()), Decision::Denial(_)),
            "{}",
            operation.id()
        );
        assert_eq!(operation.level(), Level::Full, "{}", operation.id());
    }
}
