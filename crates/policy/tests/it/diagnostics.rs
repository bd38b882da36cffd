//! What a person is shown for each kind of mistake in a policy.

use catalogue::Catalogue;
use insta::assert_snapshot;
use policy::{PolicySet, Source};

use crate::scene::{AGENT, source};

/// The faults of the policy with these tables beside `[agent]`.
#[track_caller]
fn shown(tables: &str) -> String {
    shown_whole(&format!("{AGENT}{tables}"))
}

#[track_caller]
fn shown_whole(text: &str) -> String {
    shown_all(&[source("policies/bot.toml", text)])
}

#[track_caller]
fn shown_all(sources: &[Source]) -> String {
    match PolicySet::load(sources, Catalogue::builtin()) {
        Ok(_) => panic!("the mistake was not seen"),
        Err(found) => found.render(false),
    }
}

/// One line for each fault.
#[track_caller]
fn lines(text: &str) -> String {
    let sources = [source("policies/bot.toml", text)];
    PolicySet::load(&sources, Catalogue::builtin()).unwrap_err().to_string()
}

#[test]
fn a_misspelt_resource_gets_the_nearest_one() {
    assert_snapshot!(shown("[access]\nconversation = \"read\"\n"), @r##"
    error[unknown-resource]: unknown resource `conversation`
     --> policies/bot.toml:6:1
      |
    6 | conversation = "read"
      | ^^^^^^^^^^^^
      |
      = help: did you mean `conversations`?
    "##);
}

#[test]
fn an_action_among_the_resources_is_sent_to_its_table() {
    assert_snapshot!(shown("[access]\ndelete_customers = \"off\"\n"), @r##"
    error[unknown-resource]: unknown resource `delete_customers`
     --> policies/bot.toml:6:1
      |
    6 | delete_customers = "off"
      | ^^^^^^^^^^^^^^^^
      |
      = help: `delete_customers` is an action: move it to [actions]
    "##);
}

#[test]
fn a_resource_among_the_actions_is_sent_to_its_table() {
    assert_snapshot!(shown("[actions]\nnotes = \"full\"\n"), @r##"
    error[unknown-action]: unknown action `notes`
     --> policies/bot.toml:6:1
      |
    6 | notes = "full"
      | ^^^^^
      |
      = help: `notes` is a resource: move it to [access]
    "##);
}

#[test]
fn a_misspelt_action_gets_the_nearest_one() {
    assert_snapshot!(shown("[actions]\nreply_to_customer = \"full\"\n"), @r##"
    error[unknown-action]: unknown action `reply_to_customer`
     --> policies/bot.toml:6:1
      |
    6 | reply_to_customer = "full"
      | ^^^^^^^^^^^^^^^^^
      |
      = help: did you mean `reply_to_customers`?
    "##);
}

#[test]
fn a_misspelt_action_among_the_resources_gets_its_name_and_table() {
    assert_snapshot!(shown("[access]\nadd_internal_note = \"full\"\n"), @r##"
    error[unknown-resource]: unknown resource `add_internal_note`
     --> policies/bot.toml:6:1
      |
    6 | add_internal_note = "full"
      | ^^^^^^^^^^^^^^^^^
      |
      = help: did you mean the action `add_internal_notes`, in [actions]?
    "##);
}

#[test]
fn a_misspelt_operation_gets_the_nearest_one() {
    assert_snapshot!(shown("[operations]\n\"customers.updte\" = \"write\"\n"), @r##"
    error[unknown-operation]: unknown operation `customers.updte`
     --> policies/bot.toml:6:1
      |
    6 | "customers.updte" = "write"
      | ^^^^^^^^^^^^^^^^^
      |
      = help: did you mean `customers.update`?
    "##);
}

#[test]
fn an_operation_without_quotes_is_explained() {
    assert_snapshot!(shown("[operations]\ncustomers.update = \"write\"\n"), @r##"
    error[unknown-operation]: unknown operation `customers`
     --> policies/bot.toml:6:1
      |
    6 | customers.update = "write"
      | ^^^^^^^^^
      |
      = help: put an operation's name in quotes: "customers.update" = "..."
    "##);
}

#[test]
fn a_name_like_no_other_is_sent_to_the_list() {
    assert_snapshot!(shown("[access]\nqqqq = \"read\"\n"), @r##"
    error[unknown-resource]: unknown resource `qqqq`
     --> policies/bot.toml:6:1
      |
    6 | qqqq = "read"
      | ^^^^
      |
      = help: `kustodian catalogue list` shows every name
    "##);
}

#[test]
fn a_misspelt_level_gets_the_nearest_one() {
    assert_snapshot!(shown("[access]\ncustomers = \"Write\"\n"), @r##"
    error[unknown-level]: unknown level `Write`
     --> policies/bot.toml:6:13
      |
    6 | customers = "Write"
      |             ^^^^^^^ expected off, read, write or full
      |
      = help: did you mean `write`?
    "##);
}

#[test]
fn a_level_like_no_other_gets_all_of_them() {
    assert_snapshot!(shown("[access]\ncustomers = \"yes\"\n"), @r##"
    error[unknown-level]: unknown level `yes`
     --> policies/bot.toml:6:13
      |
    6 | customers = "yes"
      |             ^^^^^ expected off, read, write or full
      |
      = help: off gives nothing, read looks, write also changes, full also deletes
    "##);
}

#[test]
fn a_level_that_is_no_string_is_refused() {
    assert_snapshot!(shown("[access]\ncustomers = true\n"), @r##"
    error[wrong-type]: `customers` must be one of "off", "read", "write", "full", not true or false
     --> policies/bot.toml:6:13
      |
    6 | customers = true
      |             ^^^^ expected one of "off", "read", "write", "full"
      |
      = help: write one of them, in quotes: customers = "..."
    "##);
}

#[test]
fn an_operation_without_quotes_among_the_resources_is_refused() {
    assert_snapshot!(shown("[access]\ncustomers.update = \"write\"\n"), @r##"
    error[wrong-type]: `customers` must be a level, not a table
     --> policies/bot.toml:6:1
      |
    6 | customers.update = "write"
      | ^^^^^^^^^ a name with a dot is quoted
      |
      = help: if `customers.update` is an operation, write in [operations]: "customers.update" = "..."
    "##);
}

#[test]
fn an_unknown_table_gets_the_nearest_one() {
    assert_snapshot!(shown("[acces]\ncustomers = \"read\"\n"), @r##"
    error[unknown-key]: unknown key `acces`
     --> policies/bot.toml:5:2
      |
    5 | [acces]
      |  ^^^^^ not a key of the file
      |
      = help: did you mean `access`?
    "##);
}

#[test]
fn an_unknown_key_of_the_agent_gets_the_nearest_one() {
    let text = "[agent]\nid = \"bot\"\nowner = \"ops@example.com\"\nexpire = 2027-06-30\n";
    assert_snapshot!(shown_whole(text), @r##"
    error[unknown-key]: unknown key `expire`
     --> policies/bot.toml:4:1
      |
    4 | expire = 2027-06-30
      | ^^^^^^ not a key of [agent]
      |
      = help: did you mean `expires`?
    "##);
}

#[test]
fn a_missing_owner_is_asked_for() {
    assert_snapshot!(shown_whole("[agent]\nid = \"bot\"\n"), @r##"
    error[missing-key]: [agent] lacks the key `owner`
     --> policies/bot.toml:1:2
      |
    1 | [agent]
      |  ^^^^^
      |
      = help: add: owner = "..."
    "##);
}

#[test]
fn a_policy_about_nobody_is_refused() {
    assert_snapshot!(shown_whole("[access]\ncustomers = \"read\"\n"), @r##"
    error[missing-key]: the file lacks the table [agent]
     --> policies/bot.toml:1:1
      |
    1 | [access]
      | ^
      |
      = help: add a line [agent], and its keys beneath it
    "##);
    assert_snapshot!(lines(""), @r"
    policies/bot.toml:1:1: error: the file lacks the table [agent] (add a line [agent], and its keys beneath it)
    ");
}

#[test]
fn an_id_of_other_characters_is_refused() {
    let text = "[agent]\nid = \"Support Agent\"\nowner = \"ops@example.com\"\n";
    assert_snapshot!(shown_whole(text), @r##"
    error[invalid-id]: an agent's id holds a character that is not one of a-z, 0-9 and `-`
     --> policies/bot.toml:2:6
      |
    2 | id = "Support Agent"
      |      ^^^^^^^^^^^^^^^
      |
      = help: write it like `support-agent`: lower-case letters, digits and `-`
    "##);
}

#[test]
fn a_name_that_would_break_a_sentence_is_refused() {
    let with_name =
        |name: &str| lines(&format!("[agent]\nid = \"bot\"\nowner = \"ops\"\nname = \"{name}\"\n"));
    assert_snapshot!(with_name("   "), @r#"
    policies/bot.toml:4:8: error: `name` is empty (write what people know it by, such as name = "Order Bot")
    "#);
    assert_snapshot!(with_name("Bot\\nAdmin"), @r#"
    policies/bot.toml:4:8: error: `name` holds a line break or another character that cannot be seen (write what people know it by, such as name = "Order Bot")
    "#);
    assert_snapshot!(with_name("Bot\\u202e"), @r#"
    policies/bot.toml:4:8: error: `name` holds a line break or another character that cannot be seen (write what people know it by, such as name = "Order Bot")
    "#);
    assert_snapshot!(with_name(&"x".repeat(201)), @r#"
    policies/bot.toml:4:8: error: `name` is longer than 200 characters (write what people know it by, such as name = "Order Bot")
    "#);
}

#[test]
fn an_expiry_that_is_no_date_is_refused() {
    let with_expiry = |expires: &str| {
        shown_whole(&format!("[agent]\nid = \"bot\"\nowner = \"ops\"\nexpires = {expires}\n"))
    };
    assert_snapshot!(with_expiry("\"2027-06-30\""), @r##"
    error[wrong-type]: `expires` must be a date or time, not a string
     --> policies/bot.toml:4:11
      |
    4 | expires = "2027-06-30"
      |           ^^^^^^^^^^^^ expected a date or time
      |
      = help: write it without quotes: expires = 2027-06-30
    "##);
    assert_snapshot!(with_expiry("2027-02-30"), @r##"
    error[invalid-date]: there is no such date or time: expected day between 01 and 28
     --> policies/bot.toml:4:11
      |
    4 | expires = 2027-02-30
      |           ^^^^^^^^^^
      |
      = help: write it like 2027-06-30, or 2027-06-30T18:00:00+02:00
    "##);
}

#[test]
fn a_bad_limit_is_explained() {
    assert_snapshot!(shown("[limits]\nrequests = \"120/minute\"\n"), @r##"
    error[invalid-limit]: `minute` is no unit of time
     --> policies/bot.toml:6:12
      |
    6 | requests = "120/minute"
      |            ^^^^^^^^^^^^
      |
      = help: did you mean `min`?
    "##);
    assert_snapshot!(shown("[limits]\nrequests = 120\n"), @r##"
    error[wrong-type]: `requests` must be a limit such as "120/min", not a whole number
     --> policies/bot.toml:6:12
      |
    6 | requests = 120
      |            ^^^ expected a limit such as "120/min"
      |
      = help: write it in quotes, with its unit: requests = "120/min"
    "##);
    assert_snapshot!(shown("[limits]\nrequest = \"120/min\"\n"), @r##"
    error[unknown-key]: unknown key `request`
     --> policies/bot.toml:6:1
      |
    6 | request = "120/min"
      | ^^^^^^^ not a key of [limits]
      |
      = help: did you mean `requests`?
    "##);
}

#[test]
fn a_number_of_requests_at_once_is_above_zero() {
    for number in ["0", "-1", "4294967296"] {
        let shown = shown(&format!("[limits]\nin_flight = {number}\n"));
        assert!(
            shown.contains(&format!("error[invalid-limit]: `in_flight` is {number}\n")),
            "{shown}"
        );
        assert!(shown.contains("expected a number above zero"), "{shown}");
        assert!(shown.contains(" --> policies/bot.toml:6:13\n"), "{shown}");
    }
    let shown = shown("[limits]\nin_flight = \"20\"\n");
    assert!(shown.contains("`in_flight` must be a whole number, not a string"), "{shown}");
}

#[test]
fn a_certificate_that_cannot_be_told_from_others_is_refused() {
    let text = |name: &str| format!("{AGENT}client_certificate = \"{name}\"\n");
    assert_snapshot!(shown_whole(&text("*.example.com")), @r##"
    error[invalid-certificate]: a certificate is named by `sha256:`, `dns:` or `uri:` and what follows
     --> policies/bot.toml:5:22
      |
    5 | client_certificate = "*.example.com"
      |                      ^^^^^^^^^^^^^^^
      |
      = help: write it like "sha256:<64 digits>", "dns:bot.example.com" or "uri:spiffe://example.com/bot"
    "##);
    assert!(lines(&text("dns:*.example.com")).contains("this is no DNS name of one host"));
    assert!(lines(&text("sha256:abcd")).contains("has 64 hexadecimal digits"));
    assert!(lines(&text("uri:bot")).contains("this is no URI"));
}

#[test]
fn a_file_that_is_no_toml_is_refused() {
    assert_snapshot!(shown("[access\ncustomers = \"read\"\n"), @r##"
    error[unclosed]: the header of a table is not closed
     --> policies/bot.toml:5:1
      |
    5 | [access
      | ^^^^^^^ opened here
      |
      = help: write: [access]
    "##);
}

#[test]
fn a_name_twice_in_a_table_is_refused() {
    assert_snapshot!(shown("[access]\ncustomers = \"read\"\ncustomers = \"full\"\n"), @r##"
    error[duplicate-key]: `customers` stands twice in one table
     --> policies/bot.toml:7:1
      |
    7 | customers = "full"
      | ^^^^^^^^^ again
      |
     ::: policies/bot.toml:6:1
      |
    6 | customers = "read"
      | --------- first here
      |
      = help: keep one of the two lines
    "##);
}

#[test]
fn two_policies_of_one_agent_are_refused_with_both_places() {
    let files = [source("policies/b.toml", AGENT), source("policies/a.toml", AGENT)];
    assert_snapshot!(shown_all(&files), @r##"
    error[duplicate-agent]: agent `bot` already has a policy at policies/a.toml:2
     --> policies/b.toml:2:6
      |
    2 | id = "bot"
      |      ^^^^^
      |
     ::: policies/a.toml:2:6
      |
    2 | id = "bot"
      |      ----- first here
      |
      = help: an agent has one policy: merge the two files, or give one another id
    "##);
}

#[test]
fn all_mistakes_of_all_files_are_shown_at_once() {
    let files = [
        source(
            "policies/b.toml",
            "[agent]\nid = \"bot\"\n[access]\ncustomer = \"red\"\nteams = \"red\"\n",
        ),
        source(
            "policies/a.toml",
            "[agent]\nid = \"bot\"\nowner = \"\"\n[actions]\ncreate_tag = \"write\"\n",
        ),
        source("policies/c.toml", "agent"),
    ];
    let found = PolicySet::load(&files, Catalogue::builtin()).unwrap_err();
    assert_snapshot!(found, @r##"
    policies/a.toml:3:9: error: `owner` is empty (write what people know it by, such as owner = "Order Bot")
    policies/a.toml:5:1: error: unknown action `create_tag` (did you mean `create_tags`?)
    policies/b.toml:1:2: error: [agent] lacks the key `owner` (add: owner = "...")
    policies/b.toml:2:6: error: agent `bot` already has a policy at policies/a.toml:2 (an agent has one policy: merge the two files, or give one another id)
    policies/b.toml:4:1: error: unknown resource `customer` (did you mean `customers`?)
    policies/b.toml:4:12: error: unknown level `red` (did you mean `read`?)
    policies/b.toml:5:9: error: unknown level `red` (did you mean `read`?)
    policies/c.toml:1:6: error: `=` and a value are missing behind the name (write: agent = "...")
    "##);
}
