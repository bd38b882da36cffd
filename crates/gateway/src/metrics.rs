//! What is counted, for whoever watches the gateway: every name, and the page that shows them.
//!
//! To add one: its name and what it says here, and a row in docs/metrics.md. What a request counts is a
//! field of [`Metrics`], because looking a name up would cost each request more than the counting.

use std::sync::OnceLock;
use std::time::Duration;

use audit::Decided;
use jiff::{SignedDuration, Timestamp};
use metrics::{Counter, Gauge, counter, describe_counter, describe_gauge, gauge};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use policy::Fingerprint;
use tokio_util::sync::CancellationToken;

use crate::reload::Reloaded;

/// The program: always 1, with its version.
pub const BUILD_INFO: &str = "kustodian_build_info";
/// Requests, by what was decided.
pub const REQUESTS: &str = "kustodian_requests_total";
/// Agents that have a policy.
pub const POLICY_AGENTS: &str = "kustodian_policy_agents";
/// The policy set in force: always 1, with its fingerprint.
pub const POLICY_INFO: &str = "kustodian_policy_info";
/// When the policy set in force was put in force.
pub const POLICY_LOADED_AT: &str = "kustodian_policy_loaded_timestamp_seconds";
/// Whether the policy files are not in force as they are.
pub const POLICY_RELOAD_FAILED: &str = "kustodian_policy_reload_failed";
/// Readings of the policy files that changed something or failed.
pub const POLICY_RELOADS: &str = "kustodian_policy_reloads_total";

/// Seconds until the first token ends that nobody has seen to; infinite where none ends.
pub const TOKEN_EXPIRY: &str = "kustodian_token_expiry_seconds";
/// Tokens that end soon and that nobody has seen to.
pub const TOKENS_EXPIRING: &str = "kustodian_tokens_expiring";

/// How old the keys of the issuer are whose keys are oldest.
pub const ISSUER_KEYS_AGE: &str = "kustodian_issuer_keys_age_seconds";

/// How often the exporter is let tidy up.
const UPKEEP: Duration = Duration::from_secs(5);

/// The content type of the page.
pub(crate) const PAGE_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What is counted. Cheap to clone; all gateways of one process count together.
#[derive(Debug, Clone)]
pub struct Metrics {
    page: Option<PrometheusHandle>,
    permitted: Counter,
    observed: Counter,
    denied: Counter,
    unauthenticated: Counter,
    malformed: Counter,
    limited: Counter,
    undecided: Counter,
    agents: Gauge,
    loaded_at: Gauge,
    failed: Gauge,
    token_expiry: Gauge,
    tokens_expiring: Gauge,
    issuer_keys_age: Gauge,
}

impl Metrics {
    /// Counts from now on, where nothing in this process has begun to count elsewhere.
    #[must_use]
    pub fn new() -> Self {
        static PAGE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
        let page = PAGE.get_or_init(install).clone();
        let requests = |decided: Decided| counter!(REQUESTS, "decision" => decided.as_str());
        for result in [LOADED, REFUSED, UNRECORDED] {
            reloads(result).absolute(0);
        }
        Self {
            page,
            permitted: requests(Decided::Permitted),
            observed: requests(Decided::Observed),
            denied: requests(Decided::Denied),
            unauthenticated: requests(Decided::Unauthenticated),
            malformed: requests(Decided::Malformed),
            limited: requests(Decided::Limited),
            undecided: requests(Decided::Undecided),
            agents: gauge!(POLICY_AGENTS),
            loaded_at: gauge!(POLICY_LOADED_AT),
            failed: gauge!(POLICY_RELOAD_FAILED),
            token_expiry: gauge!(TOKEN_EXPIRY),
            tokens_expiring: gauge!(TOKENS_EXPIRING),
            issuer_keys_age: gauge!(ISSUER_KEYS_AGE),
        }
    }

