//! Passes Kustomer's answer on and closes the record when the last byte of it has gone, or when it
//! broke off, or when the agent left.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use audit::OutcomeKind;
use bytes::Bytes;
use http::{HeaderValue, Response};
use http_body::{Body, Frame, SizeHint};

use super::closing::Closing;
use super::forward::Answer;
use crate::arrival::Arrival;
use crate::upstream::{BrokeOff, Watched, answer_headers};
use crate::wire::{AnswerBody, DECISION, REQUEST_ID};

/// Turns Kustomer's answer into the agent's.
pub(super) fn close(answer: Answer, arrival: &Arrival) -> Response<AnswerBody> {
    let Answer { response, closing, idle } = answer;
    let (parts, body) = response.into_parts();
    let body = PassedOn::new(Watched::new(body, idle), closing);
    let mut response = Response::new(AnswerBody::new(body));
    *response.status_mut() = parts.status;
    *response.headers_mut() = answer_headers(parts.headers);
    response.headers_mut().insert(DECISION, HeaderValue::from_static("permitted"));
    response.headers_mut().insert(REQUEST_ID, arrival.id_header());
    response
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
        if is_complete(&body) {
            closing.close(OutcomeKind::Answered);
        }
        Self { body, closing }
    }
}

/// Whether nothing more can come: nobody asks again after the last piece of a body of known length.
fn is_complete(body: &Watched) -> bool {
    body.is_end_stream() || body.size_hint().exact() == Some(0)
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
                this.closing.passed_on(frame.data_ref().map_or(0, Bytes::len));
                if is_complete(&this.body) {
                    this.closing.close(OutcomeKind::Answered);
                }
            }
            Some(Err(BrokeOff)) if this.closing.request_broke_off() => {
                this.closing.close(OutcomeKind::RequestBrokeOff);
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
