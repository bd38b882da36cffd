//! `kustodian token inspect`: why a signed token would be let in, or not.

use std::io::{Read, Write};
use std::sync::Arc;

use audit::Unproven;
use gateway::Config;
use gateway::audit_key::AuditKey;
use gateway::clock::{Clock, SystemClock};
use gateway::issuers::Issuers;
use gateway::jwt::Jwt;
use gateway::mint::{self, Minter};
use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::failure::{Answer, Failure, Verdict};
use crate::output::{BAD, GOOD, json_line, painted};
use crate::rules::{PolicyFolder, Rules};
use crate::store_access;

/// More than any token has.
const MOST_BYTES: u64 = 65_536;

/// The claims that decide, in the order in which they are shown.
const CLAIMS: [&str; 9] = ["iss", "aud", "sub", "jti", "iat", "nbf", "exp", "only", "from"];

/// Say why a signed token (JWT) would be let in, or not: one that was minted, or of one of the issuers in
/// the settings.
///
/// Reads the token from standard input, checks it as the gateway does, with the issuer's own keys (which
/// are fetched for it), and shows the reason that a record would have, with what the token says. Where it
/// is presented from is not known, so networks that it is bound to are shown and not checked. Exits
/// with 0 if it would be let in, with 1 if not. Nothing is recorded, and the token is not shown.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian token inspect < token-file
  kustodian token inspect --json < token-file")]
pub(crate) struct Args {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    folder: PolicyFolder,
}

/// Checks the token that comes in.
pub(super) async fn inspect(
    args: &Args,
    config: &Config,
    from: &mut (dyn Read + Send),
    out: &mut dyn Write,
) -> Answer {
    let mut token = String::new();
    from.take(MOST_BYTES).read_to_string(&mut token).map_err(Failure::Input)?;
    let token = token.trim();
    if token.is_empty() || token.starts_with("kst_") {
        return Err(Failure::NoSignedToken);
    }
    let rules = Rules::load(config, &args.folder)?;
    let proved = if mint::says_it_was_minted(token) {
        minted(token, config, &rules).await?
    } else {
        issued(token, config).await?
    };
    let (shown, why) = match proved {
        Ok(shown) => (Some(shown.clone()), fault(&shown, &rules)),
        Err(why) => (None, Some(why)),
    };
    let said = Jwt::read(token).map(|jwt| said(&jwt)).unwrap_or_default();
    let written = if args.json {
        json_line(out, &object(shown.as_ref(), why, &said))
    } else {
        write(shown.as_ref(), why, &said, out)
    };
    Verdict::of(why.is_none()).told(written)
}

/// What a token shows whose signature is right.
#[derive(Debug, Clone)]
struct Shown {
    agent: String,
    /// What records call it.
    token: String,
    /// What is wrong with it all the same.
    fault: Option<Unproven>,
}

/// What a token of an issuer shows.
async fn issued(token: &str, config: &Config) -> Result<Result<Shown, Unproven>, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let issuers =
        Issuers::open(&config.issuers, clock.now()).map_err(gateway::StartFailure::from)?;
    let proved = Arc::new(issuers).prove_once(token, &clock).await;
    Ok(proved.map_err(Unproven::from).map(|shown| Shown {
        agent: shown.agent,
        token: shown.token,
        fault: shown.fault.map(Unproven::from),
    }))
}

/// What a minted token shows. No audit key is made for it: without one, none was minted here.
async fn minted(
    token: &str,
    config: &Config,
    rules: &Rules,
) -> Result<Result<Shown, Unproven>, Failure> {
    let url = config.store.url()?;
    let key = AuditKey::read(&config.audit.key_path(url.expose_secret()))?;
    let minter = Minter::new(&key, config.tokens.longest_ttl);
    let Some(proved) = minter.prove(token, &rules.catalogue, SystemClock.now()) else {
        return Ok(Err(Unproven::Malformed));
    };
    let shown = match proved {
        Ok(shown) => shown,
        Err(fault) => return Ok(Err(fault.into())),
    };
    let store = store_access::open_existing(config).await?;
    let revoked = store.agents().revoked_minted().await;
    store.close().await;
    let is_revoked = revoked?.iter().any(|revoked| revoked.id.as_str() == shown.id);
    let fault = shown.mint.err().or_else(|| is_revoked.then_some(Unproven::Revoked));
    Ok(Ok(Shown { agent: shown.agent, token: shown.id, fault }))
}

/// What is wrong although the signature is right.
fn fault(shown: &Shown, rules: &Rules) -> Option<Unproven> {
    let without_policy = rules.policies.policy(shown.agent.as_str()).is_none();
    shown.fault.or_else(|| without_policy.then_some(Unproven::NoPolicy))
}

/// What a token says that decides, as it says it.
fn said(jwt: &Jwt<'_>) -> Vec<(&'static str, Value)> {
    let header = [("alg", json!(jwt.algorithm().name())), ("kid", json!(jwt.key_id()))];
    let claims = CLAIMS.into_iter().map(|name| (name, jwt.unproven(name).cloned()));
    let claims = claims.filter_map(|(name, value)| value.map(|value| (name, value)));
    header.into_iter().chain(claims).collect()
}

fn object(shown: Option<&Shown>, why: Option<Unproven>, said: &[(&str, Value)]) -> Value {
    let said = said.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    json!({
        "ok": why.is_none(),
        "reason": why.map(Unproven::code),
        "why": why.map(|why| why.to_string()),
        "agent": shown.map(|shown| &shown.agent),
        "token": shown.map(|shown| &shown.token),
        "says": said.collect::<serde_json::Map<_, _>>(),
    })
}

fn write(
    shown: Option<&Shown>,
    why: Option<Unproven>,
    said: &[(&str, Value)],
    out: &mut dyn Write,
) -> std::io::Result<()> {
    match (why, shown) {
        (None, Some(Shown { agent, token, .. })) => {
            let good = painted(GOOD, "it would be let in:");
            writeln!(out, "{good} agent `{agent}`; records call the token {token}")?;
        }
        (Some(why), Some(Shown { agent, .. })) => {
            let bad = painted(BAD, "it would be refused:");
            writeln!(out, "{bad} {why} ({}); it is of agent `{agent}`", why.code())?;
        }
        (why, None) => {
            let bad = painted(BAD, "it would be refused:");
            let (why, code) = why.map(|why| (why.to_string(), why.code())).unwrap_or_default();
            writeln!(out, "{bad} {why} ({code})")?;
        }
    }
    if !said.is_empty() {
        writeln!(out, "It says:")?;
    }
    for (name, value) in said {
        let time = if ["iat", "nbf", "exp"].contains(name) { time(value) } else { None };
        let time = time.map(|time| format!("  ({time})")).unwrap_or_default();
        writeln!(out, "  {name}  {value}{time}")?;
    }
    Ok(())
}

fn time(value: &Value) -> Option<Timestamp> {
    Timestamp::from_second(value.as_i64()?).ok()
}
