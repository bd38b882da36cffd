//! `kustodian serve`: the gateway, until it is told to stop.

use std::io::Write;
use std::sync::Arc;

use gateway::clock::SystemClock;

use crate::failure::{Answer, Verdict};
use crate::log;
use crate::settings::Settings;
use crate::signals::{Hangups, Signals};

/// Starts the gateway and waits for a signal.
pub(crate) async fn run(settings: &Settings, out: &mut dyn Write) -> Answer {
    let config = settings.read()?;
    let _log = log::start(&config.log)?;
    gateway::descriptors::raise();
    // One that comes while the gateway starts must not end it.
    let mut hangups = Hangups::listen()?;
    let running = gateway::start(&config, Arc::new(SystemClock)).await?;
    let mut signals = Signals::listen()?;
    let (agents, admin) = (running.agents, running.admin);
    let scheme = if running.gateway.tls.is_some() { "https" } else { "http" };
    writeln!(
        out,
        "Kustodian listens for agents on {scheme}://{agents}; health is at http://{admin}/health."
    )?;
    out.flush()?;
    loop {
        tokio::select! {
            () = signals.next() => break,
            // What comes of it is in the log, and nothing waits for it here.
            () = hangups.next() => drop(running.reload()),
        }
    }
    tracing::info!(
        "stopping; requests under way are finished first, a second signal stops at once"
    );
    tokio::select! {
        () = running.stop() => Ok(Verdict::Yes),
        () = signals.next() => {
            tracing::warn!("stopped at once; requests under way were cut off");
            Ok(Verdict::No)
        }
    }
}
