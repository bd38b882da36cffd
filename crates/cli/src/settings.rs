//! Where the settings are: the file that was named, the usual places, or none.

use std::path::{Path, PathBuf};

use gateway::Config;
use gateway::config::ConfigFailure;

/// Where a settings file is looked for when none is named, in this order.
const USUAL_PLACES: [&str; 2] = ["kustodian.toml", "config/kustodian.toml"];

/// The option that every command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Settings {
    /// The settings file [default: kustodian.toml or config/kustodian.toml, if there is one]
    #[arg(long, global = true, env = "KUSTODIAN_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

impl Settings {
    /// Reads the settings. Without a file, defaults and the environment count.
    pub(crate) fn read(&self) -> Result<Config, ConfigFailure> {
        gateway::config::read(self.file().as_deref())
    }

    /// The file that is read.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        let usual = || USUAL_PLACES.iter().map(Path::new).find(|path| path.is_file());
        self.config.clone().or_else(|| usual().map(Path::to_owned))
    }
}
