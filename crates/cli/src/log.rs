//! The log of a running gateway: to standard error, for engineers. What agents did is in the trail.

use std::io::{IsTerminal as _, stderr};

use anstream::ColorChoice;
use gateway::config::{Log, LogFormat};
use tracing_subscriber::EnvFilter;

use crate::failure::Failure;

/// Begins to log as the settings say.
pub(crate) fn start(settings: &Log) -> Result<(), Failure> {
    let filter = EnvFilter::builder()
        .parse(&settings.filter)
        .map_err(|why| Failure::LogFilter { filter: settings.filter.clone(), why })?;
    let color =
        stderr().is_terminal() && anstream::AutoStream::choice(&stderr()) != ColorChoice::Never;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    match settings.format {
        LogFormat::Text => lines.with_ansi(color).init(),
        LogFormat::Json => lines.json().init(),
    }
    Ok(())
}
