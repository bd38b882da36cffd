//! `kustodian token`: gives agents their tokens and takes them away.

mod inspect;
mod issue;
mod list;
mod mint;
mod note;
mod record;
mod revoke;
mod rotate;

use std::io::Write;

use gateway::clock::{Clock as _, SystemClock};
use serde_json::json;
use store::{Network, Store};

use crate::failure::{Answer, Verdict};
use crate::output::{BAD, json_line, painted};
use crate::rules::{PolicyFolder, Rules};
use crate::settings::Settings;
use crate::store_access;

pub(crate) use issue::new_row;

/// Issue, mint, rotate, list and revoke the tokens by which agents prove who they are.
///
/// Changes act on running gateways within a second. Only a token's fingerprint is kept, so a token
/// that is lost cannot be shown again: revoke it and issue another.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Issue(IssueArgs),
    Mint(mint::Args),
    Rotate(rotate::Args),
    List(ListArgs),
    Note(note::Args),
    Revoke(revoke::Args),
    Inspect(inspect::Args),
}

/// Issue a token for an agent, and print it once.
///
/// The token alone goes to standard output; everything about it goes to standard error. The agent
/// sends it as `Authorization: Bearer kst_...`. An agent needs a policy before it gets a token.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian token issue support-agent
  kustodian token issue support-agent --expires 90d --note 'inbox worker'
  kustodian token issue triage-bot --expires 2027-01-31 > token-file
  kustodian token issue triage-bot --json
  kustodian token issue triage-bot --from 10.0.0.0/8 --from 2001:db8::/32")]
pub(crate) struct IssueArgs {
    /// The agent's id, as its policy has it
    agent: String,
    /// When it ends: 90d (of 24 hours each), 12h, or its last day, in UTC [default: never]
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
    /// What you want to remember about it, such as who has it
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// A network or address that it may come from, as the gateway sees it; may be given several times
    /// [default: anywhere]
    #[arg(long, value_name = "NETWORK")]
    from: Vec<Network>,
    #[command(flatten)]
    folder: PolicyFolder,
    /// Print one JSON object, with the token in it
    #[arg(long)]
    json: bool,
}

/// List all tokens, oldest first: revoked and expired ones too, and never the token itself.
///
/// The id is what `token revoke` takes, and what records name. Of minted tokens nothing is kept, so only
/// those stand here that were revoked before their end; `audit list --token mint_...` shows what one did.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian token list
  kustodian token list --json")]
pub(crate) struct ListArgs {
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Runs one of them.
pub(crate) async fn run(command: &Command, settings: &Settings, out: &mut dyn Write) -> Answer {
    let config = settings.read()?;
    match command {
        Command::Issue(args) => {
            let rules = Rules::load(&config, &args.folder)?;
            let store = store_access::open(&config).await?;
            let mut words = anstream::stderr();
            let answer = issue::issue(args, &rules, &store, out, &mut words).await;
            closing(store, answer).await
        }
        Command::Mint(args) => {
            let rules = Rules::load(&config, &args.folder)?;
            let store = store_access::open(&config).await?;
            let minter = mint::minter(&config)?;
            let mut words = anstream::stderr();
            let answer = mint::mint(args, &minter, &rules, &store, out, &mut words).await;
            closing(store, answer).await
        }
        Command::Rotate(args) => {
            let rules = Rules::load(&config, &args.folder)?;
            let store = store_access::open_existing(&config).await?;
            let mut words = anstream::stderr();
            let answer = rotate::rotate(args, &rules, &store, out, &mut words).await;
            closing(store, answer).await
        }
        Command::Note(args) => {
            let store = store_access::open_existing(&config).await?;
            let answer = note::note(args, &store, out).await;
            closing(store, answer).await
        }
        Command::List(args) => {
            let store = store_access::open_existing(&config).await?;
            let answer = list::list(args, &store, SystemClock.now(), out).await;
            closing(store, answer).await
        }
        Command::Revoke(args) => {
            let store = store_access::open_existing(&config).await?;
            let answer = revoke::revoke(args, &store, out).await;
            closing(store, answer).await
        }
        Command::Inspect(args) => inspect::inspect(args, &config, &mut std::io::stdin(), out).await,
    }
}

/// Issues a token without an end of its own for an agent that was just made.
pub(crate) async fn issue_first(
    agent: &str,
    rules: &Rules,
    store: &Store,
    out: &mut dyn Write,
    words: &mut dyn Write,
) -> Answer {
    let folder = PolicyFolder::default();
    let (agent, expires, note) = (agent.to_owned(), None, None);
    let args = IssueArgs { agent, expires, note, from: Vec::new(), folder, json: false };
    issue::issue(&args, rules, store, out, words).await
}

/// Lets go of the store, whatever came of the command.
async fn closing(store: Store, answer: Answer) -> Answer {
    store.close().await;
    answer
}

/// What is not done, and why: where a token would have been printed, or what is said of one.
fn refused(what: &str, why: &str, json: bool, out: &mut dyn Write) -> Answer {
    Verdict::No.told(if json {
        json_line(out, &json!({ "refused": why }))
    } else {
        writeln!(out, "{} {why}", painted(BAD, what))
    })
}

/// Whether this is a token instead of its id. Whoever mixes them up must not find the token in a
/// terminal's history as well.
fn is_token(id: &str) -> bool {
    id.starts_with("kst_") || id.starts_with("eyJ")
}

const THAT_IS_A_TOKEN: &str =
    "that is a token; give its id, which begins with tok_ or mint_ (see `kustodian token list`)";

fn no_such_token(id: &str) -> String {
    format!("there is no token `{id}` (see `kustodian token list`)")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use gateway::Config;
    use gateway::token::Token;
    use jiff::Timestamp;

    use super::*;
    use crate::failure::Failure;
    use crate::testing;

    fn rules() -> Rules {
        let folder = PolicyFolder { policies: Some(testing::sample_policies()) };
        Rules::load(&Config::default(), &folder).unwrap()
    }

    async fn store_in(folder: &Path) -> Store {
        Store::open(&format!("sqlite://{}/k.db", folder.display())).await.unwrap()
    }

    fn issue_args(agent: &str, expires: Option<&str>) -> IssueArgs {
        IssueArgs {
            agent: agent.to_owned(),
            expires: expires.map(str::to_owned),
            note: Some("inbox worker".to_owned()),
            from: Vec::new(),
            folder: PolicyFolder::default(),
            json: false,
        }
    }

    async fn issue(
        store: &Store,
        agent: &str,
        expires: Option<&str>,
    ) -> Result<(String, String), Failure> {
        let (mut out, mut words) = (Vec::new(), Vec::new());
        issue::issue(&issue_args(agent, expires), &rules(), store, &mut out, &mut words).await?;
        Ok((testing::plain(&out), testing::plain(&words)))
    }

    async fn listed(store: &Store, json: bool, now: Timestamp) -> String {
        let mut out = Vec::new();
        list::list(&ListArgs { json }, store, now, &mut out).await.unwrap();
        testing::plain(&out)
    }

    #[tokio::test]
    async fn the_token_stands_alone_on_standard_output_and_only_its_fingerprint_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let store = store_in(folder.path()).await;
        let (out, words) = issue(&store, "support-agent", Some("90d")).await.unwrap();
        let token = Token::parse(out.trim_end()).expect("a token and nothing else");
        assert!(!words.contains(out.trim_end()), "the token is among the words");
        assert!(words.contains("shown once"), "{words}");
        let rows = store.agents().tokens().await.unwrap();
        assert_eq!(rows[0].fingerprint, token.fingerprint());
        assert!(words.contains(rows[0].id.as_str()), "{words}");
    }

