//! What the tests stand on: worlds to act in, clients to ask with, and upstreams that misbehave.

pub(crate) mod answer;
pub(crate) mod certificates;
pub(crate) mod client;
pub(crate) mod clock;
pub(crate) mod counters;
pub(crate) mod dice;
pub(crate) mod issuer;
pub(crate) mod lock;
pub(crate) mod patience;
pub(crate) mod postgres;
pub(crate) mod program;
pub(crate) mod project;
pub(crate) mod raw;
pub(crate) mod tls_client;
pub(crate) mod upstream;
pub(crate) mod world;
