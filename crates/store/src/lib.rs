//! Where tokens and the trail are kept: an SQLite file, or a Postgres database.
//!
//! [`Store::open`] picks the engine by the URL and brings its tables up to date. The rest of the
//! program sees four traits only: [`audit::AuditSink`], [`audit::AuditReader`] and [`audit::AuditPruner`] for
//! the trail, and [`AgentDirectory`] for tokens. This is the only crate that names an SQL library.
//!
//! The two engines have their own statements to write, in `sqlite/` and `postgres/`; what reads the
//! trail is said once for both, in `listing/`, and what a row means in `row/`. To add a column: two migrations of the same number and name in the
//! folder `migrations`, a line for each in `migrations.rs`, then the field in `row/` and in each
//! engine's statement. The acceptance test `both_databases_behave_alike` runs every case on both.

mod address;
mod addresses;
mod dialect;
mod engine;
mod failure;
mod listing;
mod migrations;
mod postgres;
mod row;
mod sqlite;
mod store;
mod token;

pub use addresses::{Addresses, Network, NotANetwork};
pub use store::{OpenFailure, Store};
pub use token::{AgentDirectory, Fingerprint, RevokedMint, TokenId, TokenRow, TokenUse};
