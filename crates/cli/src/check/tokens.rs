//! Whether agents have tokens and tokens have agents: asked of a store that is there, which is not made
//! or changed for it.

use catalogue::diagnostic::{Code, Place};
use gateway::Config;
use gateway::config::sqlite_file;
use jiff::Timestamp;
use policy::PolicySet;
use secrecy::ExposeSecret as _;
use store::{Store, TokenRow};

use super::odd::Odd;
use super::problem::Problem;

/// What was found, or why the tokens were not looked at.
pub(super) fn look(
    policies: &PolicySet,
    config: &Config,
    now: Timestamp,
) -> Result<(Vec<Odd>, Vec<Problem>), String> {
    let rows = rows(config)?;
    let live =
        |row: &&TokenRow| row.revoked_at.is_none() && row.expires_at.is_none_or(|end| end > now);
    let live: Vec<&TokenRow> = rows.iter().filter(live).collect();
    let before = config.tokens.warn_before(now);
    let mut odd = Vec::new();
    for policy in policies.policies() {
        let id = policy.agent().id();
        let of_agent: Vec<_> = live.iter().filter(|row| row.agent == id.as_str()).collect();
        if of_agent.is_empty() && !config.issuers.is_empty() {
            // It may have tokens of an issuer.
        } else if of_agent.is_empty() {
            let message = format!("agent `{id}` has no token that is valid");
            let mut found = Odd::new(Code::NoToken, policy.place(), message);
            found.help = format!("`kustodian token issue {id}` makes one");
            odd.push(found);
        } else {
            // Every one, as the gateway warns: another that goes on may be another program's.
            let ending = of_agent.iter().filter(|row| {
                row.expires_at.is_some_and(|end| end < before) && !is_replaced(row, &of_agent)
            });
            odd.extend(ending.map(|row| ends_soon(policy.place(), row)));
        }
    }
    let strays = live.iter().filter(|row| policies.policy(row.agent.as_str()).is_none());
    let stray = |row: &&TokenRow| {
        let message =
            format!("token `{}` is of agent `{}`, which has no policy", row.id, row.agent);
        Problem::warning(Code::TokenWithoutPolicy, message)
    };
    Ok((odd, strays.map(stray).collect()))
}

/// Whether another took a token's place, and is good itself.
fn is_replaced(row: &TokenRow, live: &[&&TokenRow]) -> bool {
    row.replaced_by.as_ref().is_some_and(|successor| live.iter().any(|it| it.id == *successor))
}

/// A token that ends soon, and in whose place no other stands yet.
fn ends_soon(place: &Place, row: &TokenRow) -> Odd {
    let end = row.expires_at.map(|end| format!(" at {end:.0}")).unwrap_or_default();
    let message = format!("token `{}` of agent `{}` ends{end}", row.id, row.agent);
    let mut found = Odd::new(Code::TokenExpiresSoon, place, message);
    // One that was rotated before cannot be rotated again.
    let command = match &row.replaced_by {
        None => format!("rotate {}", row.id),
        Some(_) => format!("issue {}", row.agent),
    };
    found.help = format!("`kustodian token {command}` makes another in its place");
    found
}

fn rows(config: &Config) -> Result<Vec<TokenRow>, String> {
    let url = config.store.url().map_err(|_| "`store.url` cannot be used".to_owned())?;
    let url = url.expose_secret();
    match sqlite_file(url) {
        None => {
            return Err("the store is a database of its own; `kustodian token list` asks it".into());
        }
        Some(file) if !file.exists() => return Err("there is no store yet".into()),
        Some(_) => {}
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|why| why.to_string())?;
    runtime.block_on(async {
        let store =
            Store::open(url).await.map_err(|why| format!("the store cannot be used: {why}"))?;
        store.agents().tokens().await.map_err(|why| format!("the store failed: {why}"))
    })
}
