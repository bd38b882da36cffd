//! The way of a request: counted, authenticated, identified, authorised, answered.

use axum::body::{Body, to_bytes};
use axum::extract::{Query as Pairs, Request, State as Shared};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use catalogue::{Asked, Catalogue, Identified, Method, Operation};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header, request::Parts};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::call::{Call, Reply};
use crate::key::{self, Caller};
use crate::limits::{Budget, ObjectKey};
use crate::page::Query;
use crate::received::Received;
use crate::record::Kind;
use crate::refusal::Refusal;
use crate::router::operation_of;
use crate::state::State;
use crate::webhook::{self, Delivery};
use crate::write::Author;
use crate::{Desk, Sandbox, routes};

/// The longest body that is read.
const LONGEST_BODY: usize = 4 * 1024 * 1024;

/// Says that an answer is an envelope only, with no state behind it.
const SIMULATED: &str = "x-sandbox-simulated";

/// Answers one request.
pub(crate) async fn answer(Shared(sandbox): Shared<Sandbox>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LONGEST_BODY).await;
    let shared = sandbox.shared();
    let now = (shared.clock)();
    let mut desk = shared.desk();
    desk.received.add(received(&parts, body.as_ref().ok()));
    let mut headers = HeaderMap::new();
    let visit = Visit { sandbox: &sandbox, now, parts: &parts };
    let answered = match body {
        Ok(body) => visit.answer(&mut desk, &body, &mut headers),
        Err(_) => Err(Refusal::too_large()),
    };
    if headers.is_empty() {
        desk.limits.look(shared.settings.requests_per_minute, now).write_org(&mut headers);
    }
    let changes = desk.state.take_changes();
    let deliveries: Vec<Delivery> = webhook::deliveries(&mut desk.state, &changes, now);
    drop(desk);
    shared.courier.send(deliveries);
    let mut response = answered.unwrap_or_else(IntoResponse::into_response);
    response.headers_mut().extend(headers);
    response
}

fn received(parts: &Parts, body: Option<&Bytes>) -> Received {
    Received {
        method: parts.method.clone(),
        path_and_query: parts
            .uri
            .path_and_query()
            .map_or("", http::uri::PathAndQuery::as_str)
            .to_owned(),
        operation: operation_of(parts.method.as_str(), parts.uri.path()),
        headers: parts.headers.clone(),
        body: body.cloned().unwrap_or_default(),
    }
}

/// A request and what it meets.
struct Visit<'a> {
    sandbox: &'a Sandbox,
    now: Timestamp,
    parts: &'a Parts,
}

impl Visit<'_> {
    fn answer(
        &self,
        desk: &mut Desk,
        body: &Bytes,
        headers: &mut HeaderMap,
    ) -> Result<Response, Refusal> {
        let settings = &self.sandbox.shared().settings;
        let caller = key::authenticate(&settings.key_secret, &self.parts.headers);
        let caller = caller.ok_or_else(Refusal::unauthorized)?;
        let budget = desk.limits.spend(settings.requests_per_minute, self.now);
        budget.write_org(headers);
        within(budget, headers, "the organisation's requests of this minute are used up")?;
        let asked = self.identify()?;
        if !caller.may(&asked) {
            return Err(lacking(asked.operation()));
        }
        let body = self.json(body, &asked)?;
        self.touch(desk, &asked, &caller, body.as_ref(), headers)?;
        let query = query(&self.parts.uri)?;
        self.carry_out(&mut desk.state, &asked, &caller, &query, body)
    }

    fn identify(&self) -> Result<Asked, Refusal> {
        let (path, query) = (self.parts.uri.path(), self.parts.uri.query());
        let method = self.parts.method.as_str();
        match Catalogue::builtin().identify_parts(method, path, query) {
            // A stand-in that would take it for something else must not answer as if it did not.
            Ok(Identified::Known(asked))
                if operation_of(method, path) != Some(asked.operation().id().as_str()) =>
            {
                Err(Refusal::bad_request("the path can be read in two ways"))
            }
            Ok(Identified::Known(asked)) => Ok(asked),
            Ok(Identified::Unknown(_)) => Err(Refusal::not_found("there is no such path")),
            Err(defect) => {
                Err(Refusal::bad_request(format!("the request cannot be read: {defect}")))
            }
        }
    }

    /// The body, if there is one. What has no state behind it takes any body that does not claim
    /// to be JSON: uploads are such.
    fn json(&self, body: &Bytes, asked: &Asked) -> Result<Option<Value>, Refusal> {
        let content_type = self.parts.headers.get(header::CONTENT_TYPE);
        let says_json = content_type.is_some_and(|value| {
            value.to_str().is_ok_and(|text| text.to_ascii_lowercase().contains("json"))
        });
        if body.is_empty() || (!says_json && routes::route(asked).is_none()) {
            return Ok(None);
        }
        let parsed = serde_json::from_slice(body);
        parsed
            .map(Some)
            .map_err(|error| Refusal::bad_request(format!("the body is no JSON: {error}")))
    }

    /// Spends the budget of the record that the operation touches, where it has one.
    fn touch(
        &self,
        desk: &mut Desk,
        asked: &Asked,
        caller: &Caller,
        body: Option<&Value>,
        headers: &mut HeaderMap,
    ) -> Result<(), Refusal> {
        let operation = asked.operation();
        let Some(limit) = operation.object_limit() else { return Ok(()) };
        let imported = body.is_some_and(|body| body.get("importedAt").is_some());
        let touched = touched(&desk.state, asked, caller, &limit.per, body);
        let Some(id) = touched.filter(|_| !imported) else { return Ok(()) };
        let resource = operation.resource().as_str().to_owned();
        let key = ObjectKey { resource, per: limit.per.clone(), id };
        let budget = desk.limits.touch(key, limit.calls, limit.seconds, self.now);
        budget.write_object(headers);
        within(budget, headers, &format!("the limit for this {} is used up", limit.per))
    }

    fn carry_out(
        &self,
        state: &mut State,
        asked: &Asked,
        caller: &Caller,
        query: &Query,
        body: Option<Value>,
    ) -> Result<Response, Refusal> {
        let Some(route) = routes::route(asked) else { return Ok(self.simulate(asked)) };
        let is_admin = caller.has("org.admin");
        let mut call = Call {
            state,
            asked,
            caller,
            author: Author { user: caller.user.clone(), is_admin, now: self.now },
            method: self.parts.method.as_str(),
            path: self.parts.uri.path(),
            query,
            body,
        };
        route(&mut call).map(|reply| respond(asked.operation(), reply))
    }

    /// The answer of an operation that has no state behind it.
    fn simulate(&self, asked: &Asked) -> Response {
        let resource = Catalogue::builtin().resource(asked.resource().as_str());
        let kind = resource.map_or(asked.resource().as_str(), catalogue::Resource::singular);
        let path = self.parts.uri.path();
        let document = json!({ "data": {
            "type": kind,
            "id": asked.targets().last(),
            "attributes": {},
            "relationships": {},
            "links": { "self": path },
        }});
        let mut response = respond(asked.operation(), Reply::Document(document));
        response.headers_mut().insert(SIMULATED, HeaderValue::from_static("envelope"));
        response
    }
}