    /// Counts a request.
    pub(crate) fn decided(&self, decided: Decided) {
        match decided {
            Decided::Permitted => self.permitted.increment(1),
            Decided::Observed => self.observed.increment(1),
            Decided::Denied => self.denied.increment(1),
            Decided::Unauthenticated => self.unauthenticated.increment(1),
            Decided::Malformed => self.malformed.increment(1),
            Decided::Limited => self.limited.increment(1),
            Decided::Undecided => self.undecided.increment(1),
            // Nothing was asked.
            Decided::Noted => {}
        }
    }

    /// Counts what came of reading the policy files.
    pub(crate) fn reloaded(&self, reloaded: &Reloaded) {
        match reloaded {
            Reloaded::Changed { .. } => reloads(LOADED).increment(1),
            Reloaded::Refused { .. } => reloads(REFUSED).increment(1),
            Reloaded::Unrecorded(_) => reloads(UNRECORDED).increment(1),
            Reloaded::Unchanged | Reloaded::Stopping => {}
        }
        self.failed.set(match reloaded {
            Reloaded::Unchanged | Reloaded::Changed { .. } | Reloaded::Stopping => 0.0,
            Reloaded::Refused { .. } | Reloaded::Unrecorded(_) => 1.0,
        });
    }

    /// When the first token ends, if one does, and how many do so soon.
    pub(crate) fn expiring(&self, first: Option<SignedDuration>, soon: usize) {
        self.token_expiry.set(first.map_or(f64::INFINITY, |first| first.as_secs_f64()));
        self.tokens_expiring.set(u32::try_from(soon).map_or(f64::INFINITY, f64::from));
    }

    /// How old the oldest keys of an issuer are.
    pub(crate) fn issuer_keys(&self, oldest_seconds: f64) {
        self.issuer_keys_age.set(oldest_seconds);
    }

    /// A policy set was put in force.
    pub(crate) fn in_force(&self, agents: usize, now: Timestamp) {
        self.agents.set(u32::try_from(agents).map_or(f64::INFINITY, f64::from));
        self.loaded_at.set(now.as_duration().as_secs_f64());
    }

    /// The page for a monitoring system. The fingerprint is written beside what is counted, because the
    /// exporter would go on showing those of all sets before.
    pub(crate) fn page(&self, in_force: &Fingerprint) -> String {
        let page = self.page.as_ref().map(PrometheusHandle::render).unwrap_or_default();
        let about = "The policy set in force.";
        let info = format!(
            "# HELP {POLICY_INFO} {about}\n# TYPE {POLICY_INFO} gauge\n\
             {POLICY_INFO}{{fingerprint=\"{in_force}\"}} 1\n"
        );
        page + &info
    }

    /// Lets the exporter tidy up until told to stop.
    pub(crate) async fn upkeep(self, stop: CancellationToken) {
        let Some(page) = self.page else { return };
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(UPKEEP) => page.run_upkeep(),
            }
        }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

const LOADED: &str = "loaded";
const REFUSED: &str = "refused";
const UNRECORDED: &str = "unrecorded";

fn reloads(result: &'static str) -> Counter {
    counter!(POLICY_RELOADS, "result" => result)
}

/// Begins to count. A process that counts elsewhere already is left to do so.
fn install() -> Option<PrometheusHandle> {
    let page = PrometheusBuilder::new().install_recorder();
    let page = page.map_err(|failure| tracing::warn!(%failure, "nothing is counted here")).ok()?;
    describe_gauge!(BUILD_INFO, "The program, with its version.");
    describe_counter!(REQUESTS, "Requests, by what was decided.");
    describe_gauge!(POLICY_AGENTS, "Agents that have a policy.");
    describe_gauge!(POLICY_LOADED_AT, "When the policy set in force was put in force.");
    describe_gauge!(POLICY_RELOAD_FAILED, "1 while the policy files are not in force as they are.");
    describe_counter!(POLICY_RELOADS, "Readings of policy files that changed something or failed.");
    describe_gauge!(TOKEN_EXPIRY, "Seconds until the first token ends that nobody has seen to.");
    describe_gauge!(TOKENS_EXPIRING, "Tokens that end soon and that nobody has seen to.");
    describe_gauge!(ISSUER_KEYS_AGE, "Seconds since the issuer longest silent listed its keys.");
    gauge!(BUILD_INFO, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Some(page)
}
