//! What the requests of one thread share with each other and with no other thread.

use audit::Trail;

use crate::gateway::Gateway;
use crate::upstream::Pool;

/// A thread's own way to Kustomer and to the trail.
#[derive(Debug)]
pub struct Lane {
    /// Its connections to Kustomer.
    pub pool: Pool,
    /// The trail, whose answers come over a courier of the thread's own.
    pub trail: Trail,
}

impl Lane {
    /// A lane, and the work of its courier, to be spawned on the thread's runtime.
    pub fn new(gateway: &Gateway) -> (Self, impl Future<Output = ()> + Send + use<>) {
        let (trail, courier) = gateway.trail.with_courier();
        (Self { pool: gateway.upstream.pool(), trail }, courier)
    }
}
