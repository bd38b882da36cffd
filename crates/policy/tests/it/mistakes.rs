//! What a person is shown for each kind of mistake with roles, windows and modes.

use catalogue::Catalogue;
use insta::assert_snapshot;
use policy::{PolicySet, Source};

use crate::scene::AGENT;

const READER: &str = "[role]\nid = \"reader\"\n\n[access]\ncustomers = \"read\"\n";

/// One line for each fault of these files, or its picture where there is one fault.
#[track_caller]
fn shown(sources: &[Source]) -> String {
    let found =
        PolicySet::load(sources, Catalogue::builtin()).expect_err("the mistake was not seen");
    if found.0.len() == 1 { found.render(false) } else { found.to_string() }
}

/// The faults of a policy with these lines in `[agent]`, beside the role `reader`.
#[track_caller]
fn agent(lines: &str) -> String {
    let text = format!("[agent]\nid = \"bot\"\nowner = \"ops\"\n{lines}\n");
    shown(&[Source::role("policies/roles/reader.toml", READER), Source::policy("bot.toml", text)])
}

/// The faults of a policy with these tables beside `[agent]`.
#[track_caller]
fn tables(tables: &str) -> String {
    shown(&[Source::policy("bot.toml", format!("{AGENT}{tables}"))])
}

/// The faults of a role of this text.
#[track_caller]
fn role(text: &str) -> String {
    shown(&[Source::role("policies/roles/reader.toml", text)])
}

