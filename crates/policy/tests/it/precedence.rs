//! Which entry settles a demand: the most specific one, and the stricter of several actions.

use catalogue::{Because, Catalogue, Demand, Level};

use crate::scene::{denial, now, permit, policy};

#[test]
fn what_no_entry_speaks_of_is_denied() {
    let policy = policy("[access]\ncustomers = \"full\"\n");
    let denial = denial(&policy, "conversations.get");
    assert_eq!(denial.settled_by(), None);
}

#[test]
fn a_read_grant_permits_a_read_and_no_update() {
    let policy = policy("[access]\ncustomers = \"read\"\n");
    permit(&policy, "customers.get");
    denial(&policy, "customers.update");
    denial(&policy, "customers.delete");
}

#[test]
fn a_write_grant_does_not_permit_a_delete() {
    let policy = policy("[access]\ncustomers = \"write\"\n");
    permit(&policy, "customers.get");
    permit(&policy, "customers.update");
    denial(&policy, "customers.delete");
}

#[test]
fn a_full_grant_permits_everything_on_its_resource_alone() {
    let policy = policy("[access]\ncustomers = \"full\"\n");
    permit(&policy, "customers.delete");
    permit(&policy, "customers.bulk_delete");
    denial(&policy, "conversations.list_for_customer");
}

#[test]
fn an_action_switched_off_holds_where_its_resource_is_full() {
    let policy =
        policy("[access]\ncustomers = \"full\"\n\n[actions]\ndelete_customers = \"off\"\n");
    let denial = denial(&policy, "customers.delete");
    assert_eq!(denial.settled_by().unwrap().to_string(), "policies/bot.toml:9");
    crate::scene::denial(&policy, "customers.bulk_delete");
    permit(&policy, "customers.update");
}

#[test]
fn an_action_grants_just_its_operations_where_the_resource_is_off() {
    let policy = policy("[access]\nnotes = \"off\"\n\n[actions]\nadd_internal_notes = \"full\"\n");
    let permit = permit(&policy, "notes.create_for_conversation");
    assert_eq!(permit.settled_by().unwrap().to_string(), "policies/bot.toml:9");
    denial(&policy, "notes.get");
    denial(&policy, "notes.delete");
}

#[test]
fn an_action_with_too_low_a_level_is_a_denial_even_where_the_resource_would_do() {
    let policy = policy("[access]\nnotes = \"full\"\n\n[actions]\nadd_internal_notes = \"read\"\n");
    let denial = denial(&policy, "notes.create_for_conversation");
    assert_eq!(denial.settled_by().unwrap().line, 9);
}

#[test]
fn of_several_actions_the_stricter_one_wins_in_either_order() {
    for (reply, send) in [("full", "off"), ("off", "full")] {
        let policy = policy(&format!(
            "[actions]\nreply_to_customers = \"{reply}\"\nsend_outbound = \"{send}\"\n"
        ));
        let denial = denial(&policy, "drafts.create_for_customer");
        let off_line = if send == "off" { 7 } else { 6 };
        assert_eq!(denial.settled_by().unwrap().line, off_line);
    }
    let policy = policy("[actions]\nreply_to_customers = \"full\"\nsend_outbound = \"write\"\n");
    assert_eq!(
        permit(&policy, "drafts.create_for_customer").grants().next().unwrap().entry.level,
        Level::Write
    );
}

#[test]
fn an_operation_entry_wins_over_its_actions_and_its_resource() {
    let policy = policy(
        "[access]\nnotes = \"full\"\n\n[actions]\nadd_internal_notes = \"full\"\n\n\
         [operations]\n\"notes.create\" = \"off\"\n\"notes.delete\" = \"read\"\n",
    );
    assert_eq!(denial(&policy, "notes.create").settled_by().unwrap().line, 12);
    assert_eq!(denial(&policy, "notes.delete").settled_by().unwrap().line, 13);
    permit(&policy, "notes.create_for_conversation");

    let policy = crate::scene::policy(
        "[actions]\ndelete_customers = \"off\"\n\n[operations]\n\"customers.delete\" = \"full\"\n",
    );
    permit(&policy, "customers.delete");
    denial(&policy, "customers.bulk_delete");
}

#[test]
fn an_operation_entry_grants_that_operation_only() {
    let policy = policy("[operations]\n\"customers.update\" = \"write\"\n");
    permit(&policy, "customers.update");
    denial(&policy, "customers.patch");
    denial(&policy, "customers.get");
}

#[test]
fn an_operation_entry_still_needs_the_level_of_the_operation() {
    let policy = policy("[operations]\n\"customers.delete\" = \"write\"\n");
    denial(&policy, "customers.delete");
}

#[test]
fn a_demand_on_another_resource_is_settled_by_that_resource_only() {
    let policy = policy(
        "[access]\nconversations = \"read\"\n\n[actions]\nsearch_customers = \"full\"\n\n\
         [operations]\n\"search.customers\" = \"full\"\n",
    );
    let catalogue = Catalogue::builtin();
    let search = catalogue.operation("search.customers").unwrap();
    let settled = |resource: &str| {
        let resource = catalogue.resource(resource).unwrap().id().clone();
        let demand = Demand {
            resource,
            klass: None,
            level: Level::Read,
            because: Because::Operation,
            acts_as: None,
        };
        policy
            .settles(search, &demand, &policy::Occasion::at_large(&now()))
            .map(|entry| entry.place.line)
    };
    assert_eq!(settled("search"), Some(12), "its own resource: the operation's entry");
    assert_eq!(settled("conversations"), Some(6), "another one: that one's entry");
    assert_eq!(settled("messages"), None, "another one that the policy does not list");
}
