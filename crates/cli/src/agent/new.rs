//! `kustodian agent new`: a policy from a template, and a token for it.

use std::io::{self, Write};
use std::path::Path;

use gateway::Config;
use gateway::clock::{Clock as _, SystemClock};
use jiff::Timestamp;
use jiff::civil::Date;
use policy::AgentId;
use serde_json::json;

use super::save;
use super::template::{self, Draft};
use super::wish::{Table, Wish};
use crate::failure::{Answer, Failure, Verdict};
use crate::output::json_line;
use crate::rules::{PolicyFolder, Rules};
use crate::{store_access, time, token};

/// Make an agent: write its policy, with comments, and issue its token.
///
/// Nothing is asked and nothing is overwritten. The policy grants what --allow and --role say and
/// nothing else. The token alone goes to standard output, once; everything about it goes to standard
/// error.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian agent new order-bot --owner orders@example.com --allow kobjects=read \\
      --allow customers=read
  kustodian agent new reply-bot --owner ops@example.com \\
      --allow reply_to_customers=full --expires 2027-06-30
  kustodian agent new night-bot --owner ops@example.com --role reader --no-token > /dev/null")]
pub(crate) struct Args {
    /// The agent's id, in tokens and records: a-z, 0-9 and `-`
    #[arg(value_parser = id)]
    id: AgentId,
    /// Whom to ask about it: a person, a team, or their address
    #[arg(long)]
    owner: String,
    /// Its name in sentences [default: made from the id]
    #[arg(long)]
    name: Option<String>,
    /// What it is for, in a line
    #[arg(long)]
    purpose: Option<String>,
    /// A role that it has; may be repeated
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
    /// A resource, action or operation and its level; may be repeated
    #[arg(long, value_name = "NAME=LEVEL")]
    allow: Vec<Wish>,
    /// The end of its term: its last day, in UTC, or 90d, or an exact time [default: none]
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
    /// How much it may ask
    #[arg(long, value_name = "LIMIT", default_value = "60/min")]
    requests: String,
    /// Write the policy alone; `kustodian token issue` makes a token later
    #[arg(long)]
    no_token: bool,
    #[command(flatten)]
    folder: PolicyFolder,
    /// Print one JSON object, with the token in it
    #[arg(long)]
    json: bool,
}

/// Writes the policy and issues the token: to `out`, and words about them to `words`.
pub(super) async fn run(
    args: &Args,
    config: &Config,
    out: &mut dyn Write,
    words: &mut dyn Write,
) -> Answer {
    let now = SystemClock.now();
    let folder = args.folder.or_settings(config);
    let rules = Rules::load(config, &args.folder)?;
    if let Some(policy) = rules.policies.policy(&args.id) {
        return Err(Failure::AgentExists {
            agent: args.id.to_string(),
            file: policy.file().to_owned(),
        });
    }
    let text = template(args, folder, &rules, now)?;
    let file = folder.join(format!("{}.toml", args.id));
    let observing = config.policies.observing();
    let policies = save::set_with(folder, &file, &text, &rules.catalogue, observing)?;
    let rules = Rules { catalogue: rules.catalogue, policies };
    if args.no_token {
        save::write_new(&file, &text)?;
        tell(&file, words)?;
        if args.json {
            json_line(out, &told(args, &file, None))?;
        }
        return Ok(Verdict::Yes);
    }
    // Opened first: an agent without its token would be half made.
    let store = store_access::open(config).await?;
    let answer = match save::write_new(&file, &text) {
        Ok(()) => {
            tell(&file, words)?;
            let agent = args.id.as_str();
            if args.json {
                let mut out = JsonToken { args, file: &file, token: Vec::new(), out };
                token::issue_first(agent, &rules, &store, &mut out, words).await
            } else {
                token::issue_first(agent, &rules, &store, out, words).await
            }
        }
        Err(failure) => Err(failure.into()),
    };
    store.close().await;
    answer
}

fn template(args: &Args, folder: &Path, rules: &Rules, now: Timestamp) -> Result<String, Failure> {
    let mut entries = Vec::new();
    for wish in &args.allow {
        entries.push((Table::of(&wish.name, &rules.catalogue)?, wish));
    }
    // A name that is asked for twice counts as it was asked for last, as options do.
    let mut kept: Vec<(Table, &Wish)> = Vec::new();
    for (table, wish) in entries {
        kept.retain(|(_, other)| !other.name.eq_ignore_ascii_case(&wish.name));
        kept.push((table, wish));
    }
    let expires = args.expires.as_deref().map(|text| end(text, now)).transpose()?;
    let name = args.name.clone().unwrap_or_else(|| in_words(args.id.as_str()));
    let draft = Draft {
        id: args.id.as_str(),
        schema: SCHEMAS.into_iter().find(|schema| folder.join(schema).is_file()),
        name: &name,
        owner: &args.owner,
        purpose: args.purpose.as_deref(),
        expires,
        roles: &args.roles,
        requests: &args.requests,
        entries: kept,
    };
    Ok(template::text(&draft, &rules.catalogue))
}

/// Where the schema of policies may be, as seen from their folder.
const SCHEMAS: [&str; 3] =
    ["policy.schema.json", "schemas/policy.schema.json", "../schemas/policy.schema.json"];

/// The end of a term as it stands in a file: a last day as it is, all else as an instant.
fn end(text: &str, now: Timestamp) -> Result<String, Failure> {
    let end = time::expiry(text, now)?;
    let text = text.trim();
    let is_day = text.len() == "2027-01-31".len() && text.parse::<Date>().is_ok();
    Ok(if is_day { text.to_owned() } else { format!("{end:.0}") })
}

/// `order-bot` is `Order Bot`.
fn in_words(id: &str) -> String {
    let words = id.split('-').filter(|word| !word.is_empty()).map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect::<Vec<_>>().join(" ")
}

fn tell(file: &Path, words: &mut dyn Write) -> io::Result<()> {
    writeln!(words, "wrote {}", file.display())
}

fn told(args: &Args, file: &Path, token: Option<&str>) -> serde_json::Value {
    json!({ "agent": args.id, "file": file.display().to_string(), "token": token })
}

fn id(text: &str) -> Result<AgentId, policy::InvalidAgentId> {
    text.parse()
}

/// Takes the token and writes it within an object. What cannot be written is told to whoever issues
/// it, who then takes the token back.
struct JsonToken<'a> {
    args: &'a Args,
    file: &'a Path,
    token: Vec<u8>,
    out: &'a mut dyn Write,
}

impl Write for JsonToken<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.token.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let token = String::from_utf8_lossy(&self.token);
        json_line(&mut *self.out, &told(self.args, self.file, Some(token.trim())))?;
        self.token.clear();
        self.out.flush()
    }
}
