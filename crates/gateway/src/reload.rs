//! Changes policies while the gateway runs: what the files say takes the place of what is in force, whole,
//! or not at all.
//!
//! The files are looked at ten times a second, and read once they have stood still for a moment. Looking
//! was chosen over being told by the system: what it tells depends on how a file was put there. Nothing is
//! told of a folder that another machine shares, nothing of a link further up that is turned, as Kubernetes
//! does, and after a rename the old file is watched. A look sees what is there, whatever way it came.
//!
//! **The record comes first.** A set is put in force once it is on record that it is, so no request is
//! decided by a set that nobody can look up. That never keeps a right in force that was taken away: while
//! the store takes no records, nothing is forwarded, whatever the set in force grants; and when it takes
//! them again, the set follows within a second.

mod asked;
mod background;
mod kept;
mod problem;
mod settle;
mod turn;

use std::path::PathBuf;
use std::sync::{Arc, Mutex as StateMutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use audit::TrailFailure;
use catalogue::Catalogue;
use jiff::Timestamp;
use policy::{Observing, PolicySet};
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::config::Policies;
use crate::gateway::Gateway;
use crate::policies::folder::{self, Stamp};
use crate::policies::{LoadFailure, parse_policies};
use asked::Asked;
pub use asked::{Answer, reload};
use background::Background;
pub use problem::Problem;
use settle::Settle;
use turn::Turn;
pub(crate) use turn::note_start;

/// How often the files are looked at.
const EVERY: Duration = Duration::from_millis(100);

/// A look at very many files takes a while: then so many times longer passes before the next one.
const REST: u32 = 10;

/// How policies are changed while the gateway runs.
#[derive(Debug)]
pub struct Reloading {
    dir: PathBuf,
    observing: Observing,
    watch: bool,
    settle: Duration,
    /// Where it is done: what outlives the connection of whoever asked for it.
    home: Handle,
    /// Where what takes long is done.
    background: Background,
    /// One at a time.
    turn: Mutex<Turn>,
    /// What was asked for and has not begun.
    asked: Asked,
    state: StateMutex<PolicyState>,
}

/// What is known of the policies in force and of the files they come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyState {
    /// When the set in force was put in force.
    pub loaded_at: Timestamp,
    /// What is wrong with the files as they are now; none where they say what is in force.
    pub failure: Option<PolicyFailure>,
}

/// Why the files are not in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyFailure {
    /// Since when.
    pub since: Timestamp,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

/// What came of reading the files.
#[derive(Debug, Clone)]
pub enum Reloaded {
    /// They say what is in force already.
    Unchanged,
    /// What they say is in force from now on.
    Changed {
        /// What is other than it was, in plain English; empty where only the wording of files is.
        changes: Vec<String>,
    },
    /// They cannot be used; what was in force stays.
    Refused {
        /// What is wrong.
        problems: Vec<Problem>,
    },
    /// It could not be put on record, so what was in force stays until it is. It is tried again.
    Unrecorded(TrailFailure),
    /// The gateway is stopping.
    Stopping,
}

impl Reloading {
    /// Reads the policies for a gateway that starts.
    pub(crate) fn load(
        settings: &Policies,
        catalogue: &Catalogue,
        now: Timestamp,
    ) -> Result<(PolicySet, Self), LoadFailure> {
        let observing = settings.observing();
        let folder::Reading { stamp, sources } = folder::read(&settings.dir);
        let policies = parse_policies(&sources?, catalogue, observing)?;
        let reloading = Self {
            dir: settings.dir.clone(),
            observing,
            watch: settings.watch,
            settle: settings.settle(),
            home: Handle::current(),
            background: Background::default(),
            turn: Mutex::new(Turn::new(Settle::new(stamp, Instant::now()))),
            asked: Asked::default(),
            state: StateMutex::new(PolicyState { loaded_at: now, failure: None }),
        };
        Ok((policies, reloading))
    }

    /// What is known of the policies now.
    #[must_use]
    pub fn state(&self) -> PolicyState {
        self.lock().clone()
    }

    /// Takes down what is wrong with the files; whether it is something else than before.
    fn fail(&self, now: Timestamp, problems: &[Problem]) -> bool {
        let mut state = self.lock();
        if state.failure.as_ref().is_some_and(|known| known.problems == problems) {
            return false;
        }
        state.failure = Some(PolicyFailure { since: now, problems: problems.to_vec() });
        true
    }

    /// Lets policy sets go that are no longer in force, where nothing waits for it.
    async fn let_go(&self, sets: Vec<Arc<PolicySet>>) {
        self.background.run(move || drop(sets)).await;
    }

    fn lock(&self) -> MutexGuard<'_, PolicyState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Follows the files until told to stop.
pub(crate) async fn follow(gateway: Arc<Gateway>, stop: CancellationToken) {
    let mut pause = EVERY;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        let took = look(&gateway).await;
        pause = EVERY.max(took * REST);
    }
}

/// Looks at the files and reads them if they have changed and settled. Gives how long the look took.
async fn look(gateway: &Arc<Gateway>) -> Duration {
    let Reloading { dir, watch, settle, background, turn, .. } = &gateway.reloading;
    if !watch {
        turn.lock().await.tend(gateway).await;
        return Duration::ZERO;
    }
    let dir = dir.clone();
    let looked = background.run(move || {
        let start = Instant::now();
        (Stamp::of(&dir), start.elapsed())
    });
    let Some((stamp, took)) = looked.await else { return EVERY };
    let mut turn = turn.lock().await;
    if turn.settling.is_due(stamp, Instant::now(), *settle) {
        turn.take(gateway).await;
    } else {
        turn.tend(gateway).await;
    }
    took
}
