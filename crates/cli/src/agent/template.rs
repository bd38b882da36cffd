//! The text of a new policy, with comments that say what each part is for.

use std::fmt::Write as _;

use ::catalogue::Catalogue;
use toml_edit::{Key, Value};

use super::wish::{Table, Wish};

/// What is known of a new agent.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    pub(super) id: &'a str,
    /// The file of the schema, as the policy names it; none where there is none.
    pub(super) schema: Option<&'a str>,
    pub(super) name: &'a str,
    pub(super) owner: &'a str,
    pub(super) purpose: Option<&'a str>,
    /// As it is to stand in the file: a date, or a date with a time.
    pub(super) expires: Option<String>,
    pub(super) roles: &'a [String],
    pub(super) requests: &'a str,
    pub(super) entries: Vec<(Table, &'a Wish)>,
}

/// The column in which comments begin.
const COMMENTS: usize = 40;

/// The policy.
pub(super) fn text(draft: &Draft<'_>, catalogue: &Catalogue) -> String {
    // Of all that somebody may have typed, only the id is known to fit into a comment.
    let id = draft.id;
    let mut text = format!(
        "# What {id} may do. What no line here speaks of, it may not do.\n\
         # `kustodian agent show {id}` says it in plain English; `kustodian catalogue list` has every name.\n"
    );
    // Editors read the line only as it is, and complain where there is no such file.
    let _ = match draft.schema {
        Some(schema) => writeln!(text, "#:schema {schema}\n"),
        None => writeln!(
            text,
            "# For help in an editor: `kustodian schema policy > policy.schema.json` here, and make this\n\
             # line a comment that begins so: #:schema policy.schema.json\n"
        ),
    };
    agent(draft, &mut text);
    table(
        draft,
        catalogue,
        Table::Access,
        "# How far it may go with each resource: \"off\", \"read\", \"write\" or \"full\".",
        "# customers = \"read\"",
        &mut text,
    );
    table(
        draft,
        catalogue,
        Table::Actions,
        "# One capability at a time. These win over [access], whether they give more or take away.",
        "# reply_to_customers = \"full\"",
        &mut text,
    );
    if draft.entries.iter().any(|(table, _)| *table == Table::Operations) {
        let about = "# Single operations, by their id in quotes. These win over all else.";
        table(draft, catalogue, Table::Operations, about, "", &mut text);
    }
    text.push_str("[limits]\n");
    line(
        "requests",
        &string(draft.requests),
        "so many at once, and then refilled evenly",
        &mut text,
    );
    text
}

fn agent(draft: &Draft<'_>, text: &mut String) {
    text.push_str("[agent]\n");
    line("id     ", &string(draft.id), "its name in tokens and records", text);
    line("name   ", &string(draft.name), "its name in sentences", text);
    line("owner  ", &string(draft.owner), "whom to ask when it is refused something", text);
    match draft.purpose {
        Some(purpose) => line("purpose", &string(purpose), "", text),
        None => text.push_str("# purpose = \"what it is for, in a line\"\n"),
    }
    match &draft.expires {
        Some(expires) => {
            line("expires", expires, "the end of its term; a day alone counts in full", text);
        }
        None => text.push_str(
            "# expires = 2027-06-30                   # the last day it may do anything, in UTC\n",
        ),
    }
    if !draft.roles.is_empty() {
        let roles: Vec<String> = draft.roles.iter().map(|role| string(role)).collect();
        line(
            "roles  ",
            &format!("[{}]", roles.join(", ")),
            "what it may do beside what this file says",
            text,
        );
    }
    text.push('\n');
}

fn table(
    draft: &Draft<'_>,
    catalogue: &Catalogue,
    table: Table,
    about: &str,
    example: &str,
    text: &mut String,
) {
    let entries: Vec<(String, &Wish)> = draft
        .entries
        .iter()
        .filter(|(of, _)| *of == table)
        .map(|(_, wish)| (Key::new(wish.name.as_str()).display_repr().into_owned(), *wish))
        .collect();
    // Writing to a `String` cannot fail.
    let _ = writeln!(text, "{about}\n[{}]", table.key());
    if entries.is_empty() {
        let _ = writeln!(text, "{example}");
    }
    let width = entries.iter().map(|(key, _)| key.len()).max().unwrap_or(0);
    for (key, wish) in &entries {
        let about = about_entry(table, &wish.name, catalogue);
        line(&format!("{key:width$}"), &string(wish.level.as_str()), &about, text);
    }
    text.push('\n');
}

/// What the catalogue says of a name.
fn about_entry(table: Table, name: &str, catalogue: &Catalogue) -> String {
    match table {
        Table::Access => {
            let resource = name.split('.').next().unwrap_or(name);
            catalogue.resource(resource).map(|it| it.about().to_owned())
        }
        Table::Actions => catalogue.action(name).map(|it| it.about().to_owned()),
        Table::Operations => catalogue.operation(name).map(|it| it.phrase().bare_text()),
    }
    .unwrap_or_default()
}

fn line(key: &str, value: &str, comment: &str, text: &mut String) {
    let line = format!("{key} = {value}");
    let _ = if comment.is_empty() {
        writeln!(text, "{line}")
    } else {
        writeln!(text, "{line:COMMENTS$} # {comment}")
    };
}

/// A string as TOML has it.
fn string(text: &str) -> String {
    Value::from(text).to_string()
}
