//! How requests are told that their records are durable: with one wake-up for all of a thread.
//!
//! Whoever wakes a task of another thread makes a system call for it. So each thread that serves
//! requests has a courier, a task of its own: the writer gives it all the answers of a group at once,
//! and it hands them out where nobody has to be woken for it.

use tokio::sync::{mpsc, oneshot};

use super::Durable;
use crate::StoreFailure;

/// What became of an opening, on its way to the request that waits for it.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) to: oneshot::Sender<Result<Durable, StoreFailure>>,
    pub(super) result: Result<Durable, StoreFailure>,
}

impl Answer {
    /// A claim that cannot be handed over is dropped, and completes its record. Who no longer waits
    /// was answered.
    fn give(self) {
        let _ = self.to.send(self.result);
    }
}

/// The way to the courier of one thread. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Courier(mpsc::UnboundedSender<Vec<Answer>>);

impl Courier {
    /// A courier, and its work, which must be spawned on the runtime of those it serves.
    pub(super) fn new() -> (Self, impl Future<Output = ()> + Send) {
        let (bags, mut arriving) = mpsc::unbounded_channel::<Vec<Answer>>();
        let work = async move {
            while let Some(bag) = arriving.recv().await {
                bag.into_iter().for_each(Answer::give);
            }
        };
        (Self(bags), work)
    }
}

/// Gives each answer to its courier, and each courier all of its answers at once.
pub(super) fn deliver(answers: impl IntoIterator<Item = (Option<Courier>, Answer)>) {
    let mut bags: Vec<(Courier, Vec<Answer>)> = Vec::new();
    for (courier, answer) in answers {
        let Some(courier) = courier else {
            answer.give();
            continue;
        };
        match bags.iter_mut().find(|(known, _)| known.0.same_channel(&courier.0)) {
            Some((_, bag)) => bag.push(answer),
            None => bags.push((courier, vec![answer])),
        }
    }
    for (courier, bag) in bags {
        // Fails where the thread has ended: then nobody waits there, and the claims are dropped.
        let _ = courier.0.send(bag);
    }
}
