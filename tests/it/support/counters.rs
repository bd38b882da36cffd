//! A counter of a test's own, in the place of those that count a gateway's requests.

use std::sync::Arc;

use gateway::metrics::{Metrics, REQUESTS};
use metrics::{
    Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};

use super::world::{Scene, World};

/// Starts a gateway that counts requests of these decisions by `counter`, and nothing else.
pub(crate) async fn start_counting<F>(
    scene: Scene,
    decisions: &'static [&'static str],
    counter: Arc<F>,
) -> World
where
    F: CounterFn + Send + Sync + 'static,
{
    // What all gateways of this program share is set up before, and not with this one's counters.
    drop(Metrics::new());
    let counting = Counting { decisions, counter };
    let _here = metrics::set_default_local_recorder(&counting);
    scene.start().await
}

struct Counting<F> {
    decisions: &'static [&'static str],
    counter: Arc<F>,
}

impl<F: CounterFn + Send + Sync + 'static> Recorder for Counting<F> {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let is_ours = key.name() == REQUESTS
            && key.labels().any(|label| self.decisions.contains(&label.value()));
        if is_ours { Counter::from_arc(Arc::clone(&self.counter)) } else { Counter::noop() }
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}
