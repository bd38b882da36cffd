//! Passes Kustomer's answer on and closes the record when the last byte of it has gone, or when it
//! broke off, or when the agent left.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use audit::{Ending, OpenRecord, OutcomeKind};
use bytes::Bytes;
use http::{HeaderValue, Response};
use http_body::{Body, Frame, SizeHint};

use super::forward::Answer;
use super::id_header;
use crate::upstream::{BrokeOff, Progress, Watched, answer_headers};
use crate::wire::{AnswerBody, DECISION, REQUEST_ID};

/// Turns Kustomer's answer into the agent's.
pub(super) fn close(answer: Answer) -> Response<AnswerBody> {
    let Answer { response, record, progress, idle } = answer;
    let (parts, body) = response.into_parts();
    let id = id_header(record.id());
    let closing =
        Closing { record: Some(record), status: parts.status.as_u16(), progress, bytes_out: 0 };
    let mut response =
        Response::new(AnswerBody::new(PassedOn::new(Watched::new(body, idle), closing)));
    *response.status_mut() = parts.status;
    *response.headers_mut() = answer_headers(parts.headers);
    response.headers_mut().insert(DECISION, HeaderValue::from_static("permitted"));
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// The open end of a record. Dropped unclosed, it gives the record up.
#[derive(Debug)]
struct Closing {
    record: Option<OpenRecord>,
    status: u16,
    progress: Progress,
    bytes_out: u64,
}

impl Closing {
    fn close(&mut self, kind: OutcomeKind) {
        if let Some(record) = self.record.take() {
            record.close(kind, self.ending());
        }
    }

    fn ending(&self) -> Ending {
        Ending {
            status: Some(self.status),
            bytes_in: self.progress.bytes(),
            bytes_out: self.bytes_out,
        }
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        if let Some(record) = self.record.take() {
            record.give_up(self.ending());
        }
    }
}

pin_project_lite::pin_project! {
    /// Kustomer's body as it is passed on, piece by piece, as fast as the agent takes it.
    #[derive(Debug)]
    struct PassedOn {
        #[pin]
        body: Watched,
        closing: Closing,
    }
}

impl PassedOn {
    fn new(body: Watched, mut closing: Closing) -> Self {
        if body.is_end_stream() {
            closing.close(OutcomeKind::Answered);
        }
        Self { body, closing }
    }
}

impl Body for PassedOn {
    type Data = Bytes;
    type Error = BrokeOff;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokeOff>>> {
        let mut this = self.project();
        let frame = ready!(this.body.as_mut().poll_frame(cx));
        match &frame {
            Some(Ok(frame)) => {
                this.closing.bytes_out += frame.data_ref().map_or(0, |data| data.len() as u64);
                // hyper does not ask again after the last piece of a body whose length it knows.
                if this.body.is_end_stream() {
                    this.closing.close(OutcomeKind::Answered);
                }
            }
            Some(Err(BrokeOff)) => this.closing.close(OutcomeKind::UpstreamBrokeOff),
            None => this.closing.close(OutcomeKind::Answered),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
