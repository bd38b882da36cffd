//! Lines of the log on their way to standard error: gathered for a moment and written together, so
//! that a request neither makes a system call for its line nor waits for whoever reads the log.
//!
//! No line is left out: where nobody takes them, whoever has another to write waits. Only a program
//! that is killed takes the lines of that moment with it.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// How long lines are gathered.
const MOMENT: Duration = Duration::from_millis(10);
/// How many bytes may wait to be written.
const ROOM: usize = 1 << 20;

/// Where lines are put.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    /// Told when there are lines, when they have been taken, and at the end.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    bytes: Vec<u8>,
    ended: bool,
}

/// Writes the last lines when it is dropped.
#[derive(Debug)]
#[must_use]
pub(crate) struct Flush {
    lines: Lines,
    thread: Option<JoinHandle<()>>,
}

impl Lines {
    /// Starts the thread that writes them to `out`.
    pub(super) fn start(out: impl Write + Send + 'static) -> io::Result<(Self, Flush)> {
        let lines = Self::default();
        let taking = lines.clone();
        let thread = thread::Builder::new().name("log".to_owned());
        let thread = thread.spawn(move || taking.write_all_to(out))?;
        Ok((lines.clone(), Flush { lines, thread: Some(thread) }))
    }

    fn write_all_to(&self, mut out: impl Write) {
        loop {
            let waiting = self.wait_while(|waiting| waiting.bytes.is_empty() && !waiting.ended);
            let ended = waiting.ended;
            drop(waiting);
            if !ended {
                thread::sleep(MOMENT);
            }
            let bytes = std::mem::take(&mut self.waiting().bytes);
            self.0.changed.notify_all();
            // A log that cannot be written cannot say so.
            let _ = out.write_all(&bytes).and_then(|()| out.flush());
            if ended {
                return;
            }
        }
    }

    fn put(&self, line: &[u8]) {
        let mut waiting = self.wait_while(|waiting| waiting.bytes.len() > ROOM && !waiting.ended);
        if waiting.bytes.is_empty() {
            self.0.changed.notify_all();
        }
        waiting.bytes.extend_from_slice(line);
    }

    fn end(&self) {
        self.waiting().ended = true;
        self.0.changed.notify_all();
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_while(&self, so: impl Fn(&Waiting) -> bool) -> MutexGuard<'_, Waiting> {
        let waited = self.0.changed.wait_while(self.waiting(), |waiting| so(waiting));
        waited.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for &Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.put(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = &'a Lines;

    fn make_writer(&'a self) -> &'a Lines {
        self
    }
}

impl Drop for Flush {
    fn drop(&mut self) {
        self.lines.end();
        if let Some(thread) = self.thread.take() {
            // One that panicked has said so itself.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes bytes slowly, and keeps them.
    #[derive(Debug, Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_line_is_written_in_its_order_when_the_log_ends() {
        let kept = Kept::default();
        let (lines, flush) = Lines::start(kept.clone()).unwrap();
        let mut expected = String::new();
        for number in 0..100_000 {
            let line = format!("line {number} of a log that is longer than what may wait\n");
            (&lines).write_all(line.as_bytes()).unwrap();
            expected.push_str(&line);
        }
        drop(flush);
        assert!(*kept.0.lock().unwrap() == expected.into_bytes());
    }

    #[test]
    fn a_line_that_comes_after_the_end_hinders_nobody() {
        let (lines, flush) = Lines::start(io::sink()).unwrap();
        drop(flush);
        (&lines).write_all(&vec![b'x'; 2 * ROOM]).unwrap();
        (&lines).write_all(b"and one more\n").unwrap();
    }
}
