//! Signs a token for one task, and shows it once.

use std::io::{self, Write};
use std::sync::Arc;

use gateway::Config;
use gateway::config::Ttl;
use gateway::mint::{Mint, Minter};
use gateway::token::new_mint_id;
use jiff::Timestamp;
use policy::{Agent, Narrowing};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use store::{Addresses, Network, RevokedMint, Store};

use super::issue::{Shown, networks};
use super::record::{minted, record, revoked_mint};
use crate::failure::{Answer, Failure, Verdict};
use crate::output::{STRONG, painted};
use crate::rules::{PolicyFolder, Rules};
use crate::time;

/// Sign a short-lived token for an agent that is started for one task, and print it once.
///
/// The token is a JSON web token, signed with a key that is made from the audit key: every gateway that
/// has that key takes it. It can be narrowed to a part of what the agent's policy grants, never to more;
/// what is then not named is off. The token alone goes to standard output; everything about it goes to
/// standard error. It is kept nowhere; `token revoke` takes its id.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian token mint support-agent --ttl 1h
  kustodian token mint support-agent --ttl 15m --only messages=read --only customers=read
  kustodian token mint support-agent --only messages=read,customers=read --from 10.0.0.0/8
  kustodian token mint support-agent --json")]
pub(crate) struct Args {
    /// The agent's id, as its policy has it
    agent: String,
    /// How long it lasts; `tokens.longest_ttl` of the settings at most
    #[arg(long, value_name = "TIME", default_value = "1h")]
    ttl: String,
    /// A resource, action or operation with a level; what is not named is off [default: all that the
    /// policy grants]
    #[arg(long, value_name = "NAME=LEVEL", value_delimiter = ',')]
    only: Vec<String>,
    /// A network or address that it may come from, as the gateway sees it; may be given several times
    /// [default: anywhere]
    #[arg(long, value_name = "NETWORK")]
    from: Vec<Network>,
    #[command(flatten)]
    pub(super) folder: PolicyFolder,
    /// Print one JSON object, with the token in it
    #[arg(long)]
    json: bool,
}

/// The minter of the installation that the settings are of.
pub(super) fn minter(config: &Config) -> Result<Minter, Failure> {
    let url = config.store.url()?;
    Ok(Minter::new(&config.audit.key(url.expose_secret())?, config.tokens.longest_ttl))
}

/// Mints a token: it alone goes to `out`, the words about it to `words`.
pub(super) async fn mint(
    args: &Args,
    minter: &Minter,
    rules: &Rules,
    store: &Store,
    out: &mut dyn Write,
    words: &mut dyn Write,
) -> Answer {
    let agent = rules.policy(&args.agent)?.agent();
    let mint = wanted(args, agent, minter.longest(), rules)?;
    let token = minter.sign(&mint);
    record(store, minted(&mint)).await?;
    let shown = Shown { token: token.expose_secret(), of: args.json.then(|| described(&mint)) };
    if let Err(why) = shown.write(out) {
        take_back(&mint, store).await?;
        return Err(Failure::UnseenToken(why));
    }
    if !args.json {
        describe(&mint, agent, words)?;
    }
    Ok(Verdict::Yes)
}

fn wanted(args: &Args, agent: &Agent, longest: Ttl, rules: &Rules) -> Result<Mint, Failure> {
    let ttl: Ttl = args.ttl.parse().map_err(|_| Failure::Ttl { ttl: args.ttl.clone() })?;
    if ttl > longest {
        return Err(Failure::TtlTooLong { ttl, longest });
    }
    let only = match args.only.as_slice() {
        [] => None,
        items => Some(Narrowing::read(items.iter().map(String::as_str), &rules.catalogue)?),
    };
    // A token counts in whole seconds.
    let now = Timestamp::from_second(time::now().as_second()).unwrap_or_default();
    Ok(Mint {
        id: new_mint_id()?,
        agent: agent.id().to_string(),
        issued_at: now,
        expires_at: now.saturating_add(ttl.duration()).unwrap_or(Timestamp::MAX),
        only: only.map(Arc::new),
        addresses: Addresses::of(args.from.clone()),
    })
}

/// Revokes what nobody could read: perhaps somebody else did.
async fn take_back(mint: &Mint, store: &Store) -> Result<(), Failure> {
    let revoked = RevokedMint {
        id: mint.id.clone(),
        agent: mint.agent.clone(),
        revoked_at: time::now(),
        expires_at: mint.expires_at,
    };
    record(store, revoked_mint(&revoked)).await?;
    Ok(store.agents().revoke_minted(&revoked).await?)
}

/// What is told of a minted token beside itself.
fn described(mint: &Mint) -> Value {
    let only = mint.only.as_ref().map(|only| only.items().collect::<Vec<_>>());
    json!({
        "id": mint.id.as_str(),
        "agent": mint.agent,
        "issued_at": mint.issued_at,
        "expires_at": mint.expires_at,
        "only": only,
        "only_from": networks(&mint.addresses),
    })
}

fn describe(mint: &Mint, agent: &Agent, words: &mut dyn Write) -> io::Result<()> {
    let Mint { expires_at, only, addresses, .. } = mint;
    let id = painted(STRONG, &mint.id);
    write!(words, "token {id} for {} ({}); expires {expires_at:.0}", agent.name(), agent.id())?;
    match only {
        Some(only) => write!(words, "; for {only} only")?,
        None => write!(words, "; for all that its policy grants")?,
    }
    if let Addresses::Only(_) = addresses {
        write!(words, "; valid from {addresses} only")?;
    }
    writeln!(words)?;
    writeln!(
        words,
        "This token is shown once and kept nowhere. The agent sends it as `Authorization: Bearer eyJ...`."
    )?;
    writeln!(words, "To take it away: kustodian token revoke {}", mint.id)
}
