//! What a person is shown of a fault.

use super::*;

fn diagnostic() -> Diagnostic {
    Diagnostic {
        code: Code::UnknownResource,
        severity: Severity::Error,
        file: "policies/bot.toml".into(),
        line: 9,
        column: 1,
        end_column: Some(9),
        source_line: "custmers = \"read\"".to_owned(),
        message: "there is no resource `custmers`".to_owned(),
        label: Some("expected a resource".to_owned()),
        also: None,
        help: Some("did you mean `customers`?".to_owned()),
    }
}

#[test]
fn the_picture_holds_place_line_caret_and_help() {
    let expected = "\
error[unknown-resource]: there is no resource `custmers`
 --> policies/bot.toml:9:1
  |
9 | custmers = \"read\"
  | ^^^^^^^^ expected a resource
  |
  = help: did you mean `customers`?";
    assert_eq!(diagnostic().render(false), expected);
}

#[test]
fn colour_is_only_there_when_asked_for() {
    assert!(diagnostic().render(true).contains('\u{1b}'));
    assert!(!diagnostic().render(false).contains('\u{1b}'));
}

#[test]
fn an_empty_line_has_a_picture_too() {
    let empty = Diagnostic {
        source_line: String::new(),
        end_column: None,
        label: None,
        help: None,
        ..diagnostic()
    };
    let picture = empty.as_warning().render(false);
    assert!(picture.contains("policies/bot.toml:9:1"), "{picture}");
    assert!(picture.starts_with("warning[unknown-resource]: "), "{picture}");
}

#[test]
fn a_warning_alone_is_no_error() {
    assert!(!Diagnostics(vec![diagnostic().as_warning()]).has_errors());
    assert!(Diagnostics(vec![diagnostic().as_warning(), diagnostic()]).has_errors());
}

#[test]
fn another_place_is_shown_with_its_own_label() {
    let first = Mark {
        file: "policies/a.toml".into(),
        line: 2,
        column: 6,
        end_column: Some(11),
        source_line: "id = \"bot\"".to_owned(),
        label: Some("first here".to_owned()),
    };
    let expected = "\
error[unknown-resource]: there is no resource `custmers`
 --> policies/bot.toml:9:1
  |
9 | custmers = \"read\"
  | ^^^^^^^^ expected a resource
  |
 ::: policies/a.toml:2:6
  |
2 | id = \"bot\"
  |      ----- first here
  |
  = help: did you mean `customers`?";
    assert_eq!(diagnostic().with_also(first).render(false), expected);
}
