//! Makes a token, keeps its fingerprint, and shows it once.

use std::io::{self, Write};

use gateway::token::{NoRandomness, Token, new_token_id};
use jiff::Timestamp;
use policy::Agent;
use serde_json::{Value, json};
use store::{Addresses, Store, TokenRow};

use super::IssueArgs;
use super::record::{issued, not_issued, record, revoked};
use crate::failure::{Answer, Failure, Verdict};
use crate::output::{STRONG, json_line, painted, with};
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
    let now = time::now();
    let expires = args.expires.as_deref().map(|text| time::expiry(text, now)).transpose()?;
    let token = Token::generate()?;
    let row = new_row(&token, agent.id().as_str(), args.note.clone(), now, expires)?;
    let row = TokenRow { addresses: Addresses::of(args.from.clone()), ..row };
    let shown = Shown { token: token.reveal(), of: args.json.then(|| described(&row)) };
    give_out(&shown, &row, store, out).await?;
    if !args.json {
        describe(&row, agent, words)?;
    }
    Ok(Verdict::Yes)
}

/// A token as it is shown: alone, or within an object for other programs.
pub(super) struct Shown<'t> {
    pub(super) token: &'t str,
    /// What the object says beside it.
    pub(super) of: Option<Value>,
}

impl Shown<'_> {
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        match &self.of {
            Some(of) => json_line(out, &with(of.clone(), "token", json!(self.token)))?,
            None => writeln!(out, "{}", self.token)?,
        }
        out.flush()
    }
}

/// What is told of a new token beside itself.
pub(super) fn described(row: &TokenRow) -> Value {
    json!({
        "id": row.id.as_str(),
        "agent": row.agent,
        "issued_at": row.issued_at,
        "expires_at": row.expires_at,
        "only_from": networks(&row.addresses),
        "note": row.note,
    })
}

/// The networks that a token may come from; none where it may from anywhere.
pub(super) fn networks(addresses: &Addresses) -> Option<Vec<String>> {
    let networks = addresses.networks()?;
    Some(networks.iter().map(ToString::to_string).collect())
}

/// Puts a token on record, into the store, and then out: whoever has seen it can use it.
pub(super) async fn give_out(
    shown: &Shown<'_>,
    row: &TokenRow,
    store: &Store,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    record(store, issued(row)).await?;
    if let Err(failure) = store.agents().issue(row).await {
        record(store, not_issued(row)).await?;
        return Err(failure.into());
    }
    if let Err(why) = shown.write(out) {
        record(store, revoked(row)).await?;
        store.agents().revoke(row.id.as_str(), time::now()).await?;
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
