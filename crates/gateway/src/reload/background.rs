//! A thread for what takes long: reading files, making a policy set of them, letting one go.

use std::thread;

use tokio::sync::oneshot;

/// As much room as a program's first thread has, which is what reads the policies at the start.
const STACK_BYTES: usize = 8 * 1024 * 1024;

/// How far behind the threads that serve it stands where there are not enough processors for all.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// Does something on a thread of its own, that gives way to those that serve. None where there is no
/// thread to be had, or it panicked, which has said so itself.
pub(super) async fn behind<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (done, answer) = oneshot::channel();
    let thread = thread::Builder::new().name("policies".to_owned()).stack_size(STACK_BYTES);
    let started = thread.spawn(move || {
        give_way();
        // Nobody may wait for it any more.
        let _ = done.send(work());
    });
    match started {
        Ok(_) => answer.await.ok(),
        Err(failure) => {
            tracing::error!(%failure, "there is no thread to read the policies on");
            None
        }
    }
}

/// On Linux, the priority is the thread's own; elsewhere it would be the whole process's.
#[cfg(target_os = "linux")]
fn give_way() {
    // One that may not give way does its work all the same.
    let _ = rustix::process::setpriority_process(None, NICE);
}

#[cfg(not(target_os = "linux"))]
fn give_way() {}
