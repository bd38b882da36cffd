//! Finds the organisation's real key in what Kustomer answers, in whatever way it is written there.
//!
//! Kustomer has no reason to repeat the key; should it do so all the same, in an error or an echo, the
//! agent must not get it. A key is found as it is, in hexadecimal of either case, and in base64 of
//! either alphabet, wherever in a longer text it begins (as in that of `Bearer KEY`); and each character
//! of all that may be escaped as JSON, percent-encoding and common programming languages do it.
//!
//! A key has no character that begins an escape (see [`crate::secret::UpstreamKey`]), so there is one
//! way to read each byte.
//!
//! Nearly every byte is passed over by two searches at the speed of memory: one for the first few
//! characters of each form, one for the characters that begin an escape. Only from what they find is
//! a trace followed, character by character, and nearly each ends with the next.

mod form;
mod trace;
mod watch;

use std::fmt;

use aho_corasick::{AhoCorasick, Input, MatchKind};
use memchr::memchr2;

use form::{Form, LEAD};
use trace::{Fate, Trace};
pub use watch::{KeyFound, KeyWatch};

/// The key in all its forms, ready to be searched for.
pub struct KeySearch {
    forms: Vec<Form>,
    /// The first [`LEAD`] characters of each form, in every way to write them without an escape.
    leads: AhoCorasick,
    /// Which bytes stand among the first [`LEAD`] characters of a form, or begin another escape.
    leading: Box<[bool; 256]>,
    /// No text that is shorter than this holds the key.
    shortest: usize,
}

/// The key cannot be searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key cannot be searched for in answers")]
pub struct NotSearchable;

impl KeySearch {
    /// Prepares a search for a key.
    pub fn new(key: &[u8]) -> Result<Self, NotSearchable> {
        let forms = Form::all(key);
        let leads = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .build(forms.iter().flat_map(Form::leads))
            .map_err(|_| NotSearchable)?;
        let mut leading = Box::new([false; 256]);
        for byte in 0..=u8::MAX {
            let leads = forms.iter().any(|form| form.leads_with(byte));
            if let Some(entry) = leading.get_mut(usize::from(byte)) {
                *entry = leads || byte == b'%' || byte == b'\\';
            }
        }
        Ok(Self { forms, leads, leading, shortest: key.len() })
    }

    /// Whether a text that is there as a whole holds the key.
    #[must_use]
    pub fn is_in(&self, text: &[u8]) -> bool {
        text.len() >= self.shortest && self.scan(text, 0, true, &mut Vec::new()).is_err()
    }

    /// Searches a piece of a text that begins at `offset` of the whole. `open` holds the traces that
    /// earlier pieces left open, and then those that this one leaves; none where it is the last.
    fn scan(
        &self,
        piece: &[u8],
        offset: u64,
        last: bool,
        open: &mut Vec<Trace>,
    ) -> Result<(), KeyFound> {
        for trace in std::mem::take(open) {
            self.follow(trace, piece, open)?;
        }
        self.scan_leads(piece, offset, open)?;
        self.scan_escapes(piece, offset, open)?;
        if last {
            open.clear();
        } else {
            // What is too short to be recognised by its lead.
            self.begin(piece, piece.len().saturating_sub(LEAD - 1)..piece.len(), offset, open)?;
        }
        Ok(())
    }

    /// Follows what begins with the lead of a form.
    fn scan_leads(&self, piece: &[u8], offset: u64, open: &mut Vec<Trace>) -> Result<(), KeyFound> {
        let mut from = 0;
        while let Some(lead) = self.leads.find(Input::new(piece).range(from..)) {
            self.begin(piece, lead.start()..lead.start() + 1, offset, open)?;
            from = lead.start() + 1;
        }
        Ok(())
    }

    /// Follows what has an escape among its first characters.
    fn scan_escapes(
        &self,
        piece: &[u8],
        offset: u64,
        open: &mut Vec<Trace>,
    ) -> Result<(), KeyFound> {
        let mut from = 0;
        while let Some(found) = memchr2(b'\\', b'%', piece.get(from..).unwrap_or_default()) {
            let first = from + found;
            // A text that was escaped twice has several backslashes for one.
            let behind = piece.get(first..).unwrap_or_default();
            let run = behind.iter().take_while(|byte| **byte == b'\\').count().max(1);
            let at = first + run - 1;
            if self.may_lead(piece.get(at..).unwrap_or_default()) {
                self.begin(piece, first.saturating_sub(LEAD - 1)..first + 1, offset, open)?;
                self.begin(piece, at..at + 1, offset, open)?;
            }
            from = at + 1;
        }
        Ok(())
    }

    /// Whether an escape may stand for one of the first characters of a form; where it is not there as
    /// a whole, it may.
    fn may_lead(&self, escape: &[u8]) -> bool {
        let digits = match escape {
            [b'%', rest @ ..] | [b'\\', b'x', rest @ ..] => rest.get(..2),
            [b'\\', b'u', rest @ ..] => rest.get(..4),
            [b'\\', byte, ..] => return self.leads_with(*byte) && !byte.is_ascii_alphanumeric(),
            _ => return true,
        };
        let Some(digits) = digits else { return true };
        let value = std::str::from_utf8(digits).ok().and_then(hexadecimal);
        value.and_then(|value| u8::try_from(value).ok()).is_some_and(|byte| self.leads_with(byte))
    }

    fn leads_with(&self, byte: u8) -> bool {
        self.leading.get(usize::from(byte)).copied().unwrap_or(true)
    }

    /// Follows a trace of each form from each of these places of a piece.
    fn begin(
        &self,
        piece: &[u8],
        places: std::ops::Range<usize>,
        offset: u64,
        open: &mut Vec<Trace>,
    ) -> Result<(), KeyFound> {
        for at in places {
            let behind = piece.get(at..).unwrap_or_default();
            for form in 0..self.forms.len() {
                self.follow(Trace::new(form, offset + at as u64), behind, open)?;
            }
        }
        Ok(())
    }

    /// Follows a trace to the end of the bytes; where it has not ended by then, it is left open.
    fn follow(&self, trace: Trace, bytes: &[u8], open: &mut Vec<Trace>) -> Result<(), KeyFound> {
        let Some(form) = self.forms.get(trace.form()) else { return Ok(()) };
        let mut trace = trace;
        for byte in bytes {
            trace = match trace.step(form, *byte) {
                Fate::Ended => return Ok(()),
                Fate::Complete => return Err(KeyFound),
                Fate::Goes(next) => next,
            };
        }
        open.push(trace);
        Ok(())
    }
}

fn hexadecimal(text: &str) -> Option<u32> {
    // Unlike the standard library's reading, without a sign.
    let digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits.then(|| u32::from_str_radix(text, 16).ok()).flatten()
}

impl fmt::Debug for KeySearch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeySearch(...)")
    }
}

#[cfg(test)]
mod tests;
