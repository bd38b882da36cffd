//! `kustodian health`: asks a running gateway whether it takes requests.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use gateway::probe::{self, ProbeFailure};
use gateway::refusal::chain;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::failure::{Answer, Verdict};
use crate::output::{BAD, CAUTION, GOOD, json_line, painted};
use crate::settings::Settings;
use crate::time::local;

/// Ask a running gateway whether it takes requests.
///
/// Gets the health page of the administration's listener and exits with 0 if all is well, with 1 if
/// not or if there is no answer within three seconds. Policy files that cannot be used are shown, and are
/// no reason for 1: the policies before them stay in force. Made for health checks of containers.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian health
  kustodian health --url http://127.0.0.1:8081/health
  kustodian health --json")]
pub(crate) struct Args {
    /// The page to ask [default: /health at `listen.admin` of the settings]
    #[arg(long)]
    url: Option<Page>,
    /// Print the gateway's own answer as one JSON object
    #[arg(long)]
    json: bool,
}

/// A page of plain http.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Page {
    authority: String,
    path: String,
}

/// Asks and prints the answer.
pub(crate) async fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> Answer {
    let page = match &args.url {
        Some(page) => page.clone(),
        None => Page::of(settings.read()?.listen.admin),
    };
    let answer = probe::get(&page.authority, &page.path).await;
    let health = Health::of(answer.map(|answer| (answer.status, answer.body)));
    let written = if args.json {
        json_line(out, &health.details)
    } else {
        let status = painted(if health.well { GOOD } else { BAD }, &health.status);
        let Page { authority, path } = page;
        writeln!(out, "{status}  http://{authority}{path}  {}", health.remark())
    };
    Verdict::of(health.well).told(written)
}

/// What was found out.
struct Health {
    well: bool,
    status: String,
    details: Value,
}

impl Health {
    fn of(answer: Result<(u16, String), ProbeFailure>) -> Self {
        match answer {
            Err(failure) => {
                let failure = chain(&failure);
                let details = json!({"status": "unreachable", "failure": failure});
                Self { well: false, status: "unreachable".to_owned(), details }
            }
            Ok((code, body)) => {
                let details: Value = serde_json::from_str(&body).unwrap_or_default();
                let status = details.get("status").and_then(Value::as_str);
                let status = status.map_or_else(|| code.to_string(), str::to_owned);
                Self { well: code == 200, status, details }
            }
        }
    }

    /// A few words on the details.
    fn remark(&self) -> String {
        let text = |pointer| self.details.pointer(pointer).and_then(Value::as_str);
        let failure = text("/failure").or_else(|| text("/store/failure"));
        let failure = failure.or_else(|| text("/tls/failure"));
        let agents = self.details.pointer("/policies/agents").and_then(Value::as_u64);
        let said = match (failure, text("/store/kind"), agents) {
            (Some(failure), _, _) => failure.to_owned(),
            (None, Some(kind), Some(agents)) => {
                format!("{kind} store, {agents} agents with a policy")
            }
            (None, _, _) => String::new(),
        };
        match self.stale_policies() {
            Some(stale) => format!("{said}\n{}  {stale}", painted(CAUTION, "policies")),
            None => said,
        }
    }

    /// Why the policy files are not in force as they are; none where they are.
    fn stale_policies(&self) -> Option<String> {
        let failure = self.details.pointer("/policies/failure")?;
        let since = failure.get("since").and_then(Value::as_str)?;
        let zone = TimeZone::system();
        let since = since.parse().map_or_else(|_| since.to_owned(), |at| local(at, &zone));
        let problems = failure.get("problems").and_then(Value::as_array)?;
        let told = problems.iter().map(|problem| format!("\n  {}", problem_line(problem)));
        let told: String = told.collect();
        Some(format!(
            "the files are not in force since {since}; those of before are, until this is mended:{told}"
        ))
    }
}

/// `file:line:column: message (help)`.
fn problem_line(problem: &Value) -> String {
    let text = |name: &str| problem.get(name).and_then(Value::as_str);
    let number = |name: &str| problem.get(name).and_then(Value::as_u64);
    let place = match (text("file"), number("line"), number("column")) {
        (Some(file), Some(line), Some(column)) => format!("{file}:{line}:{column}: "),
        _ => String::new(),
    };
    let help = text("help").map(|help| format!(" ({help})")).unwrap_or_default();
    format!("{place}{}{help}", text("message").unwrap_or_default())
}

impl Page {
    /// The health page of a listener. One that listens on every address is asked on loopback.
    fn of(mut listener: SocketAddr) -> Self {
        if listener.ip().is_unspecified() {
            listener.set_ip(match listener.ip() {
                IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            });
        }
        Self { authority: listener.to_string(), path: "/health".to_owned() }
    }
}

impl FromStr for Page {
    type Err = &'static str;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        let rest = url.strip_prefix("http://").ok_or("write it as http://HOST:PORT/PATH")?;
        let end = rest.find('/').unwrap_or(rest.len());
        let (host, path) = rest.split_at(end);
        if host.is_empty() || host.contains('@') {
            return Err("there is no host in it");
        }
        let port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let authority = if port { host.to_owned() } else { format!("{host}:80") };
        let path = if path.is_empty() { "/" } else { path };
        Ok(Self { authority, path: path.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(authority: &str, path: &str) -> Page {
        Page { authority: authority.to_owned(), path: path.to_owned() }
    }

    #[test]
    fn a_listener_on_every_address_is_asked_on_loopback() {
        let of = |listener: &str| Page::of(listener.parse().unwrap());
        assert_eq!(of("0.0.0.0:8081"), page("127.0.0.1:8081", "/health"));
        assert_eq!(of("[::]:8081"), page("[::1]:8081", "/health"));
        assert_eq!(of("10.1.2.3:8081"), page("10.1.2.3:8081", "/health"));
    }

    #[test]
    fn a_page_is_plain_http() {
        assert_eq!("http://[::1]:9/h".parse(), Ok(page("[::1]:9", "/h")));
        assert_eq!("http://gateway".parse(), Ok(page("gateway:80", "/")));
        assert!("https://gateway/".parse::<Page>().is_err());
        assert!("http:///health".parse::<Page>().is_err());
    }

    #[test]
    fn an_unready_gateway_is_no_and_says_what_failed() {
        let body = r#"{"status":"unready","store":{"kind":"sqlite","failure":"disk full"}}"#;
        let health = Health::of(Ok((503, body.to_owned())));
        assert!(!health.well);
        assert_eq!((health.status.as_str(), health.remark().as_str()), ("unready", "disk full"));
    }

    #[test]
    fn policy_files_that_are_not_in_force_are_shown_and_the_gateway_is_well() {
        let body = r#"{"status":"ok","store":{"kind":"sqlite"},"policies":{"agents":2,"failure":{
            "since":"2026-11-24T09:00:00Z","problems":[{"file":"policies/bot.toml","line":5,"column":1,
            "message":"unknown resource `custmers`","help":"did you mean `customers`?"}]}}}"#;
        let health = Health::of(Ok((200, body.to_owned())));
        assert!(health.well);
        let remark = crate::testing::plain(health.remark().as_bytes());
        let since = local("2026-11-24T09:00:00Z".parse().unwrap(), &TimeZone::system());
        let expected = format!(
            "sqlite store, 2 agents with a policy\npolicies  the files are not in force since {since}; \
             those of before are, until this is mended:\n  \
             policies/bot.toml:5:1: unknown resource `custmers` (did you mean `customers`?)"
        );
        assert_eq!(remark, expected);
    }
}
