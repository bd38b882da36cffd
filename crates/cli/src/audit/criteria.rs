//! Which records to look at, as options of the command line.

use audit::{Decided, Filter};
use jiff::{Timestamp, ZonedDateTime};

use crate::time::{NotATime, instant};

/// The options; each that is given restricts further.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Criteria {
    /// Only this agent's requests, by its id
    #[arg(long)]
    pub(crate) agent: Option<String>,
    /// Only what was decided so: permitted, denied, unauthenticated, malformed or limited
    #[arg(long)]
    pub(crate) decision: Option<Decided>,
    /// Only this operation, by its id, such as customers.update
    #[arg(long)]
    pub(crate) operation: Option<String>,
    /// Not before: 2h, 3d, today, yesterday, 2027-01-31, or an exact time
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// Before: the same forms
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
}

impl Criteria {
    /// The filter that they make at this moment, in this zone.
    pub(crate) fn filter(&self, now: &ZonedDateTime) -> Result<Filter, NotATime> {
        let time = |text: &Option<String>| -> Result<Option<Timestamp>, NotATime> {
            text.as_deref().map(|text| instant(text, now)).transpose()
        };
        Ok(Filter {
            agent: self.agent.clone(),
            decision: self.decision,
            operation: self.operation.clone(),
            since: time(&self.since)?,
            until: time(&self.until)?,
            cursor: None,
        })
    }
}
