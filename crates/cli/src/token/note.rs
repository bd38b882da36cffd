//! Changes what is remembered about a token.

use std::io::Write;

use store::Store;

use super::{THAT_IS_A_TOKEN, is_token, no_such_token};
use crate::failure::{Answer, Verdict};
use crate::output::{BAD, painted};

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
}

/// Changes the note.
pub(super) async fn note(args: &Args, store: &Store, out: &mut dyn Write) -> Answer {
    let Args { id, text } = args;
    let refused = painted(BAD, "not changed:");
    if is_token(id) {
        return Verdict::No.told(writeln!(out, "{refused} {THAT_IS_A_TOKEN}"));
    }
    let text = Some(text.as_str()).filter(|text| !text.is_empty());
    let Some(row) = store.agents().annotate(id, text).await? else {
        return Verdict::No.told(writeln!(out, "{refused} {}", no_such_token(id)));
    };
    let agent = row.agent;
    Verdict::Yes.told(match row.note {
        Some(note) => writeln!(out, "the note of {id} ({agent}) is: {note}"),
        None => writeln!(out, "{id} ({agent}) has no note any more"),
    })
}
