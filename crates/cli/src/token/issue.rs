//! Makes a token, keeps its fingerprint, and shows it once.

use std::io::{self, Write};

use gateway::clock::{Clock as _, SystemClock};
use gateway::token::{NoRandomness, Token, new_token_id};
use jiff::Timestamp;
use policy::Agent;
use store::{Addresses, Store, TokenRow};

use super::IssueArgs;
use super::record::{issued, not_issued, record, revoked};
use crate::failure::{Answer, Failure, Verdict};
use crate::output::{STRONG, painted};
use crate::rules::Rules;
use crate::time;

/// Issues a token: it alone goes to `out`, the words about it to `words`.
pub(super) async fn issue(
    args: &IssueArgs,
    rules: &Rules,
    store: &Store,
    out: &mut dyn Write,
    words: &mut dyn Write,
) -> Answer {
    let agent = rules.policy(&args.agent)?.agent();
    let now = SystemClock.now();
    let expires = args.expires.as_deref().map(|text| time::expiry(text, now)).transpose()?;
    let token = Token::generate()?;
    let row = new_row(&token, agent.id().as_str(), args.note.clone(), now, expires)?;
    let row = TokenRow { addresses: Addresses::of(args.from.clone()), ..row };
    give_out(&token, &row, store, out).await?;
    describe(&row, agent, words)?;
    Ok(Verdict::Yes)
}

/// Puts a token on record, into the store, and then out: whoever has seen it can use it.
pub(super) async fn give_out(
    token: &Token,
    row: &TokenRow,
    store: &Store,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    record(store, issued(row)).await?;
    if let Err(failure) = store.agents().issue(row).await {
        record(store, not_issued(row)).await?;
        return Err(failure.into());
    }
    if let Err(why) = writeln!(out, "{}", token.reveal()).and_then(|()| out.flush()) {
        record(store, revoked(row)).await?;
        store.agents().revoke(row.id.as_str(), SystemClock.now()).await?;
        return Err(Failure::UnseenToken(why));
    }
    Ok(())
}

/// What the store keeps of a new token.
pub(crate) fn new_row(
    token: &Token,
    agent: &str,
    note: Option<String>,
    now: Timestamp,
    expires_at: Option<Timestamp>,
) -> Result<TokenRow, NoRandomness> {
    Ok(TokenRow {
        id: new_token_id()?,
        agent: agent.to_owned(),
        fingerprint: token.fingerprint(),
        note,
        issued_at: now,
        expires_at,
        revoked_at: None,
        addresses: Addresses::Anywhere,
        replaced_by: None,
    })
}

pub(super) fn describe(row: &TokenRow, agent: &Agent, words: &mut dyn Write) -> io::Result<()> {
    let end = match row.expires_at {
        Some(end) => format!("expires {end:.0}"),
        None => "does not expire".to_owned(),
    };
    let id = painted(STRONG, &row.id);
    let limit = match &row.addresses {
        Addresses::Anywhere => String::new(),
        limit @ Addresses::Only(_) => format!("; valid from {limit} only"),
    };
    writeln!(words, "token {id} for {} ({}); {end}{limit}", agent.name(), agent.id())?;
    writeln!(
        words,
        "This token is shown once and kept nowhere. The agent sends it as `Authorization: Bearer kst_...`."
    )?;
    writeln!(
        words,
        "Running gateways take it within a second. To take it away: kustodian token revoke {}",
        row.id
    )
}
