//! What a request meets on its way: everything the stages of the pipeline stand on.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use audit::{Event, Trail, TrailFailure};
use catalogue::Catalogue;
use jiff::tz::TimeZone;
use policy::{Facts, PolicySet};
use store::Store;

use crate::arrival::Arrival;
use crate::audit_key::AuditKey;
use crate::budget::Budget;
use crate::clock::{Clock, Ids};
use crate::config::Sizes;
use crate::edge::Capacity;
use crate::edge::tls::Tls;
use crate::flood::Flood;
use crate::identifiers::Identifiers;
use crate::in_flight::InFlight;
use crate::issuers::Issuers;
use crate::metrics::Metrics;
use crate::mint::Minter;
use crate::readiness::Readiness;
use crate::reload::Reloading;
use crate::tokens::Tokens;
use crate::upstream::Upstream;

/// A gateway, assembled. Shared by all its connections.
#[derive(Debug)]
pub struct Gateway {
    /// What can be asked.
    pub catalogue: Arc<Catalogue>,
    /// Who may do what; replaced whole, never changed.
    pub(crate) policies: ArcSwap<PolicySet>,
    /// How they are replaced.
    pub reloading: Reloading,
    /// What is counted.
    pub metrics: Metrics,
    /// Who asks.
    pub tokens: Arc<Tokens>,
    /// Who else vouches for agents.
    pub issuers: Arc<Issuers>,
    /// What signs tokens for one task, and checks them.
    pub minter: Minter,
    /// How often.
    pub budget: Budget,
    /// How many at once.
    pub in_flight: InFlight,
    /// How large.
    pub sizes: Sizes,
    /// For how long, from a request's arrival to the last byte of its answer.
    pub patience: Duration,
    /// What agents are spoken to with, if not in plain HTTP.
    pub tls: Option<Arc<Tls>>,
    /// How many connections.
    pub connections: Arc<Capacity>,
    /// How many callers without a token are recorded one by one.
    pub flood: Flood,
    /// What happened.
    pub trail: Trail,
    /// What records and the log say in the place of addresses and numbers.
    pub identifiers: Identifiers,
    /// What the trail's own statements are signed with.
    pub audit_key: AuditKey,
    /// Kustomer.
    pub upstream: Upstream,
    /// The largest body that is read before the decision, in bytes.
    pub most_body_bytes: usize,
    /// Where records and tokens are kept; for health.
    pub store: Store,
    /// Whether records can be written.
    pub readiness: Readiness,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The zone in which the organisation keeps its hours.
    pub zone: TimeZone,
    /// Ids for records.
    pub ids: Arc<Ids>,
}

impl Gateway {
    /// The policy set in force. Load it once per request.
    #[must_use]
    pub fn policies(&self) -> Guard<Arc<PolicySet>> {
        self.policies.load()
    }

    /// What a decision on a request depends on beside its policy and what it asks.
    #[must_use]
    pub fn facts(&self, arrival: &Arrival) -> Facts<'_> {
        Facts { now: arrival.at, zone: &self.zone, address: Some(arrival.address) }
    }

    /// Puts something on record that the gateway itself did.
    pub async fn note(&self, event: Event) -> Result<(), TrailFailure> {
        let now = self.clock.now();
        self.trail.note(&event.record(self.ids.record(now), now)).await
    }

    /// Whether requests would be taken; if not, why.
    pub async fn ready(&self) -> Result<(), String> {
        self.readiness.check(&self.store, &self.trail).await
    }
}