/// Refuses what is over a budget, and says when to come back.
fn within(budget: Budget, headers: &mut HeaderMap, message: &str) -> Result<(), Refusal> {
    if budget.exceeded {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(budget.wait));
        return Err(Refusal::too_many_requests(message));
    }
    Ok(())
}

fn lacking(operation: &Operation) -> Refusal {
    let named: Vec<&str> = key::named(operation.roles()).map(String::as_str).collect();
    let needed =
        if named.is_empty() { "org.user or org.admin".to_owned() } else { named.join(" or ") };
    Refusal::forbidden(format!("the API key lacks the role {needed}"))
}

fn query(uri: &Uri) -> Result<Query, Refusal> {
    let pairs = Pairs::<Vec<(String, String)>>::try_from_uri(uri);
    let Pairs(pairs) = pairs.map_err(|_| Refusal::bad_request("the query cannot be read"))?;
    Ok(Query { raw: uri.query().unwrap_or_default().to_owned(), pairs })
}

/// The id of the record whose budget an operation spends.
fn touched(
    state: &State,
    asked: &Asked,
    caller: &Caller,
    per: &str,
    body: Option<&Value>,
) -> Option<String> {
    match per {
        "machine user" => Some(caller.user.clone()),
        "customer" => customer_touched(state, asked, body),
        _ => asked.targets().first().cloned(),
    }
}

/// The customer that the path or the body names, or whose conversation they name.
fn customer_touched(state: &State, asked: &Asked, body: Option<&Value>) -> Option<String> {
    let template = asked.operation().template().as_str();
    let in_path = asked.targets().first().cloned();
    if template.starts_with("/v1/customers/") {
        return in_path;
    }
    let field = |name: &str| body.and_then(|body| body.get(name)?.as_str()).map(str::to_owned);
    let conversation = in_path.filter(|_| template.starts_with("/v1/conversations/"));
    let of_conversation =
        |id: String| state.get(Kind::Conversation, &id)?.related("customer").map(str::to_owned);
    field("customer")
        .or_else(|| conversation.or_else(|| field("conversation")).and_then(of_conversation))
}

/// The status that the catalogue knows for a success, and the body.
fn respond(operation: &Operation, reply: Reply) -> Response {
    let usual = match (operation.method(), &reply) {
        (_, Reply::Empty) => StatusCode::NO_CONTENT,
        (Method::Post, Reply::Document(_)) => StatusCode::CREATED,
        _ => StatusCode::OK,
    };
    let known = operation.success().and_then(|status| StatusCode::from_u16(status).ok());
    let status = known.unwrap_or(usual);
    match reply {
        Reply::Document(document) if status != StatusCode::NO_CONTENT => {
            (status, axum::Json(document)).into_response()
        }
        Reply::Document(_) | Reply::Empty => (status, Body::empty()).into_response(),
    }
}