    #[tokio::test]
    async fn a_token_that_nobody_could_read_is_revoked() {
        let folder = tempfile::tempdir().unwrap();
        let store = store_in(folder.path()).await;
        // A slice without room takes no bytes.
        let mut full: &mut [u8] = &mut [];
        let args = issue_args("support-agent", None);
        let answer = issue::issue(&args, &rules(), &store, &mut full, &mut Vec::new()).await;
        assert!(matches!(answer, Err(Failure::UnseenToken(_))));
        assert!(store.agents().tokens().await.unwrap()[0].revoked_at.is_some());
    }

    #[tokio::test]
    async fn an_agent_without_a_policy_gets_no_token() {
        let folder = tempfile::tempdir().unwrap();
        let store = store_in(folder.path()).await;
        let failure = issue(&store, "suport-agent", None).await.unwrap_err();
        assert!(matches!(failure, Failure::UnknownAgent { .. }));
        assert_eq!(store.agents().tokens().await.unwrap(), []);
    }

    #[tokio::test]
    async fn the_list_tells_active_expired_and_revoked_tokens_apart_and_shows_none() {
        let folder = tempfile::tempdir().unwrap();
        let store = store_in(folder.path()).await;
        let (token, _) = issue(&store, "support-agent", None).await.unwrap();
        issue(&store, "triage-bot", Some("2h")).await.unwrap();
        issue(&store, "admin-bot", None).await.unwrap();
        let rows = store.agents().tokens().await.unwrap();
        let id = rows[2].id.to_string();
        let answer =
            revoke::revoke(&revoke::Args { id, json: false }, &store, &mut Vec::new()).await;
        assert_eq!(answer.unwrap(), Verdict::Yes);

        let later = rows[0].issued_at + jiff::SignedDuration::from_hours(3);
        let text = listed(&store, false, later).await;
        let states: Vec<_> =
            text.lines().skip(1).filter_map(|line| line.split_whitespace().nth(2)).collect();
        assert_eq!(states, ["active", "expired", "revoked"], "{text}");
        assert!(text.contains("inbox worker"), "{text}");

        let json = listed(&store, true, later).await;
        assert_eq!(json.lines().count(), 3);
        let first: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
        assert_eq!(first["agent"], "support-agent");
        assert_eq!(first["state"], "active");
        for text in [text, json] {
            assert!(!text.contains(token.trim_end()) && !text.contains("kst_"), "{text}");
        }
    }

    #[tokio::test]
    async fn revoking_what_is_not_there_is_no() {
        let folder = tempfile::tempdir().unwrap();
        let store = store_in(folder.path()).await;
        for id in ["tok_nothing", "kst_something", "eyJsomething", "mint_nothing"] {
            let mut out = Vec::new();
            let args = revoke::Args { id: id.to_owned(), json: false };
            assert_eq!(revoke::revoke(&args, &store, &mut out).await.unwrap(), Verdict::No);
            assert!(!testing::plain(&out).contains("something"), "a token is repeated");
        }
    }
}
