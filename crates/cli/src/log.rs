//! The log of a running gateway: to standard error, for engineers. What agents did is in the trail.

mod lines;

use std::io::{IsTerminal as _, stderr};

use anstream::ColorChoice;
use gateway::config::{Log, LogFormat};
use tracing_subscriber::EnvFilter;

use crate::failure::Failure;
pub(crate) use lines::Flush;
use lines::Lines;

/// Begins to log as the settings say, until what it returns is dropped.
pub(crate) fn start(settings: &Log) -> Result<Flush, Failure> {
    let filter = EnvFilter::builder()
        .parse(&settings.filter)
        .map_err(|why| Failure::LogFilter { filter: settings.filter.clone(), why })?;
    let color =
        stderr().is_terminal() && anstream::AutoStream::choice(&stderr()) != ColorChoice::Never;
    let (lines, flush) = Lines::start(stderr()).map_err(Failure::Runtime)?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(lines);
    match settings.format {
        LogFormat::Text => lines.with_ansi(color).init(),
        LogFormat::Json => lines.json().init(),
    }
    Ok(flush)
}
