//! A request that was let in, with what the routes need to answer it.

use catalogue::Asked;
use serde_json::{Map, Value};

use crate::envelope;
use crate::key::Caller;
use crate::page::{self, Page, Query};
use crate::record::{Kind, Record, Related};
use crate::refusal::Refusal;
use crate::state::State;
use crate::write::{self, Author, New};

/// What a route answers. The status is the catalogue's.
#[derive(Debug, PartialEq)]
pub(crate) enum Reply {
    /// A JSON document.
    Document(Value),
    /// Nothing: a record was deleted.
    Empty,
}

/// One request on its way through a route.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) asked: &'a Asked,
    pub(crate) caller: &'a Caller,
    pub(crate) author: Author,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a Query,
    pub(crate) body: Option<Value>,
}

impl Call<'_> {
    /// What the path gave a parameter.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.asked.values().find(|(key, _)| *key == name).map_or("", |(_, value)| value)
    }

    /// The body, which must be a JSON object.
    pub(crate) fn object(&self) -> Result<Map<String, Value>, Refusal> {
        let object = self.body.as_ref().and_then(Value::as_object);
        object.cloned().ok_or_else(|| Refusal::bad_request("the body must be a JSON object"))
    }

    /// The body, which must be a JSON array.
    pub(crate) fn array(&self) -> Result<Vec<Value>, Refusal> {
        let array = self.body.as_ref().and_then(Value::as_array);
        array.cloned().ok_or_else(|| Refusal::bad_request("the body must be a JSON array"))
    }

    /// A record that is there and was not put away.
    pub(crate) fn find(&self, kind: Kind, id: &str) -> Result<&Record, Refusal> {
        let found = self.state.get(kind, id).filter(|record| !record.is_deleted());
        found.ok_or_else(|| write::missing(kind, id))
    }

    /// The first record that fits.
    pub(crate) fn find_by(
        &self,
        kind: Kind,
        fits: impl Fn(&Record) -> bool,
    ) -> Result<Reply, Refusal> {
        let found = self.state.all(kind).find(|record| !record.is_deleted() && fits(record));
        let found = found.ok_or_else(|| {
            Refusal::not_found(format!("there is no {} with this value", kind.type_name()))
        })?;
        Ok(Reply::Document(envelope::one(found)))
    }

    /// Answers with one record.
    pub(crate) fn show(&self, kind: Kind, id: &str) -> Result<Reply, Refusal> {
        self.find(kind, id).map(|record| Reply::Document(envelope::one(record)))
    }

    /// Answers with a page of all records of a kind.
    pub(crate) fn list(&self, kind: Kind) -> Result<Reply, Refusal> {
        self.page(kind, self.state.all(kind).collect())
    }

    /// Answers with a page of the records that belong to a customer or a conversation.
    pub(crate) fn list_owned(&self, kind: Kind, by: Kind, owner: &str) -> Result<Reply, Refusal> {
        self.find(by, owner)?;
        self.page(kind, self.state.owned(kind, owner).collect())
    }

    /// Answers with a page of these records, narrowed and sorted as the query asks.
    pub(crate) fn page(&self, kind: Kind, mut records: Vec<&Record>) -> Result<Reply, Refusal> {
        records.retain(|record| !record.is_deleted());
        page::narrow(&mut records, self.query)?;
        let page = Page::read(self.query, kind.longest_page())?;
        let document = page.envelope(self.path, self.query, &records, envelope::resource);
        Ok(Reply::Document(document))
    }

    /// Creates a record from a body and gives its id.
    pub(crate) fn create(
        &mut self,
        kind: Kind,
        body: &Map<String, Value>,
        links: Vec<(&'static str, Related)>,
    ) -> Result<String, Refusal> {
        write::create(self.state, &self.author, New { kind, klass: None, body, links })
    }

    /// Changes a record by the body and answers with it; with `replace=true` what the body leaves
    /// out is emptied.
    pub(crate) fn update(&mut self, kind: Kind, id: &str) -> Result<Reply, Refusal> {
        let body = self.object()?;
        self.change(kind, id, &body)?;
        let changed = self.state.get(kind, id).ok_or_else(|| write::missing(kind, id))?;
        Ok(Reply::Document(envelope::one(changed)))
    }

    /// Changes a record by a body.
    pub(crate) fn change(
        &mut self,
        kind: Kind,
        id: &str,
        body: &Map<String, Value>,
    ) -> Result<(), Refusal> {
        self.find(kind, id)?;
        if self.query.get("replace") == Some("true") {
            write::replace(self.state, &self.author, kind, id, body)
        } else {
            write::update(self.state, &self.author, kind, id, body)
        }
    }

    /// Takes a record out for good.
    pub(crate) fn delete(&mut self, kind: Kind, id: &str) -> Result<Reply, Refusal> {
        self.find(kind, id)?;
        self.state.remove(kind, id);
        Ok(Reply::Empty)
    }
}

/// A relationship to a record.
pub(crate) fn link(name: &'static str, kind: Kind, id: &str) -> (&'static str, Related) {
    (name, Related { kind, id: id.to_owned() })
}
