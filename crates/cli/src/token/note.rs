//! Changes what is remembered about a token.

use std::io::Write;

use serde_json::json;
use store::Store;

use super::{THAT_IS_A_TOKEN, is_token, no_such_token};
use crate::failure::{Answer, Verdict};
use crate::output::json_line;

/// Change a token's note, or take it away with an empty one.
///
/// A note is for people: nothing depends on it, and the trail does not hold it. Exits with 1 if there is
/// no such token.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian token note tok_8f3k2q9d1x7 'inbox worker, moved to the new cluster'
  kustodian token note tok_8f3k2q9d1x7 ''")]
pub(crate) struct Args {
    /// The token's id, which begins with tok_
    id: String,
    /// What you want to remember about it
    text: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Changes the note.
pub(super) async fn note(args: &Args, store: &Store, out: &mut dyn Write) -> Answer {
    let Args { id, text, json } = args;
    let refuse = |why: &str, out: &mut dyn Write| super::refused("not changed:", why, *json, out);
    if is_token(id) {
        return refuse(THAT_IS_A_TOKEN, out);
    }
    let text = Some(text.as_str()).filter(|text| !text.is_empty());
    let Some(row) = store.agents().annotate(id, text).await? else {
        return refuse(&no_such_token(id), out);
    };
    let agent = row.agent;
    if *json {
        let told = json!({ "id": id, "agent": agent, "note": row.note });
        return Verdict::Yes.told(json_line(out, &told));
    }
    Verdict::Yes.told(match row.note {
        Some(note) => writeln!(out, "the note of {id} ({agent}) is: {note}"),
        None => writeln!(out, "{id} ({agent}) has no note any more"),
    })
}
