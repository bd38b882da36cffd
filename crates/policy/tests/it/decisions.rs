//! What a decision carries: the entry that settled it, each lack, and the policy it was made by.

use std::sync::Arc;

use catalogue::{Catalogue, Identified, Level};
use policy::{Decision, EntryName, Facts, Reason, decide};

use crate::scene::{denial, identify, now, permit, policy, request, whole_policy};

const EXPIRING: &str = "[agent]\nid = \"bot\"\nowner = \"ops@example.com\"\nexpires = 2027-06-30\n\n\
                        [access]\ncustomers = \"full\"\n";

fn at(time: &str) -> Facts<'static> {
    Facts::at(time.parse().unwrap())
}

#[test]
fn a_permit_names_the_entry_for_each_demand() {
    let policy = policy("[access]\ncustomers = \"write\"\n");
    let permit = permit(&policy, "customers.update");
    let [grant] = permit.grants().collect::<Vec<_>>()[..] else { panic!("one demand, one grant") };
    assert_eq!(*grant.demand, permit.asked().demands()[0]);
    assert_eq!(grant.demand.level, Level::Write);
    assert_eq!(grant.entry.name.to_string(), "customers");
    assert!(matches!(grant.entry.name, EntryName::Resource(_)));
    assert_eq!(permit.settled_by(), Some(&grant.entry.place));
    assert_eq!(permit.settled_by().unwrap().to_string(), "policies/bot.toml:6");
    assert_eq!(permit.asked().operation().id().as_str(), "customers.update");
    assert!(Arc::ptr_eq(permit.policy(), &policy));
}

#[test]
fn a_denial_names_what_lacks_and_the_entry_that_gives_too_little() {
    let policy = policy("[access]\ncustomers = \"read\"\n");
    let denial = denial(&policy, "customers.delete");
    let Reason::NotGranted(lacks) = denial.reason() else { panic!("something lacks") };
    assert_eq!(lacks.len(), 1);
    assert_eq!(lacks[0].demand.resource.as_str(), "customers");
    assert_eq!(lacks[0].demand.level, Level::Full);
    assert_eq!(lacks[0].entry.as_ref().unwrap().level, Level::Read);
    assert_eq!(denial.settled_by().unwrap().to_string(), "policies/bot.toml:6");
    assert!(matches!(denial.identified(), Identified::Known(_)));
    assert!(Arc::ptr_eq(denial.policy(), &policy));
}

#[test]
fn an_unknown_operation_is_denied_and_no_entry_is_blamed() {
    let policy = policy("[access]\ncustomers = \"full\"\n");
    for (method, path) in [("GET", "/v1/nothing"), ("HEAD", "/v1/customers"), ("PUT", "/v1/teams")]
    {
        let decision = decide(&policy, identify(method, path), &now());
        let Decision::Denial(denial) = decision else { panic!("{method} {path} is permitted") };
        let Reason::UnknownOperation(unknown) = denial.reason() else { panic!("it is unknown") };
        assert_eq!((unknown.method.as_str(), unknown.path.as_str()), (method, path));
        assert_eq!(denial.settled_by(), None);
    }
}

#[test]
fn an_agent_may_act_on_its_last_day_and_not_after() {
    let policy = whole_policy(EXPIRING);
    let read = || request("customers.get");
    let last = decide(&policy, read(), &at("2027-06-30T23:59:59Z"));
    assert!(matches!(last, Decision::Permit(_)));
    let after = decide(&policy, read(), &at("2027-07-01T00:00:00Z"));
    let Decision::Denial(denial) = after else { panic!("its term has ended") };
    let Reason::AgentExpired(end) = denial.reason() else { panic!("it expired") };
    assert_eq!(end.bound.to_string(), "2027-06-30");
    assert_eq!(end.place.to_string(), "policies/bot.toml:4");
    assert_eq!(denial.settled_by(), Some(&end.place));
}

#[test]
fn an_expired_agent_is_denied_everything_for_that_reason() {
    let policy = whole_policy(EXPIRING);
    let unknown = identify("GET", "/v1/nothing");
    let known = Catalogue::builtin().operations().map(|it| request(it.id().as_str()));
    for asked in known.chain([unknown]) {
        let decision = decide(&policy, asked, &at("2030-01-01T00:00:00Z"));
        let Decision::Denial(denial) = decision else { panic!("an expired agent is permitted") };
        assert!(matches!(denial.reason(), Reason::AgentExpired(_)));
    }
}
