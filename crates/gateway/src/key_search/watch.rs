//! Watches a text that comes in pieces, and holds back what may be the beginning of the key.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::KeySearch;
use super::trace::Trace;

/// The real key stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text holds the organisation's real key")]
pub struct KeyFound;

/// A text under watch. What it lets go is handed on as it came: no byte is copied.
pub struct KeyWatch {
    search: Arc<KeySearch>,
    open: Vec<Trace>,
    /// Pieces that have not been let go, and where the first of them begins in the whole text.
    held: VecDeque<Bytes>,
    held_from: u64,
    /// Where the next piece begins.
    end: u64,
}

impl KeyWatch {
    /// Begins to watch a text.
    #[must_use]
    pub fn new(search: Arc<KeySearch>) -> Self {
        Self { search, open: Vec::new(), held: VecDeque::new(), held_from: 0, end: 0 }
    }

    /// Takes the next piece of the text, `last` where no other can follow, and lets go of the first
    /// that may be handed on; [`KeyWatch::let_go`] gives the others.
    ///
    /// Once the key has been found, nothing of what is held is let go any more.
    pub fn take(&mut self, piece: Bytes, last: bool) -> Result<Option<Bytes>, KeyFound> {
        let scanned = self.search.scan(&piece, self.end, last, &mut self.open);
        self.end += piece.len() as u64;
        if scanned.is_err() {
            self.open.clear();
            self.held.clear();
            self.held_from = self.end;
            return Err(KeyFound);
        }
        if self.open.is_empty() && self.held.is_empty() {
            // Nearly always.
            self.held_from = self.end;
            return Ok(Some(piece));
        }
        self.held.push_back(piece);
        Ok(self.let_go())
    }

    /// There are no more pieces: what is held is not the key.
    pub fn finish(&mut self) {
        self.open.clear();
    }

    /// The next piece that may be handed on.
    pub fn let_go(&mut self) -> Option<Bytes> {
        let free = self.open.iter().map(Trace::start).min().unwrap_or(self.end);
        let first = self.held.front_mut()?;
        let free = usize::try_from(free.saturating_sub(self.held_from)).unwrap_or(usize::MAX);
        let piece = if free >= first.len() {
            self.held.pop_front()?
        } else if free > 0 {
            first.split_to(free)
        } else {
            return None;
        };
        self.held_from += piece.len() as u64;
        Some(piece)
    }

    /// How many bytes are held back.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.end - self.held_from
    }
}

impl fmt::Debug for KeyWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyWatch").field("held", &self.held()).finish_non_exhaustive()
    }
}
