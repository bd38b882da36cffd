//! Revokes a token by its id: one that was issued, or one that was minted.

use std::io::Write;

use audit::{Decided, Filter, TOKEN_MINTED};
use gateway::mint::ID_PREFIX;
use jiff::Timestamp;
use serde_json::json;
use store::{RevokedMint, Store, TokenId};

use super::record::{record, revoked, revoked_mint};
use super::{THAT_IS_A_TOKEN, is_token, no_such_token};
use crate::failure::{Answer, Failure, Verdict};
use crate::output::json_line;
use crate::time;

/// How many notes on one token are looked through for the one that it was minted: it has few.
const NOTES: u32 = 100;

/// Revoke a token by its id. Calls with it are refused within a second.
///
/// A minted token is looked up in the trail. Exits with 1 if there is no such token. Revoking again
/// changes nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian token revoke tok_8f3k2q9d1x7
  kustodian token revoke mint_8f3k2q9d1x7
  kustodian token list                     find the id")]
pub(crate) struct Args {
    /// The token's id, which begins with tok_ or, of a minted one, with mint_
    pub(super) id: String,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

/// Revokes the token.
pub(super) async fn revoke(args: &Args, store: &Store, out: &mut dyn Write) -> Answer {
    let Args { id, json } = args;
    let refuse = |why: &str, out: &mut dyn Write| super::refused("not revoked:", why, *json, out);
    if is_token(id) {
        return refuse(THAT_IS_A_TOKEN, out);
    }
    if !id.starts_with(ID_PREFIX) {
        return match issued(id, store).await? {
            Some((agent, at)) => told(args, &agent, at, out),
            None => refuse(&no_such_token(id), out),
        };
    }
    if let Some((agent, at)) = minted(id, store).await? {
        return told(args, &agent, Some(at), out);
    }
    let help = "no record says that it was minted; see `kustodian audit list --decision noted`";
    refuse(&format!("there is no minted token `{id}` ({help})"), out)
}

/// Of a token that was issued: whose it is, and when it was revoked; none where there is none.
async fn issued(id: &str, store: &Store) -> Result<Option<(String, Option<Timestamp>)>, Failure> {
    let known = store.agents().tokens().await?.into_iter().find(|row| row.id.as_str() == id);
    if let Some(row) = known.filter(|row| row.revoked_at.is_none()) {
        record(store, revoked(&row)).await?;
    }
    let row = store.agents().revoke(id, time::now()).await?;
    Ok(row.map(|row| (row.agent, row.revoked_at)))
}

/// Of a minted token: whose it is, and when it was revoked; none where no record knows it.
async fn minted(id: &str, store: &Store) -> Result<Option<(String, Timestamp)>, Failure> {
    let mut known = store.agents().revoked_minted().await?.into_iter();
    if let Some(before) = known.find(|revoked| revoked.id.as_str() == id) {
        return Ok(Some((before.agent, before.revoked_at)));
    }
    let Some((agent, expires_at)) = on_record(id, store).await? else { return Ok(None) };
    let id = TokenId::new(id.to_owned());
    let revoked = RevokedMint { id, agent, revoked_at: time::now(), expires_at };
    record(store, revoked_mint(&revoked)).await?;
    store.agents().revoke_minted(&revoked).await?;
    Ok(Some((revoked.agent, revoked.revoked_at)))
}

/// Whose token was minted with this id, and when it ends.
async fn on_record(id: &str, store: &Store) -> Result<Option<(String, Timestamp)>, Failure> {
    let filter =
        Filter { token: Some(id.to_owned()), decision: Some(Decided::Noted), ..Filter::default() };
    let records = store.audit_reader().list(&filter, NOTES).await?;
    let note = records.into_iter().find(|record| record.opening.reason == TOKEN_MINTED);
    Ok(note.and_then(|note| {
        let expires = note.opening.detail?.part::<String>("expires")?.parse().ok()?;
        Some((note.opening.agent?, expires))
    }))
}

fn told(args: &Args, agent: &str, at: Option<Timestamp>, out: &mut dyn Write) -> Answer {
    let id = &args.id;
    if args.json {
        let told = json!({ "id": id, "agent": agent, "revoked_at": at });
        return Verdict::Yes.told(json_line(out, &told));
    }
    let at = at.map(|at| format!("{at:.0}")).unwrap_or_default();
    let effect = "running gateways refuse it within a second";
    Verdict::Yes.told(writeln!(out, "revoked {id} of {agent} ({at}); {effect}"))
}
