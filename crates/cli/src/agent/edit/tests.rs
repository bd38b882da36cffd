//! Changing a policy changes the line concerned, and nothing beside it.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;

const POLICY: &str = "\
# Kept.
[agent]
id    = \"bot\"
owner = \"ops\"          # whom to ask

[access]
# Two lines, of which one goes.
customers     = \"read\"   # who writes in
conversations = 'write'
kobjects.Order = \"read\"
messages = { level = \"write\", when = 'true' } # long

[limits]
requests = \"60/min\"
# The end.
";

fn level(name: &str, level: &'static str) -> Change {
    Change::Level { table: Table::Access, name: name.to_owned(), level }
}

fn gone(name: &str) -> Change {
    Change::Gone { table: Table::Access, name: name.to_owned() }
}

/// The lines that went and those that came.
fn differences(text: &str, changes: &[Change]) -> (Vec<String>, Vec<String>) {
    let new = edited(text, changes).unwrap();
    let diff = similar::TextDiff::from_lines(text, &new);
    let lines = |tag| {
        let changes = diff.iter_all_changes().filter(move |change| change.tag() == tag);
        changes.map(|change| change.value().trim_end_matches('\n').to_owned()).collect()
    };
    (lines(similar::ChangeTag::Delete), lines(similar::ChangeTag::Insert))
}

#[track_caller]
fn check(change: Change, went: &[&str], came: &[&str]) {
    let (gone, new) = differences(POLICY, &[change]);
    assert_eq!((gone, new), (owned(went), owned(came)));
}

fn owned(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

#[test]
fn a_level_changes_in_its_line_and_the_comment_keeps_its_column() {
    check(
        level("customers", "off"),
        &["customers     = \"read\"   # who writes in"],
        &["customers     = \"off\"    # who writes in"],
    );
    check(
        level("conversations", "full"),
        &["conversations = 'write'"],
        &["conversations = \"full\""],
    );
}

#[test]
fn a_klass_is_found_in_any_spelling_and_a_condition_stays_beside_its_level() {
    check(
        level("kobjects.order", "write"),
        &["kobjects.Order = \"read\""],
        &["kobjects.Order = \"write\""],
    );
    check(
        level("messages", "read"),
        &["messages = { level = \"write\", when = 'true' } # long"],
        &["messages = { level = \"read\", when = 'true' } # long"],
    );
}

#[test]
fn a_new_line_stands_at_the_end_of_its_table_and_a_new_table_at_the_end_of_the_file() {
    check(level("users", "read"), &[], &["users    = \"read\""]);
    check(level("kobjects.refund", "read"), &[], &["\"kobjects.refund\" = \"read\""]);
    let operation =
        Change::Level { table: Table::Operations, name: "notes.create".to_owned(), level: "full" };
    check(operation, &[], &["", "[operations]", "\"notes.create\" = \"full\""]);
    check(Change::Mode("suspended"), &[], &["mode  = \"suspended\""]);
}

#[test]
fn a_line_goes_and_the_comments_above_it_stay() {
    check(gone("customers"), &["customers     = \"read\"   # who writes in"], &[]);
    check(gone("kobjects.order"), &["kobjects.Order = \"read\""], &[]);
    check(gone("messages"), &["messages = { level = \"write\", when = 'true' } # long"], &[]);
}

#[test]
fn what_is_not_there_or_not_a_line_of_its_own_is_refused() {
    let refused = |text: &str, change| edited(text, &[change]).unwrap_err();
    assert!(matches!(refused(POLICY, gone("users")), EditFailure::NoEntry { .. }));
    assert!(matches!(refused(POLICY, gone("kobjects")), EditFailure::Shape { .. }));
    assert!(matches!(refused(POLICY, level("kobjects", "read")), EditFailure::Shape { .. }));
    let inline = "access = { customers = \"read\", users = \"read\" }\n";
    assert!(matches!(refused(inline, gone("customers")), EditFailure::Shape { .. }));
    assert_eq!(refused("a = 1\r\nb = 2\n", level("users", "read")), EditFailure::LineEnds);
    assert_eq!(refused("= 1", level("users", "read")), EditFailure::NoToml);
}

#[test]
fn line_ends_of_windows_and_a_mark_at_the_start_stay() {
    let text = format!("\u{feff}{}", POLICY.replace('\n', "\r\n"));
    let new = edited(&text, &[level("customers", "full")]).unwrap();
    assert_eq!(new, text.replace("customers     = \"read\" ", "customers     = \"full\" "));
}

const NAMES: [&str; 6] = ["customers", "conversations", "kobjects", "messages", "notes", "users"];
const LEVELS: [&str; 4] = ["off", "read", "write", "full"];

/// A line of a table: how its name, its level and what is around them are written.
fn line() -> impl Strategy<Value = (String, String)> {
    let around = select(vec!["", " ", "  ", "\t"]);
    let comment = select(vec!["", " # why", "  # \"it\" = 'is' [so]", "#x"]);
    let above = select(vec!["", "\n", "# above\n", "\n  # [access]\n\n"]);
    let quoted = select(vec![("", "\""), ("\"", "\""), ("'", "'")]);
    (select(LEVELS.to_vec()), around.clone(), around, comment, above, quoted).prop_map(
        |(level, before, after, comment, above, (key, value))| {
            let text = format!("{before}KEY{after}={after}{value}{level}{value}{comment}\n");
            (above.to_owned(), text.replace("KEY", &format!("{key}NAME{key}")))
        },
    )
}

/// A policy with some of the names, with tables before and behind.
fn policy() -> impl Strategy<Value = String> {
    let lines = proptest::collection::vec(proptest::option::of(line()), NAMES.len());
    (lines, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(lines, first, last, crlf)| {
        let mut text = String::from("# a policy\n");
        let agent = "[agent] # who\nid = \"bot\"\nowner = \"ops\"\n";
        if first {
            text.push_str(agent);
        }
        text.push_str("\n[access]   # what\n");
        for (name, (above, line)) in
            NAMES.iter().zip(lines).filter_map(|(name, line)| Some((name, line?)))
        {
            text.push_str(&above);
            text.push_str(&line.replace("NAME", name));
        }
        if !first {
            text.push_str(agent);
        }
        if last {
            text.push_str("\n[only] # some\ncustomers = [\n  \"a\", # one\n]\n# end\n");
        }
        if crlf { text.replace('\n', "\r\n") } else { text }
    })
}

fn levels(text: &str) -> Vec<(String, String)> {
    let document: DocumentMut = text.trim_start_matches('\u{feff}').parse().unwrap();
    let access = document["access"].as_table_like().unwrap();
    let level = |item: &Item| item.as_str().unwrap().to_owned();
    let mut levels: Vec<_> =
        access.iter().map(|(name, item)| (name.to_owned(), level(item))).collect();
    levels.sort();
    levels
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_edit_changes_the_line_concerned_and_nothing_else(
        text in policy(),
        name in select(NAMES.to_vec()),
        new in select(LEVELS.to_vec()),
        goes in any::<bool>(),
    ) {
        let was = levels(&text);
        let is_there = was.iter().any(|(known, _)| known == name);
        let change = if goes { gone(name) } else { level(name, new) };
        let answer = edited(&text, &[change]);
        if goes && !is_there {
            let is_refused = matches!(answer, Err(EditFailure::NoEntry { .. }));
            prop_assert!(is_refused);
            return Ok(());
        }
        let after = answer.unwrap();
        // What the file says is what was asked for, and nothing else.
        let mut expected = was;
        expected.retain(|(known, _)| known != name);
        if !goes {
            expected.push((name.to_owned(), new.to_owned()));
        }
        expected.sort();
        prop_assert_eq!(levels(&after), expected);
        // Without the lines that speak of it, both texts are the same, byte for byte.
        let others = |text: &str| -> String {
            let speaks = |line: &&str| {
                let line = line.trim_start().trim_start_matches(['"', '\'']);
                line.strip_prefix(name).is_some_and(|rest| !rest.starts_with(" = ["))
            };
            text.split_inclusive('\n').filter(|line| !speaks(line)).collect()
        };
        prop_assert_eq!(others(&text), others(&after));
    }

    #[test]
    fn a_level_that_stands_there_already_changes_nothing(text in policy()) {
        for (name, is) in levels(&text) {
            let is = LEVELS.into_iter().find(|level| *level == is).unwrap();
            let after = edited(&text, &[level(&name, is)]).unwrap();
            prop_assert_eq!(after, text.as_str());
        }
    }
}
