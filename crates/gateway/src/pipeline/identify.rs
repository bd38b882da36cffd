//! What is asked: from the method and the raw path to one operation of the catalogue, or none.

use std::sync::Arc;

use catalogue::{Catalogue, Identified};
use http::{Method, Request, Version};

use super::Proven;
use crate::refusal::{Malformed, Refusal};

/// Reads what a request asks for. What cannot be read with certainty is refused.
pub(super) fn identify<B>(
    catalogue: &Catalogue,
    agent: &Proven,
    request: &Request<B>,
) -> Result<Identified, Refusal> {
    let path = path_of(request).and_then(|path| {
        catalogue.identify(request.method().as_str(), path).map_err(Malformed::Path)
    });
    path.map_err(|why| Refusal::Malformed { why, caller: Arc::clone(&agent.caller) })
}

/// The path as sent. A target in another form (`http://...`, `host:port`) has more than a path to it.
fn path_of<B>(request: &Request<B>) -> Result<&str, Malformed> {
    let uri = request.uri();
    // Over HTTP/2 every request names its authority; over HTTP/1 only the absolute form does.
    let absolute = uri.authority().is_some() && request.version() < Version::HTTP_2;
    if absolute || request.method() == Method::CONNECT {
        return Err(Malformed::TargetForm);
    }
    Ok(uri.path())
}
