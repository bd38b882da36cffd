//! Which records to look at, as options of the command line.

use std::net::IpAddr;

use audit::{Decided, Filter, IdRange};
use gateway::Config;
use jiff::{Timestamp, ZonedDateTime};
use secrecy::ExposeSecret as _;

use crate::failure::Failure;
use crate::time::{NotATime, instant};

/// The options; each that is given restricts further.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Criteria {
    /// Only this agent's requests, by its id
    #[arg(long)]
    pub(crate) agent: Option<String>,
    /// Only what was decided so: permitted, observed, denied, unauthenticated, malformed, limited,
    /// undecided or noted
    #[arg(long)]
    pub(crate) decision: Option<Decided>,
    /// Only this operation, by its id, such as customers.update
    #[arg(long)]
    pub(crate) operation: Option<String>,
    /// Only operations on this resource, such as customers
    #[arg(long)]
    pub(crate) resource: Option<String>,
    /// Only what names this record of Kustomer in its path, by its id or by a key such as
    /// email=ada@example.com
    #[arg(long, value_name = "ID")]
    pub(crate) target: Option<String>,
    /// Only what was answered with this HTTP status, such as 403
    #[arg(long, value_name = "CODE", value_parser = status)]
    pub(crate) status: Option<u16>,
    /// Only the request with this id, or those whose ids begin so
    #[arg(long, value_name = "ID")]
    pub(crate) request_id: Option<IdRange>,
    /// Only what came with this token, by its id, which begins with `tok_`
    #[arg(long, value_name = "ID")]
    pub(crate) token: Option<String>,
    /// Only what came from this address
    #[arg(long)]
    pub(crate) address: Option<IpAddr>,
    /// Only sentences with this text in it; A to Z count as a to z
    #[arg(long)]
    pub(crate) text: Option<String>,
    /// Not before: 2h, 3d, today, yesterday, 2027-01-31, or an exact time
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// Before: the same forms
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
}

impl Criteria {
    /// Looks for the target in the form in which records have it: masked or hashed, as the settings say.
    pub(super) fn look_for_kept_form(&mut self, config: &Config) -> Result<(), Failure> {
        if let Some(token) = self.token.as_deref().filter(|token| is_itself_a_token(token)) {
            return Err(NotACriterion::token(token).into());
        }
        if let Some(target) = &mut self.target {
            check_target(target)?;
            let url = config.store.url()?;
            let identifiers = config.audit.identifiers(url.expose_secret())?;
            *target = identifiers.target(target);
        }
        Ok(())
    }

    /// The filter that they make at this moment, in this zone.
    pub(crate) fn filter(&self, now: &ZonedDateTime) -> Result<Filter, NotATime> {
        let time = |text: &Option<String>| -> Result<Option<Timestamp>, NotATime> {
            text.as_deref().map(|text| instant(text, now)).transpose()
        };
        let (since, until) = (time(&self.since)?, time(&self.until)?);
        if let (Some(since), Some(until)) = (since, until)
            && since > until
        {
            return Err(NotATime::EndsFirst { since, until });
        }
        Ok(Filter {
            agent: self.agent.clone(),
            decision: self.decision,
            operation: self.operation.clone(),
            resource: self.resource.clone(),
            target: self.target.clone(),
            status: self.status,
            id: self.request_id,
            token: self.token.clone(),
            address: self.address.map(|address| address.to_canonical().to_string()),
            text: self.text.clone(),
            since,
            until,
            cursor: None,
        })
    }
}

/// Reads a status as an argument.
fn status(text: &str) -> Result<u16, &'static str> {
    let status = text.parse().ok().filter(|status| (100..=999).contains(status));
    status.ok_or("a status is a number of three digits, such as 404")
}

/// Whether this is no token's id but a token, whole or in part, or one that is signed.
fn is_itself_a_token(text: &str) -> bool {
    text.starts_with("kst_") || gateway::token::is_in(text)
}

/// Records name people by keys only: `email=`, `phone=`.
fn check_target(target: &str) -> Result<(), NotACriterion> {
    let is_key = target.contains('=');
    if !is_key && (target.contains('@') || target.to_ascii_lowercase().contains("%40")) {
        return Err(NotACriterion::Address { target: target.to_owned() });
    }
    if !is_key && target.starts_with('+') {
        return Err(NotACriterion::Number { target: target.to_owned() });
    }
    Ok(())
}

/// Why nothing can be looked for so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotACriterion {
    #[error(
        "--token takes a token's id, which begins with tok_ or mint_, and not the token itself ({shown}); `kustodian token list` shows the ids"
    )]
    Token { shown: String },
    #[error(
        "--target {target} is no id; an e-mail address is looked for as --target email={target}"
    )]
    Address { target: String },
    #[error(
        "--target {target} is no id; a telephone number is looked for as --target phone={target}"
    )]
    Number { target: String },
}

impl NotACriterion {
    /// Says nothing of the token's secret: errors are kept in logs.
    fn token(token: &str) -> Self {
        let shown = if token.starts_with("kst_") { "kst_..." } else { "eyJ..." };
        Self::Token { shown: shown.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> ZonedDateTime {
        "2026-11-23T19:00:00+01:00[+01:00]".parse().unwrap()
    }

    #[test]
    fn an_end_before_the_beginning_is_no_empty_answer() {
        let (since, until) = (Some("2h".to_owned()), Some("3h".to_owned()));
        let failure = Criteria { since, until, ..Criteria::default() }.filter(&now()).unwrap_err();
        assert!(failure.to_string().contains("--since is after --until"), "{failure}");
    }

    #[test]
    fn an_address_is_looked_for_as_records_have_it() {
        let address = Some("::ffff:127.0.0.1".parse().unwrap());
        let filter = Criteria { address, ..Criteria::default() }.filter(&now()).unwrap();
        assert_eq!(filter.address.as_deref(), Some("127.0.0.1"));
    }

    #[test]
    fn a_token_itself_or_a_bare_address_is_told_what_to_write() {
        for (target, expected) in [
            ("ada@example.com", "--target email=ada@example.com"),
            ("ada%40example.com", "--target email=ada%40example.com"),
            ("+15550121", "--target phone=+15550121"),
        ] {
            let failure = check_target(target).unwrap_err().to_string();
            assert!(failure.ends_with(expected), "{failure}");
        }
        for good in ["5F1A", "email=ada@example.com", "phone=+15550121"] {
            assert_eq!(check_target(good), Ok(()));
        }
        let token = gateway::token::Token::generate().unwrap();
        assert!(is_itself_a_token(token.reveal()) && is_itself_a_token("kst_abc"));
        assert!(!is_itself_a_token("tok_8f3k2q9d1x7a"));
        let failure = NotACriterion::token(token.reveal()).to_string();
        assert!(failure.contains("tok_") && !failure.contains(token.reveal()), "{failure}");
    }

    #[test]
    fn a_status_that_is_none_is_told_what_one_is() {
        assert_eq!(status("404"), Ok(404));
        for text in ["abc", "4xx", "", "40", "99999"] {
            assert!(status(text).unwrap_err().contains("such as 404"), "{text}");
        }
    }
}
