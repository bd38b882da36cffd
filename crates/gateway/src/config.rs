//! The settings: one file and the environment, read once at start.
//!
//! `config/kustodian.toml` documents every key. A variable `KUSTODIAN_SECTION__KEY` overrides the
//! file. To add a setting: a field in its section's file here, and a line in `config/kustodian.toml`.

mod audit;
mod forward;
mod host_name;
mod issuers;
mod kustomer;
mod limits;
mod listen;
mod log;
mod policies;
mod read;
mod store;
mod tokens;
mod trail;
mod zone;

use std::path::PathBuf;

use serde::Deserialize;

pub use audit::{AuditConfig, IdentifierMode};
pub use forward::Forward;
pub use host_name::{HostName, NotAHostName};
pub use issuers::{IssuerSettings, Mistake as IssuerMistake, Texts, mistakes as issuer_mistakes};
pub use kustomer::{Kustomer, KustomerFailure, Plan};
pub use limits::{Limits, LimitsFailure, Sizes};
pub use listen::{ClientCertificates, Listen, ListenTls};
pub use log::{Log, LogFormat};
pub use policies::Policies;
pub use read::{ConfigFailure, read};
pub use store::{StoreSettings, StoreUrlFailure, sqlite_file};
pub use tokens::{NotATtl, TokenSettings, Ttl};
pub use trail::TrailConfig;
pub use zone::Zone;

/// All settings.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the gateway listens.
    pub listen: Listen,
    /// The organisation at Kustomer.
    pub kustomer: Kustomer,
    /// Where tokens and records are kept.
    pub store: StoreSettings,
    /// Where the policies are.
    pub policies: Policies,
    /// When tokens end.
    pub tokens: TokenSettings,
    /// Whose signed tokens agents may show.
    pub issuers: Vec<IssuerSettings>,
    /// The operator's own additions to the catalogue.
    pub catalogue: CatalogueFiles,
    /// What records say of people.
    pub audit: AuditConfig,
    /// How records wait to become durable.
    pub trail: TrailConfig,
    /// How long Kustomer and agents may take.
    pub forward: Forward,
    /// What agents may take up on the gateway.
    pub limits: Limits,
    /// The log.
    pub log: Log,
}

/// `[catalogue]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CatalogueFiles {
    /// Files that add operations, resources and actions to the built-in ones.
    pub extend: Vec<PathBuf>,
}
