//! One side of a comparison: the policies of a folder, or of a revision of the repository around it.

use std::fmt;
use std::path::Path;

use ::catalogue::Catalogue;
use ::policy::{Observing, PolicySet, Source};
use gateway::policies::{LoadFailure, read_policies};

use super::git::Repository;
use crate::failure::Failure;

/// Policies, and where they are from.
#[derive(Debug)]
pub(super) struct Version {
    /// `main (1a2b3c4d5e6f)`, or the folder.
    name: String,
    sources: Vec<Source>,
}

impl Version {
    /// A folder of this name, or else a revision of the repository in which `policies` is.
    pub(super) fn read(name: &str, policies: &Path) -> Result<Self, Failure> {
        if Path::new(name).is_dir() {
            return Self::of_folder(Path::new(name));
        }
        let repository = Repository::around(policies, name)?;
        let commit = repository.commit(name)?;
        let short: String = commit.chars().take(12).collect();
        let sources = repository.policies(name, &commit)?;
        Ok(Self { name: format!("{name} ({short})"), sources })
    }

    /// The folder as it is.
    pub(super) fn of_folder(folder: &Path) -> Result<Self, Failure> {
        Ok(Self { name: folder.display().to_string(), sources: read_policies(folder)? })
    }

    /// The set that it is; every mistake in it is a failure. Whether the gateway lets agents be observed
    /// is no question here: what is compared is what the files say.
    pub(super) fn load(&self, catalogue: &Catalogue) -> Result<PolicySet, Failure> {
        let set = PolicySet::load_with(&self.sources, catalogue, Observing::Allowed);
        set.map_err(|mistakes| LoadFailure::Wrong(mistakes).into())
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
