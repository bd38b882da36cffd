//! The thread for what takes long: looking at files, making a policy set of them, letting one go.

use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use tokio::sync::oneshot;

/// As much room as a program's first thread has, which is what reads the policies at the start.
const STACK_BYTES: usize = 8 * 1024 * 1024;

/// How far behind the threads that serve it stands where there are not enough processors for all.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// Something to do.
type Work = Box<dyn FnOnce() + Send>;

/// A thread that gives way to those that serve, and does one thing after the other. It is started when
/// there is something to do, and stays: what one reading has used, the next one uses again.
#[derive(Default)]
pub(super) struct Background(Mutex<Option<Sender<Work>>>);

impl Background {
    /// Does something there. None where there is no thread to be had, or it panicked, which has said so
    /// itself.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let (done, answer) = oneshot::channel();
        self.give(Box::new(move || {
            // Nobody may wait for it any more.
            let _ = done.send(work());
        }));
        answer.await.ok()
    }

    fn give(&self, work: Work) {
        let mut thread = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let there = match thread.take().map_or_else(start, Ok) {
            Ok(there) => thread.insert(there),
            Err(failure) => {
                tracing::error!(%failure, "there is no thread to read the policies on");
                return;
            }
        };
        // It takes whatever comes for as long as it can be sent to.
        let _ = there.send(work);
    }
}

impl fmt::Debug for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Background")
    }
}

/// Starts the thread, which ends when nothing can come any more.
fn start() -> io::Result<Sender<Work>> {
    let (give, given) = channel::<Work>();
    let thread = thread::Builder::new().name("policies".to_owned()).stack_size(STACK_BYTES);
    thread.spawn(move || {
        give_way();
        for work in given {
            // A panic has said so itself, and ends nothing but its own work.
            let _ = catch_unwind(AssertUnwindSafe(work));
        }
    })?;
    Ok(give)
}

/// On Linux, the priority is the thread's own; elsewhere it would be the whole process's.
#[cfg(target_os = "linux")]
fn give_way() {
    // One that may not give way does its work all the same.
    let _ = rustix::process::setpriority_process(None, NICE);
}

#[cfg(not(target_os = "linux"))]
fn give_way() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_thread_does_it_all_and_goes_on_after_a_panic() {
        let background = Background::default();
        let thread = || thread::current().id();
        let first = background.run(thread).await.unwrap();
        assert_eq!(background.run(|| panic!("of the test")).await, None::<()>);
        assert_eq!(background.run(thread).await, Some(first));
    }
}
