//! Passes Kustomer's answer on and closes the record when the last byte of it has gone, or when it
//! broke off or was cut off, or when the agent left.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use audit::{Decided, OutcomeKind};
use bytes::Bytes;
use http::{HeaderValue, Response};
use http_body::{Body, Frame, SizeHint};

use super::closing::Closing;
use super::forward::Answer;
use crate::key_search::KeyWatch;
use crate::upstream::{BrokeOff, Upstream, Watched};
use crate::wire::{AnswerBody, DECISION, REQUEST_ID, keep_private};

/// Turns Kustomer's answer into the agent's.
pub(super) fn close(upstream: &Upstream, answer: Answer, id: HeaderValue) -> Response<AnswerBody> {
    let Answer { status, headers, body, closing } = answer;
    let decided = closing.record().map_or(Decided::Permitted, |it| Decided::of(it.permit()));
    let limits = upstream.limits();
    let body = PassedOn::new(
        Watched::new(body, limits.idle),
        KeyWatch::new(upstream.key().search().clone()),
        limits.answer_bytes,
        closing,
    );
    let mut response = Response::new(AnswerBody::new(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response.headers_mut().insert(DECISION, HeaderValue::from_static(decided.as_str()));
    response.headers_mut().insert(REQUEST_ID, id);
    keep_private(response.headers_mut());
    response
}

pin_project_lite::pin_project! {
    /// Kustomer's body as it is passed on, piece by piece, as fast as the agent takes it; never a byte
    /// of what may be the real key.
    #[derive(Debug)]
    #[project = Parts]
    struct PassedOn {
        #[pin]
        body: Watched,
        watch: KeyWatch,
        // Bytes that may still come.
        room: u64,
        // Whether nothing more comes of the body.
        ended: bool,
        // Whether it was cut off, and nothing more of it goes anywhere.
        cut_off: bool,
        closing: Closing,
    }
}

/// The body was cut off; its record says why.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the answer's body was cut off")]
struct CutOff;

impl PassedOn {
    fn new(body: Watched, watch: KeyWatch, room: u64, mut closing: Closing) -> Self {
        let ended = is_complete(&body);
        if ended {
            closing.close(OutcomeKind::Answered);
        }
        Self { body, watch, room, ended, cut_off: false, closing }
    }
}

/// Whether nothing more can come: nobody asks again after the last piece of a body of known length.
fn is_complete(body: &Watched) -> bool {
    body.is_end_stream() || body.size_hint().exact() == Some(0)
}

impl Body for PassedOn {
    type Data = Bytes;
    type Error = CutOff;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CutOff>>> {
        let mut this = self.project();
        if *this.cut_off {
            return Poll::Ready(Some(Err(CutOff)));
        }
        loop {
            if let Some(piece) = this.watch.let_go() {
                return Poll::Ready(Some(Ok(this.hand_on(piece))));
            }
            if *this.ended {
                this.closing.close(OutcomeKind::Answered);
                return Poll::Ready(None);
            }
            match ready!(this.body.as_mut().poll_frame(cx)) {
                // Trailers are not passed on: they could bring in what the headers may not.
                Some(Ok(frame)) => match this.look_at(frame.into_data().unwrap_or_default()) {
                    Ok(None) => {}
                    Ok(Some(piece)) => return Poll::Ready(Some(Ok(this.hand_on(piece)))),
                    Err(CutOff) => {
                        // What has been handed on, be it only the head, goes out before the end does.
                        *this.cut_off = true;
                        cx.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                },
                Some(Err(BrokeOff)) => {
                    this.closing.close_broken_off();
                    return Poll::Ready(Some(Err(CutOff)));
                }
                None => {
                    *this.ended = true;
                    this.watch.finish();
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.ended && self.watch.held() == 0
    }

    fn size_hint(&self) -> SizeHint {
        let (body, held) = (self.body.size_hint(), self.watch.held());
        let mut hint = SizeHint::new();
        if let Some(upper) = body.upper() {
            hint.set_upper(upper + held);
        }
        hint.set_lower(body.lower() + held);
        hint
    }
}

impl Parts<'_> {
    /// Looks at the next piece of the body; gives what of the body may be handed on now.
    fn look_at(&mut self, piece: Bytes) -> Result<Option<Bytes>, CutOff> {
        *self.ended = is_complete(&self.body);
        let Some(room) = self.room.checked_sub(piece.len() as u64) else {
            self.closing.close(OutcomeKind::AnswerTooLong);
            return Err(CutOff);
        };
        *self.room = room;
        let Ok(free) = self.watch.take(piece, *self.ended) else {
            self.closing.found_key();
            return Err(CutOff);
        };
        Ok(free.filter(|piece| !piece.is_empty()))
    }

    /// Counts what is handed on. Where it is the last piece, nobody may ask for another.
    fn hand_on(&mut self, piece: Bytes) -> Frame<Bytes> {
        self.closing.passed_on(piece.len());
        if *self.ended && self.watch.held() == 0 {
            self.closing.close(OutcomeKind::Answered);
        }
        Frame::data(piece)
    }
}
