//! What the body asks: read whole, where what a request demands depends on it.
//!
//! A request that is denied whatever its body says is not read: `decide` answers it at once. The bytes
//! that were read are the bytes that are sent on.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use catalogue::{Asked, Body, BodyDefect, BodyUse, Identified, Method};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Request};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use policy::{looks_into_body, worth_reading};
use tokio::time::{Instant, timeout_at};

use super::authenticate::Proven;
use crate::arrival::Arrival;
use crate::gateway::Gateway;
use crate::refusal::{Malformed, Refusal};
use crate::upstream::{Payload, Watched};

/// Reads the body of a request where that can still decide it. Gives what is asked, and the request with
/// its body, read or not.
pub(super) async fn read(
    gateway: &Gateway,
    agent: &Proven,
    identified: Identified,
    request: Request<Incoming>,
    arrival: &Arrival,
) -> Result<(Identified, Request<Payload>), Refusal> {
    let facts = gateway.facts(arrival);
    let asked = match identified {
        Identified::Known(asked) if worth_reading(&agent.policy, &asked, &facts) => asked,
        Identified::Known(_) | Identified::Unknown(_) => {
            return Ok((identified, request.map(Payload::Streamed)));
        }
    };
    // The whole request has so much time; a body that drips must leave some of it for the record.
    let end = Instant::from_std(arrival.started + gateway.patience);
    let for_whom = if looks_into_body(&agent.policy, &asked, &facts) {
        Reader::Condition
    } else {
        Reader::Rules
    };
    let read = timeout_at(end, read_asked(gateway, for_whom, asked, request)).await;
    let read = read.unwrap_or(Err(Malformed::BodyBrokeOff));
    read.map_err(|why| Refusal::Malformed { why, caller: Arc::clone(&agent.caller) })
}

/// Who looks into a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// The catalogue's rules, where there are any for the operation.
    Rules,
    /// A condition of the policy too, whatever the operation.
    Condition,
}

async fn read_asked(
    gateway: &Gateway,
    reader: Reader,
    asked: Asked,
    request: Request<Incoming>,
) -> Result<(Identified, Request<Payload>), Malformed> {
    let (parts, body) = request.into_parts();
    let most = match (asked.operation().body_use(), reader) {
        (BodyUse::Streamed, Reader::Rules) => {
            let request = Request::from_parts(parts, Payload::Streamed(body));
            return Ok((Identified::Known(asked), request));
        }
        (BodyUse::Refused, _) => 0,
        (BodyUse::Streamed, Reader::Condition) | (BodyUse::Read(_), _) => gateway.most_body_bytes,
    };
    let bytes = if body.is_end_stream() {
        Bytes::new()
    } else {
        if most > 0 {
            check_headers(&parts.headers, asked.operation().method())?;
        }
        whole(Watched::new(body, gateway.upstream.limits().idle), most).await?
    };
    check_length(&parts.headers, bytes.len())?;
    let body = Body::read(&bytes).map_err(Malformed::Body)?;
    let asked = match reader {
        Reader::Rules => gateway.catalogue.read_body(asked, &body),
        Reader::Condition => gateway.catalogue.read_any_body(asked, &body),
    };
    let asked = asked.map_err(Malformed::Body)?;
    Ok((Identified::Known(asked), Request::from_parts(parts, Payload::Read(bytes))))
}

/// A body is read as JSON in UTF-8, so nothing may say that it is something else.
fn check_headers(headers: &HeaderMap, method: Method) -> Result<(), Malformed> {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    match (types.next(), types.next()) {
        (Some(only), None) if is_json(only, method) => Ok(()),
        _ => Err(Malformed::BodyType),
    }
}

/// Whether a content type is JSON without a doubt about its characters. That of patches is for patches.
fn is_json(value: &HeaderValue, method: Method) -> bool {
    let Ok(text) = value.to_str() else { return false };
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let is_patch = essence.eq_ignore_ascii_case("application/json-patch+json");
    let is_known =
        essence.eq_ignore_ascii_case("application/json") || (is_patch && method == Method::Patch);
    let is_utf8 = |parameter: &str| {
        parameter.split_once('=').is_some_and(|(name, value)| {
            let value = value.trim_matches('"');
            name.eq_ignore_ascii_case("charset") && value.eq_ignore_ascii_case("utf-8")
        })
    };
    is_known && parts.all(is_utf8)
}

/// The whole of a body of at most `most` bytes.
async fn whole(mut body: Watched, most: usize) -> Result<Bytes, Malformed> {
    let too_large = || {
        if most == 0 {
            Malformed::Body(BodyDefect::NotTaken)
        } else {
            Malformed::BodyTooLarge(most)
        }
    };
    if body.size_hint().lower() > most as u64 {
        return Err(too_large());
    }
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Malformed::BodyBrokeOff)?;
        // Trailers say nothing, and are not sent on.
        let Ok(piece) = frame.into_data() else { continue };
        if bytes.len() + piece.len() > most {
            return Err(too_large());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes.freeze())
}

fn check_length(headers: &HeaderMap, length: usize) -> Result<(), Malformed> {
    let says_so = |value: &HeaderValue| {
        value.to_str().is_ok_and(|text| text.parse::<usize>().is_ok_and(|it| it == length))
    };
    if headers.get_all(CONTENT_LENGTH).iter().all(says_so) {
        Ok(())
    } else {
        Err(Malformed::BodyLength)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(content_type: &'static str, method: Method, expected: bool) {
        let value = HeaderValue::from_static(content_type);
        assert_eq!(is_json(&value, method), expected, "{content_type}");
    }

    #[test]
    fn only_json_in_utf8_is_json() {
        check("application/json", Method::Put, true);
        check("Application/JSON; charset=\"UTF-8\"", Method::Put, true);
        check("application/json-patch+json", Method::Patch, true);
        check("application/json-patch+json", Method::Put, false);
        check("application/json; charset=utf-16", Method::Put, false);
        check("application/json; charset=utf-8; charset=utf-7", Method::Put, false);
        check("application/json, text/plain", Method::Put, false);
        check("application/x-www-form-urlencoded", Method::Put, false);
        check("text/json", Method::Put, false);
        check("application/vnd.api+json", Method::Put, false);
    }
}