#[test]
fn a_role_that_is_not_there_gets_the_nearest_one() {
    assert_snapshot!(agent("roles = [\"raeder\"]"), @r##"
    error[unknown-role]: unknown role `raeder`
     --> bot.toml:4:10
      |
    4 | roles = ["raeder"]
      |          ^^^^^^^^
      |
      = help: did you mean `reader`?
    "##);
    assert_snapshot!(agent("roles = [\"accountant\"]"), @r##"
    error[unknown-role]: unknown role `accountant`
     --> bot.toml:4:10
      |
    4 | roles = ["accountant"]
      |          ^^^^^^^^^^^^
      |
      = help: the roles are: reader
    "##);
    assert_snapshot!(agent("roles = \"reader\""), @r##"
    error[wrong-type]: `roles` must be a list of strings, not a string
     --> bot.toml:4:9
      |
    4 | roles = "reader"
      |         ^^^^^^^^ expected a list of strings
      |
      = help: write it in brackets: roles = ["reader"]
    "##);
    assert_snapshot!(agent("roles = [\"reader\", \"reader\"]"), @r##"
    error[duplicate-key]: role `reader` is listed twice
     --> bot.toml:4:20
      |
    4 | roles = ["reader", "reader"]
      |                    ^^^^^^^^
      |
      = help: a role that is taken twice gives no more than once: leave one out
    "##);
    let without_roles = format!("{AGENT}roles = [\"reader\"]\n");
    assert_snapshot!(shown(&[Source::policy("bot.toml", without_roles)]), @r##"
    error[unknown-role]: unknown role `reader`
     --> bot.toml:5:10
      |
    5 | roles = ["reader"]
      |          ^^^^^^^^
      |
      = help: there are no roles: each is a file in the folder `roles` beside the policies
    "##);
}

#[test]
fn roles_outside_of_the_agents_table_are_sent_there() {
    let text = format!("roles = [\"reader\"]\nmode = \"observe\"\n{AGENT}");
    assert_snapshot!(shown(&[Source::policy("bot.toml", text)]), @r##"
    bot.toml:1:1: error: `roles` stands outside of every table (move it into [agent], below the line `[agent]`)
    bot.toml:2:1: error: `mode` stands outside of every table (move it into [agent], below the line `[agent]`)
    "##);
    assert_snapshot!(tables("[access]\nroles = [\"reader\"]\nexpires = 2027-06-30\n"), @r##"
    bot.toml:6:1: error: unknown resource `roles` (`roles` belongs in [agent])
    bot.toml:6:9: error: `roles` must be one of "off", "read", "write", "full", not a list (write one of them: roles = "...")
    bot.toml:7:1: error: unknown resource `expires` (`expires` belongs in [agent]; of one entry it stands in braces: name = { level = "read", expires = ... })
    bot.toml:7:11: error: `expires` must be one of "off", "read", "write", "full", not a date or time
    "##);
}

#[test]
fn a_role_is_defined_once_and_by_its_file() {
    let twice = [Source::role("roles/a.toml", READER), Source::role("roles/b.toml", READER)];
    assert_snapshot!(shown(&twice), @r##"
    error[duplicate-role]: role `reader` is already defined at roles/a.toml:1
     --> roles/b.toml:2:6
      |
    2 | id = "reader"
      |      ^^^^^^^^
      |
      = help: merge the two files, or give one of the roles another id
    "##);
    assert_snapshot!(role("[role]\nid = \"Reader\"\n"), @r##"
    error[invalid-id]: a role's id holds a character that is not one of a-z, 0-9 and `-`
     --> policies/roles/reader.toml:2:6
      |
    2 | id = "Reader"
      |      ^^^^^^^^
      |
      = help: write it like `reader`: lower-case letters, digits and `-`
    "##);
    assert_snapshot!(role("[role]\npurpose = \"\"\n"), @r##"
    policies/roles/reader.toml:1:2: error: [role] lacks the key `id` (add: id = "...")
    policies/roles/reader.toml:2:11: error: `purpose` is empty (write what people know it by, such as purpose = "Order Bot")
    "##);
    assert_snapshot!(role("[access]\ncustomers = \"read\"\n"), @r##"
    error[missing-key]: the file lacks the table [role]
     --> policies/roles/reader.toml:1:1
      |
    1 | [access]
      | ^
      |
      = help: add a line [role], and its keys beneath it
    "##);
}

#[test]
fn what_only_a_policy_can_say_is_refused_in_a_role() {
    assert_snapshot!(role("[role]\nid = \"reader\"\nroles = [\"other\"]\n"), @r##"
    error[misplaced-key]: a role has no `roles`
     --> policies/roles/reader.toml:3:1
      |
    3 | roles = ["other"]
      | ^^^^^
      |
      = help: a role is made of entries alone: a policy takes as many roles as it needs
    "##);
    assert_snapshot!(role("[role]\nid = \"reader\"\n[only]\nklasses = [\"order\"]\n"), @r##"
    error[misplaced-key]: a role has no `only`
     --> policies/roles/reader.toml:3:2
      |
    3 | [only]
      |  ^^^^
      |
      = help: a role gives and confines nobody: write [only] in the policies that take it
    "##);
    assert_snapshot!(role("[agent]\nid = \"bot\"\nowner = \"ops\"\n"), @r##"
    policies/roles/reader.toml:1:1: error: the file lacks the table [role] (add a line [role], and its keys beneath it)
    policies/roles/reader.toml:1:2: error: a role has no `agent` (a role has a [role] table in its place; agents are described by policies)
    "##);
    assert_snapshot!(role("[role]\nid = \"reader\"\n[acess]\ncustomers = \"read\"\n"), @r##"
    error[unknown-key]: unknown key `acess`
     --> policies/roles/reader.toml:3:2
      |
    3 | [acess]
      |  ^^^^^ not a key of the file
      |
      = help: did you mean `access`?
    "##);
}

#[test]
fn a_policy_is_not_told_that_a_role_is_missing_whose_file_is_wrong() {
    let wrong = READER.replace("customers", "custmers");
    let policy = AGENT.replace("owner", "roles = [\"reader\"]\nowner");
    let sources = [Source::role("roles/a.toml", wrong), Source::policy("bot.toml", policy)];
    assert_snapshot!(shown(&sources), @r##"
    error[unknown-resource]: unknown resource `custmers`
     --> roles/a.toml:5:1
      |
    5 | custmers = "read"
      | ^^^^^^^^
      |
      = help: did you mean `customers`?
    "##);
}

#[test]
fn a_mode_that_is_none_gets_the_nearest_one() {
    assert_snapshot!(agent("mode = \"suspend\""), @r##"
    error[invalid-mode]: unknown mode `suspend`
     --> bot.toml:4:8
      |
    4 | mode = "suspend"
      |        ^^^^^^^^^ expected enforce, observe or suspended
      |
      = help: did you mean `suspended`?
    "##);
    assert_snapshot!(agent("mode = \"off\""), @r##"
    error[invalid-mode]: unknown mode `off`
     --> bot.toml:4:8
      |
    4 | mode = "off"
      |        ^^^^^ expected enforce, observe or suspended
      |
      = help: enforce refuses what is not granted, suspended refuses everything
    "##);
    assert_snapshot!(agent("mode = true"), @r##"
    error[wrong-type]: `mode` must be a string, not true or false
     --> bot.toml:4:8
      |
    4 | mode = true
      |        ^^^^ expected a string
    "##);
}

#[test]
fn an_agent_is_observed_only_where_the_settings_allow_it() {
    assert_snapshot!(agent("mode = \"observe\""), @r##"
    error[observe-not-allowed]: this gateway does not let agents be observed
     --> bot.toml:4:8
      |
    4 | mode = "observe"
      |        ^^^^^^^^^
      |
      = help: an observed agent is refused nothing for want of a grant, so the settings must allow it: `allow_observe = true` in [policies]; or write mode = "enforce"
    "##);
}

#[test]
fn a_time_that_could_be_meant_in_two_ways_is_refused() {
    assert_snapshot!(agent("expires = 2027-06-30T18:00:00"), @r##"
    error[invalid-date]: `expires` is a time of no place: it has no offset from UTC
     --> bot.toml:4:11
      |
    4 | expires = 2027-06-30T18:00:00
      |           ^^^^^^^^^^^^^^^^^^^ expected a date, or a date with time and offset
      |
      = help: write expires = 2027-06-30T18:00:00Z for UTC, or with the offset, such as 2027-06-30T18:00:00+01:00
    "##);
    assert_snapshot!(agent("not_before = 18:00:00"), @r##"
    error[invalid-date]: `not_before` is a time of no day
     --> bot.toml:4:14
      |
    4 | not_before = 18:00:00
      |              ^^^^^^^^ expected a date, or a date with time and offset
      |
      = help: write the first day, which counts whole and in UTC: not_before = 2027-06-30; or an instant: not_before = 2027-06-30T18:00:00+02:00
    "##);
    assert_snapshot!(agent("not_before = \"2027-06-30\""), @r##"
    error[wrong-type]: `not_before` must be a date or time, not a string
     --> bot.toml:4:14
      |
    4 | not_before = "2027-06-30"
      |              ^^^^^^^^^^^^ expected a date or time
      |
      = help: write it without quotes: not_before = 2027-06-30
    "##);
    assert_snapshot!(agent("expires = 2027-06-30T23:59:60Z"), @r##"
    error[invalid-date]: `expires` is no moment that a calendar has
     --> bot.toml:4:11
      |
    4 | expires = 2027-06-30T23:59:60Z
      |           ^^^^^^^^^^^^^^^^^^^^ expected a date, or a date with time and offset
      |
      = help: write the last day, which counts whole and in UTC: expires = 2027-06-30; or an instant: expires = 2027-06-30T18:00:00+02:00
    "##);
}

#[test]
fn a_window_that_is_never_open_is_refused() {
    assert_snapshot!(agent("not_before = 2027-07-01\nexpires = 2027-06-30"), @r##"
    error[invalid-window]: this ends on 2027-06-30 and begins only on 2027-07-01
     --> bot.toml:5:11
      |
    5 | expires = 2027-06-30
      |           ^^^^^^^^^^
      |
      = help: `expires` is the last day that counts, or the instant from which nothing does; write one that comes after `not_before`
    "##);
    assert_snapshot!(
        agent("not_before = 2027-07-01T10:00:00Z\nexpires = 2027-07-01T12:00:00+02:00"), @r##"
    error[invalid-window]: this ends on 2027-07-01T12:00:00+02:00 and begins only on 2027-07-01T10:00:00Z
     --> bot.toml:5:11
      |
    5 | expires = 2027-07-01T12:00:00+02:00
      |           ^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: `expires` is the last day that counts, or the instant from which nothing does; write one that comes after `not_before`
    "##
    );
    assert_snapshot!(
        tables("[access]\ncustomers = { level = \"read\", not_before = 2027-07-01, expires = 2027-06-30 }\n"), @r##"
    error[invalid-window]: this ends on 2027-06-30 and begins only on 2027-07-01
     --> bot.toml:6:66
      |
    6 | customers = { level = "read", not_before = 2027-07-01, expires = 2027-06-30 }
      |                                                                  ^^^^^^^^^^
      |
      = help: `expires` is the last day that counts, or the instant from which nothing does; write one that comes after `not_before`
    "##
    );
}

#[test]
fn an_entry_of_off_has_no_window() {
    assert_snapshot!(tables("[actions]\ndelete_customers = { level = \"off\", expires = 2027-06-30 }\n"), @r##"
    error[off-with-condition]: an entry of off counts at all times
     --> bot.toml:6:47
      |
    6 | delete_customers = { level = "off", expires = 2027-06-30 }
      |                                               ^^^^^^^^^^
      |
      = help: an entry gives nothing outside of its window, and off gives nothing within it; to allow something for a time, give a level and the time in which it counts
    "##);
}

#[test]
fn a_table_of_an_entry_is_read_as_strictly_as_any_other() {
    assert_snapshot!(tables("[access]\ncustomers = { expires = 2027-06-30 }\n"), @r##"
    error[missing-key]: the entry of `customers` lacks the key `level`
     --> bot.toml:6:1
      |
    6 | customers = { expires = 2027-06-30 }
      | ^^^^^^^^^
      |
      = help: add `level`, one of "off", "read", "write", "full"
    "##);
    assert_snapshot!(tables("[access]\ncustomers = { lvl = \"read\" }\n"), @r##"
    bot.toml:6:1: error: the entry of `customers` lacks the key `level` (add `level`, one of "off", "read", "write", "full")
    bot.toml:6:15: error: unknown key `lvl` (the entry of `customers` takes: level, not_before, expires, when)
    "##);
    assert_snapshot!(tables("[access]\ncustomers = { level = \"reed\", until = 2027-06-30 }\n"), @r##"
    bot.toml:6:23: error: unknown level `reed` (did you mean `read`?)
    bot.toml:6:31: error: unknown key `until` (the entry of `customers` takes: level, not_before, expires, when)
    "##);
    assert_snapshot!(tables("[access]\ncustomers = {}\n"), @r##"
    error[missing-key]: the entry of `customers` lacks the key `level`
     --> bot.toml:6:1
      |
    6 | customers = {}
      | ^^^^^^^^^
      |
      = help: add `level`, one of "off", "read", "write", "full"
    "##);
    assert_snapshot!(tables("[access]\ncustomers = [\"read\"]\n"), @r##"
    error[wrong-type]: `customers` must be one of "off", "read", "write", "full", not a list
     --> bot.toml:6:13
      |
    6 | customers = ["read"]
      |             ^^^^^^^^ expected one of "off", "read", "write", "full"
      |
      = help: write one of them: customers = "..."
    "##);
    assert_snapshot!(tables("[access]\ncustmers = { level = \"reed\" }\n"), @r##"
    bot.toml:6:1: error: unknown resource `custmers` (did you mean `customers`?)
    bot.toml:6:22: error: unknown level `reed` (did you mean `read`?)
    "##);
}

#[test]
fn a_klass_that_is_called_as_a_key_of_an_entry_is_told_from_one_by_how_it_is_written() {
    assert_snapshot!(tables("[access]\nkobjects.level = \"read\"\n"), @r##"
    error[invalid-klass]: `kobjects.level` could mean two things
     --> bot.toml:6:10
      |
    6 | kobjects.level = "read"
      |          ^^^^^
      |
      = help: for all of kobjects write it in braces: kobjects = { level = "read", ... }; for a klass `level` write it in quotes: "kobjects.level" = "read"
    "##);
    assert_snapshot!(tables("[access.kobjects]\nlevel = \"read\"\nexpires = 2027-06-30\n"), @r##"
    bot.toml:6:1: error: `kobjects.level` could mean two things (for all of kobjects write it in braces: kobjects = { level = "read", ... }; for a klass `level` write it in quotes: "kobjects.level" = "read")
    bot.toml:7:1: error: `kobjects.expires` could mean two things (for all of kobjects write it in braces: kobjects = { level = "read", ... }; for a klass `expires` write it in quotes: "kobjects.expires" = "read")
    "##);
}
