//! Makes a token, keeps its fingerprint, and shows it once.

use std::io::{self, Write};

use gateway::clock::{Clock as _, SystemClock};
use gateway::token::{NoRandomness, Token, new_token_id};
use jiff::Timestamp;
use policy::Agent;
use store::{Store, TokenRow};

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
    record(store, issued(&row)).await?;
    if let Err(failure) = store.agents().issue(&row).await {
        record(store, not_issued(&row)).await?;
        return Err(failure.into());
    }
    if let Err(why) = writeln!(out, "{}", token.reveal()).and_then(|()| out.flush()) {
        record(store, revoked(&row)).await?;
        store.agents().revoke(row.id.as_str(), SystemClock.now()).await?;
        return Err(Failure::UnseenToken(why));
    }
    describe(&row, agent, words)?;
    Ok(Verdict::Yes)
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
    })
}

fn describe(row: &TokenRow, agent: &Agent, words: &mut dyn Write) -> io::Result<()> {
    let end = match row.expires_at {
        Some(end) => format!("expires {end:.0}"),
        None => "does not expire".to_owned(),
    };
    let id = painted(STRONG, &row.id);
    writeln!(words, "token {id} for {} ({}); {end}", agent.name(), agent.id())?;
    writeln!(
        words,
        "This token is shown once and kept nowhere. The agent sends it as `Authorization: Bearer kst_...`."
    )?;
    writeln!(words, "To take it away: kustodian token revoke {}", row.id)
}
