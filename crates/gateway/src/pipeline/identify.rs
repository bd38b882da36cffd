//! What is asked: from the method and the raw path to one operation of the catalogue, or none.

use std::sync::Arc;

use catalogue::Identified;
use http::uri::PathAndQuery;
use http::{Method, Request, Uri, Version};

use super::authenticate::Proven;
use crate::config::Sizes;
use crate::gateway::Gateway;
use crate::refusal::{Malformed, Refusal};
use crate::secret::UpstreamKey;
use crate::token;
use crate::upstream::check_headers;

/// Reads what a request asks for. What cannot be read with certainty is refused.
///
/// From here on nothing knows a customer's address or number: what is forwarded is the request itself,
/// and all else only speaks of it.
pub(super) fn identify<B>(
    gateway: &Gateway,
    agent: &Proven,
    request: &Request<B>,
) -> Result<Identified, Refusal> {
    let identified = check_size(request, gateway.sizes).and_then(|()| {
        let path = path_of(request)?;
        check_credentials(gateway.upstream.key(), request.uri())?;
        check_headers(request.headers())?;
        let method = request.method().as_str();
        let query = request.uri().query();
        gateway.catalogue.identify_parts(method, path, query).map_err(Malformed::Target)
    });
    let identified = identified.map(|identified| gateway.identifiers.asked(identified));
    identified.map_err(|why| Refusal::Malformed { why, caller: Arc::clone(&agent.caller) })
}

/// HTTP/1 refuses a head that is too large by itself, HTTP/2 knows only its size in all.
fn check_size<B>(request: &Request<B>, most: Sizes) -> Result<(), Malformed> {
    let headers = request.headers().len();
    if headers > most.headers {
        return Err(Malformed::TooManyHeaders { headers, most: most.headers });
    }
    let bytes = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if bytes > most.target {
        return Err(Malformed::TargetTooLong { bytes, most: most.target });
    }
    Ok(())
}

/// The path as sent. A target in another form (`http://...`, `host:port`) has more than a path to it.
fn path_of<B>(request: &Request<B>) -> Result<&str, Malformed> {
    if is_origin_form(request) { Ok(request.uri().path()) } else { Err(Malformed::TargetForm) }
}

/// Whether the target is a path and perhaps a query, and nothing more.
pub(crate) fn is_origin_form<B>(request: &Request<B>) -> bool {
    // Over HTTP/2 every request names its authority; over HTTP/1 only the absolute form does.
    let absolute = request.uri().authority().is_some() && request.version() < Version::HTTP_2;
    !absolute && request.method() != Method::CONNECT
}

/// A credential in the target would stand in Kustomer's logs, and in others on the way.
fn check_credentials(key: &UpstreamKey, target: &Uri) -> Result<(), Malformed> {
    let text = target.path_and_query().map_or("", PathAndQuery::as_str);
    if token::is_in(text) || key.is_in(text.as_bytes()) {
        Err(Malformed::CredentialInTarget)
    } else {
        Ok(())
    }
}
