//! What decisions are made by: the catalogue with the operator's additions, and the policies.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use catalogue::Catalogue;
use gateway::Config;
use gateway::policies::{load_catalogue, load_policies};
use policy::{Policy, PolicySet};

use crate::failure::Failure;
use crate::output::hint;

/// Where the policies are, for commands that answer without a gateway.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct PolicyFolder {
    /// The folder with the policies [default: as the settings say]
    #[arg(long, value_name = "DIR")]
    pub(crate) policies: Option<PathBuf>,
}

/// A catalogue, and the policies that are written in its words.
#[derive(Debug)]
pub(crate) struct Rules {
    /// What can be asked.
    pub(crate) catalogue: Catalogue,
    /// Who may do what.
    pub(crate) policies: PolicySet,
}

impl Rules {
    /// Reads both; every mistake in them is a failure.
    pub(crate) fn load(config: &Config, folder: &PolicyFolder) -> Result<Self, Failure> {
        let catalogue = load_catalogue(&config.catalogue.extend)?;
        let policies =
            load_policies(folder.or_settings(config), &catalogue, config.policies.observing())?;
        Ok(Self { catalogue, policies })
    }

    /// The policy of an agent.
    pub(crate) fn policy(&self, agent: &str) -> Result<&Arc<Policy>, Failure> {
        self.policies.policy(agent).ok_or_else(|| {
            let known = self.policies.policies().map(|policy| policy.agent().id().as_str());
            let hint = hint(agent, known.collect::<Vec<_>>().into_iter());
            Failure::UnknownAgent { agent: agent.to_owned(), hint }
        })
    }
}

impl PolicyFolder {
    /// The folder that was named, or else the one in the settings.
    pub(crate) fn or_settings<'a>(&'a self, config: &'a Config) -> &'a Path {
        self.policies.as_deref().unwrap_or(&config.policies.dir)
    }
}
