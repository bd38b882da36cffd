//! Measures how a trail is found in, and what it costs to write one.

pub(crate) mod measure;
pub(crate) mod server;
pub(crate) mod writing;
