//! The open end of a forwarded request's record: whatever becomes of the request, it is closed once.

use std::time::Instant;

use audit::{Ending, OpenRecord, OutcomeKind};
use http::StatusCode;

use crate::in_flight::Slot;
use crate::upstream::Progress;

/// What a request is given for the way: its place among its agent's, and the time that it may take.
#[derive(Debug)]
pub(super) struct Term {
    _slot: Slot,
    pub(super) end: Instant,
}

impl Term {
    pub(super) fn new(slot: Slot, end: Instant) -> Self {
        Self { _slot: slot, end }
    }
}

/// An open record with how far its request has come. Dropped unclosed, it gives the record up.
#[derive(Debug)]
pub(super) struct Closing {
    record: Option<OpenRecord>,
    status: Option<StatusCode>,
    progress: Progress,
    bytes_out: u64,
    term: Term,
}

impl Closing {
    pub(super) fn new(record: OpenRecord, progress: Progress, term: Term) -> Self {
        Self { record: Some(record), status: None, progress, bytes_out: 0, term }
    }

    /// The record, until it is closed.
    pub(super) fn record(&self) -> Option<&OpenRecord> {
        self.record.as_ref()
    }

    /// Whether it was the agent's own body that broke off.
    pub(super) fn request_broke_off(&self) -> bool {
        self.progress.broke_off()
    }

    /// Whether it was the agent's own body that was too long.
    pub(super) fn request_too_long(&self) -> bool {
        self.progress.too_long()
    }

    /// Closes the record of an answer that broke off: by whoever was at fault.
    pub(super) fn close_broken_off(&mut self) {
        self.close(if self.request_too_long() {
            OutcomeKind::RequestTooLong
        } else if self.request_broke_off() {
            OutcomeKind::RequestBrokeOff
        } else {
            OutcomeKind::UpstreamBrokeOff
        });
    }

    /// Closes the record of an answer in which the real key stands.
    pub(super) fn found_key(&mut self) {
        self.warn_of_key();
        self.close(OutcomeKind::KeyInAnswer);
    }

    /// Tells whoever runs the gateway that Kustomer repeats the real key.
    pub(super) fn warn_of_key(&self) {
        let id = self.record.as_ref().map(|record| record.id().to_string());
        tracing::error!(
            request.id = id,
            "Kustomer's answer held the organisation's own key, and was cut off before it: replace the key"
        );
    }

    /// Notes the status of Kustomer's answer.
    pub(super) fn answered(&mut self, status: StatusCode) {
        self.status = Some(status);
    }

    /// Notes bytes of the answer that were passed on.
    pub(super) fn passed_on(&mut self, bytes: usize) {
        self.bytes_out += bytes as u64;
    }

    /// Closes the record; the second time does nothing.
    pub(super) fn close(&mut self, kind: OutcomeKind) {
        if let Some(record) = self.record.take() {
            record.close(kind, self.ending());
        }
    }

    fn ending(&self) -> Ending {
        Ending {
            status: self.status.map(|status| status.as_u16()),
            bytes_in: self.progress.bytes(),
            bytes_out: self.bytes_out,
        }
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        // An answer may come before the body has: the rest of it must not go on for ever, uncounted.
        self.progress.end();
        let Some(record) = self.record.take() else { return };
        if Instant::now() < self.term.end || std::thread::panicking() {
            record.give_up(self.ending());
        } else {
            record.close(OutcomeKind::TimedOut, self.ending());
        }
    }
}
