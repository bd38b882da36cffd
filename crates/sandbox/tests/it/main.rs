//! The sandbox from outside: requests in, answers out.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod access;
mod bulk;
mod conversations;
mod customers;
mod limits;
mod messages;
mod search;
mod simulated;
mod webhooks;
mod world;
