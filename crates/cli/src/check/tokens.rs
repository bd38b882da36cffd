//! Whether agents have tokens and tokens have agents: asked of a store that is there, which is not made
//! or changed for it.

use catalogue::diagnostic::Code;
use gateway::Config;
use gateway::config::sqlite_file;
use jiff::{SignedDuration, Timestamp};
use policy::PolicySet;
use secrecy::ExposeSecret as _;
use store::{Store, TokenRow};

use super::odd::Odd;
use super::problem::Problem;

/// A last token that ends sooner than this is told.
const SOON: SignedDuration = SignedDuration::from_hours(7 * 24);

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
        } else if let Some(end) = last_end(&of_agent).filter(|end| *end <= now + SOON) {
            let message = format!("the last token of agent `{id}` ends at {end}");
            odd.push(Odd::new(Code::TokenExpiresSoon, policy.place(), message));
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

/// When the last of some tokens ends; none where one does not end.
fn last_end(rows: &[&&TokenRow]) -> Option<Timestamp> {
    let ends: Option<Vec<Timestamp>> = rows.iter().map(|row| row.expires_at).collect();
    ends?.into_iter().max()
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
