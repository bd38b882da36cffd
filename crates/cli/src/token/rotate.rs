//! Puts another token in the place of one, which goes on for a while.
//!
//! The new one is issued and shown before anything is done to the old one, so whatever breaks off in
//! between, the agent has a token that works: at worst both, and the old one can be rotated again.

use std::io::{self, Write};

use gateway::token::Token;
use jiff::Timestamp;
use serde_json::json;
use store::{Store, TokenRow};

use super::issue::{Shown, describe, described, give_out, new_row};
use super::list::State;
use super::record::{record, revoked, rotated};
use super::{THAT_IS_A_TOKEN, is_token, no_such_token};
use crate::failure::{Answer, Failure, Verdict};
use crate::output::with;
use crate::rules::{PolicyFolder, Rules};
use crate::time;

/// Issue a token in the place of another, which ends after an overlap.
///
/// The new token has the agent, the note and the addresses of the old one, and its end unless another is
/// given. It alone goes to standard output, once; everything about it goes to standard error. Until the
/// overlap is over both work, so the agent can change over without a break. Exits with 1, and changes
/// nothing, if the token was revoked or rotated before, or has ended.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian token rotate tok_8f3k2q9d1x7
  kustodian token rotate --agent support-agent --overlap 24h --expires 90d
  kustodian token rotate --agent support-agent --overlap 0s > token-file")]
pub(crate) struct Args {
    /// The token's id, which begins with tok_
    #[arg(required_unless_present = "agent", conflicts_with = "agent")]
    id: Option<String>,
    /// Instead of the id, the agent whose one token it is
    #[arg(long, value_name = "AGENT")]
    agent: Option<String>,
    /// How long the old token goes on
    #[arg(long, value_name = "TIME", default_value = "24h")]
    overlap: String,
    /// When the new one ends: 90d, 12h, or its last day, in UTC [default: when the old one would have]
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
    #[command(flatten)]
    pub(super) folder: PolicyFolder,
    /// Print one JSON object, with the new token in it
    #[arg(long)]
    json: bool,
}

/// Rotates a token: the new one alone goes to `out`, the words about it to `words`.
pub(super) async fn rotate(
    args: &Args,
    rules: &Rules,
    store: &Store,
    out: &mut dyn Write,
    words: &mut dyn Write,
) -> Answer {
    let now = time::now();
    let overlap = time::length(&args.overlap)?;
    let expires = args.expires.as_deref().map(|text| time::expiry(text, now)).transpose()?;
    let rows = store.agents().tokens().await?;
    let old = match chosen(args, &rows, now) {
        Ok(old) => old,
        Err(why) => return refused(args, &why, out, words),
    };
    let agent = rules.policy(&old.agent)?.agent();
    let token = Token::generate()?;
    let end = expires.or(old.expires_at);
    let row = new_row(&token, &old.agent, old.note.clone(), now, end)?;
    let row = TokenRow { addresses: old.addresses.clone(), ..row };
    let over = now.saturating_add(overlap).unwrap_or(Timestamp::MAX);
    let over = old.expires_at.map_or(over, |end| end.min(over));
    let replaces = json!({ "id": old.id.as_str(), "expires_at": over });
    let of = args.json.then(|| with(described(&row), "replaces", replaces));
    give_out(&Shown { token: token.reveal(), of }, &row, store, out).await?;
    if !retire(old, &row, over, store).await? {
        let why =
            "somebody else revoked or rotated it meanwhile; the new token was revoked at once";
        return refused(args, &format!("{} {why}", old.id), out, words);
    }
    if !args.json {
        describe(&row, agent, words)?;
        told(old, over, words)?;
    }
    Ok(Verdict::Yes)
}

/// The token to rotate, or why none is.
fn chosen<'r>(args: &Args, rows: &'r [TokenRow], now: Timestamp) -> Result<&'r TokenRow, String> {
    if let Some(agent) = &args.agent {
        return only_one(agent, rows, now);
    }
    let id = args.id.as_deref().unwrap_or_default();
    if is_token(id) {
        return Err(THAT_IS_A_TOKEN.to_owned());
    }
    let row = rows.iter().find(|row| row.id.as_str() == id).ok_or_else(|| no_such_token(id))?;
    match unfit(row, now) {
        None => Ok(row),
        Some(why) => Err(format!("{id} {why}")),
    }
}

/// The one token of an agent that can be rotated.
fn only_one<'r>(agent: &str, rows: &'r [TokenRow], now: Timestamp) -> Result<&'r TokenRow, String> {
    let fit = rows.iter().filter(|row| row.agent == agent && unfit(row, now).is_none());
    match fit.collect::<Vec<_>>()[..] {
        [] => Err(format!(
            "{agent} has no token that could be rotated; `kustodian token issue {agent}` makes one"
        )),
        [row] => Ok(row),
        ref several => {
            let ids: Vec<_> = several.iter().map(|row| row.id.as_str()).collect();
            Err(format!("{agent} has several tokens; name one of them: {}", ids.join(", ")))
        }
    }
}

/// Why a token cannot be rotated.
fn unfit(row: &TokenRow, now: Timestamp) -> Option<String> {
    match (State::of(row, now), &row.replaced_by) {
        (State::Revoked, _) => {
            let at = row.revoked_at.map(|at| format!(" ({at:.0})")).unwrap_or_default();
            Some(format!("was revoked{at}; issue another token instead"))
        }
        (_, Some(successor)) => Some(format!(
            "was rotated before: {successor} takes its place; rotate that one instead"
        )),
        (State::Expired, None) => {
            let at = row.expires_at.map(|at| format!(" ({at:.0})")).unwrap_or_default();
            Some(format!("has ended{at}; issue another token instead"))
        }
        (State::Active, None) => None,
    }
}

/// Has the old token end. False where somebody was faster; then the new one is revoked.
async fn retire(
    old: &TokenRow,
    new: &TokenRow,
    over: Timestamp,
    store: &Store,
) -> Result<bool, Failure> {
    let kept =
        |why| Failure::NotRetired { old: old.id.to_string(), successor: new.id.to_string(), why };
    record(store, rotated(old, new, over)).await.map_err(kept)?;
    let retired = store.agents().retire(old.id.as_str(), &new.id, over, time::now()).await;
    if retired.map_err(kept)? {
        return Ok(true);
    }
    record(store, revoked(new)).await?;
    store.agents().revoke(new.id.as_str(), time::now()).await?;
    Ok(false)
}

fn told(old: &TokenRow, over: Timestamp, words: &mut dyn Write) -> io::Result<()> {
    let id = &old.id;
    writeln!(words, "{id}, whose place it takes, ends {over:.0}; until then both work.")
}

/// The new token's place is standard output, so the words have another; objects come one behind the
/// other.
fn refused(args: &Args, why: &str, out: &mut dyn Write, words: &mut dyn Write) -> Answer {
    let to: &mut dyn Write = if args.json { out } else { words };
    super::refused("not rotated:", why, args.json, to)
}

#[cfg(test)]
mod tests;
