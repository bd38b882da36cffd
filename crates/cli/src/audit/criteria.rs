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
    #[arg(long)]
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
        if let Some(target) = &mut self.target {
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
        Ok(Filter {
            agent: self.agent.clone(),
            decision: self.decision,
            operation: self.operation.clone(),
            resource: self.resource.clone(),
            target: self.target.clone(),
            status: self.status,
            id: self.request_id,
            token: self.token.clone(),
            address: self.address.map(|address| address.to_string()),
            text: self.text.clone(),
            since: time(&self.since)?,
            until: time(&self.until)?,
            cursor: None,
        })
    }
}
