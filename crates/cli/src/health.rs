//! `kustodian health`: asks a running gateway whether it takes requests.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use gateway::probe::{self, ProbeFailure};
use gateway::refusal::chain;
use serde_json::{Value, json};

use crate::failure::{Answer, Verdict};
use crate::output::{BAD, GOOD, json_line, painted};
use crate::settings::Settings;

/// Ask a running gateway whether it takes requests.
///
/// Gets the health page of the administration's listener and exits with 0 if all is well, with 1 if
/// not or if there is no answer within three seconds. Made for health checks of containers.
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
        match (failure, text("/store/kind"), agents) {
            (Some(failure), _, _) => failure.to_owned(),
            (None, Some(kind), Some(agents)) => {
                format!("{kind} store, {agents} agents with a policy")
            }
            (None, _, _) => String::new(),
        }
    }
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
}
