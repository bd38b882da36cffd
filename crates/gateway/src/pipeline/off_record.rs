//! A request until it is on record: however it ends before that, it leaves its one record.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::thread;

use audit::Undecided;
use futures_util::FutureExt as _;
use http::Response;
use policy::PolicySet;

use super::authenticate::Proven;
use super::record;
use crate::arrival::{Arrival, Caller};
use crate::gateway::Gateway;
use crate::refusal::Refusal;
use crate::wire::AnswerBody;

/// A request that is not on record yet. Dropped as such, because its agent left or its time was up, it
/// puts itself there, and waits for nothing.
#[derive(Debug)]
pub(crate) struct OffRecord<'r> {
    pub(super) gateway: &'r Gateway,
    pub(super) policies: &'r PolicySet,
    pub(super) arrival: &'r Arrival,
    /// Who asks, once that is proven.
    pub(super) agent: Option<Proven>,
    /// Whether the trail has it, or it is to leave no record.
    pub(super) is_over: bool,
}

impl<'r> OffRecord<'r> {
    /// A request that has just arrived.
    pub(crate) fn new(gateway: &'r Gateway, policies: &'r PolicySet, arrival: &'r Arrival) -> Self {
        Self { gateway, policies, arrival, agent: None, is_over: false }
    }

    /// From here on it leaves no record by itself: the trail has it, or it is to have none.
    pub(crate) fn over(&mut self) {
        self.is_over = true;
    }

    /// Who asks, as far as it is proven.
    pub(super) fn caller(&self) -> Arc<Caller> {
        self.agent.as_ref().map(|agent| Arc::clone(&agent.caller)).unwrap_or_default()
    }

    /// What is left to say after a fault of ours. A record that was opened closes itself.
    pub(super) fn failure(&self) -> Refusal {
        tracing::error!(request.id = %self.arrival.id, "the gateway failed inside");
        if self.is_over {
            Refusal::InternalFailure
        } else {
            Refusal::FailedInside { caller: self.caller() }
        }
    }

    /// Refuses the request; also where a fault of ours comes in between.
    pub(super) async fn refuse(mut self, refusal: Refusal) -> Response<AnswerBody> {
        if let Ok(response) = calmly(record::refuse(&mut self, refusal)).await {
            return response;
        }
        let failure = self.failure();
        if let Ok(response) = calmly(record::refuse(&mut self, failure)).await {
            return response;
        }
        self.over();
        self.failure().into_response(self.arrival, "")
    }

    fn why(&self) -> Undecided {
        if thread::panicking() {
            Undecided::FailedInside
        } else if self.gateway.trail.is_stopping() {
            Undecided::GatewayStopped
        } else if self.arrival.started.elapsed() >= self.gateway.patience {
            Undecided::TimedOut
        } else {
            Undecided::AgentLeft
        }
    }
}

impl Drop for OffRecord<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            record::leave(self, self.why());
        }
    }
}

/// A fault of ours panicked.
#[derive(Debug)]
pub(super) struct Panicked;

/// A fault of ours that panics ends one request, and nothing else.
pub(super) fn calmly<T>(
    work: impl Future<Output = T>,
) -> impl Future<Output = Result<T, Panicked>> {
    AssertUnwindSafe(work).catch_unwind().map(|done| done.map_err(|_| Panicked))
}
