//! The service: it takes an agent's request through its stages and gives the answer back.
//!
//! Start reading at [`pipeline`], which is a request's whole way on one screen. Each stage is a verb
//! and a file beneath it; everything else here is what the stages stand on.

pub mod arrival;
pub mod audit_key;
pub mod budget;
pub mod clock;
pub mod config;
pub mod descriptors;
pub mod edge;
mod expiring;
pub mod flood;
pub mod gateway;
pub mod identifiers;
pub mod in_flight;
pub mod issuers;
pub mod jwt;
pub mod key_search;
pub mod lane;
pub mod metrics;
pub mod mint;
mod notes;
pub mod pipeline;
pub mod policies;
pub mod probe;
pub mod readiness;
pub mod refusal;
pub mod reload;
pub mod retention;
pub mod secret;
pub mod start;
pub mod token;
pub mod tokens;
pub mod upstream;
pub mod wire;

pub use config::Config;
pub use gateway::Gateway;
pub use start::{Running, StartFailure, start};
