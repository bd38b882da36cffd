//! One thing that can be asked of Kustomer: a method, a path template, and what we know of it.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use crate::diagnostic::Place;
use crate::query::{IDS, INCLUDE, Query};
use crate::{
    ActionId, BodyUse, Level, Method, Phrase, QueryDefect, ResourceId, Rule, ScopeId, Template,
};

/// An operation's name in files and records, such as `customers.update`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct OperationId(Arc<str>);

impl OperationId {
    pub(crate) fn new(id: &str) -> Self {
        Self(id.into())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for OperationId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// An id of the right shape.
const EXAMPLE_ID: &str = "5f1a2b3c4d5e6f708192a3b4";

/// An operation of the catalogue. Its fields are read through methods: only loading makes one.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own in the data")]
pub struct Operation {
    pub(crate) id: OperationId,
    pub(crate) method: Method,
    pub(crate) template: Template,
    pub(crate) resource: ResourceId,
    pub(crate) level: Level,
    pub(crate) phrase: Phrase,
    pub(crate) roles: Roles,
    pub(crate) success: Option<u16>,
    pub(crate) object_limit: Option<ObjectLimit>,
    pub(crate) event: Option<String>,
    pub(crate) guide_row: Option<u8>,
    pub(crate) notes: Option<String>,
    pub(crate) sends: bool,
    pub(crate) trailing_slash: bool,
    /// Why only an entry of its own can grant it.
    pub(crate) only_by_name: Option<String>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) body: BodyUse,
    pub(crate) ids: IdsUse,
    /// What its query may ask to include.
    pub(crate) includes: Vec<Arc<str>>,
    pub(crate) searches: bool,
    /// The fields that name records of scopes for this operation alone.
    pub(crate) names: Vec<(ScopeId, Vec<Arc<str>>)>,
    /// The keys of the query by which its answer is confined to the records of a scope that they name.
    pub(crate) queries: Vec<(ScopeId, Vec<Arc<str>>)>,
    pub(crate) links: Links,
    /// Whether the common rules and the links have been put in.
    pub(crate) is_linked: bool,
    pub(crate) place: Place,
    /// Filled when the actions are loaded.
    pub(crate) actions: Vec<ActionId>,
}

/// The Kustomer roles that an API key needs for an operation; any one of them suffices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roles {
    /// Roles of the older scheme, such as `org.user.customer.read`.
    pub legacy: Vec<String>,
    /// Roles of permission sets, such as `org.permission.customer.read`.
    pub permission_set: Vec<String>,
    /// Roles of neither scheme, such as `org.tracking`.
    pub other: Vec<String>,
    /// Whether any valid key will do.
    pub none_needed: bool,
}

/// How often Kustomer lets one record be touched by an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectLimit {
    /// So many calls ...
    pub calls: u32,
    /// ... in so many seconds ...
    pub seconds: u32,
    /// ... for one of these, such as `customer`.
    pub per: String,
}

/// What is done with `ids` in the query of an operation's requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdsUse {
    /// They have no meaning: refused where something is changed, passed over where it is read.
    NotTaken,
    /// They name the records, in the place of the body or beside the path.
    Taken,
    /// Without them nobody knows what the request is about.
    Needed,
}

/// What loading works out from an operation's template and resource, and from the scopes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Links {
    /// The parameters, by their place among all, that name records of a scope.
    pub(crate) path_scopes: Vec<(usize, ScopeId)>,
    /// The fields of a body that name records of a scope.
    pub(crate) scope_fields: Vec<(ScopeId, Vec<Arc<str>>)>,
    /// The keys of the query that name records of a scope.
    pub(crate) scope_queries: Vec<(ScopeId, Vec<Arc<str>>)>,
    /// The scope of the operation's own records.
    pub(crate) own_scope: Option<ScopeId>,
    /// The parameter, by its place among all, that names the record itself.
    pub(crate) own_parameter: Option<usize>,
    /// The parameter, by its place among all, that names the klass.
    pub(crate) klass_parameter: Option<usize>,
    /// The keys of the query that matter.
    pub(crate) query_keys: Vec<Arc<str>>,
}

impl Links {
    /// Whether the path names a record that a body could name too.
    pub(crate) fn name_records(&self) -> bool {
        !self.path_scopes.is_empty()
    }
}

impl Operation {
    /// The name in files and records.
    #[must_use]
    pub fn id(&self) -> &OperationId {
        &self.id
    }

    /// The method, which is matched exactly.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// The path template.
    #[must_use]
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// The resource whose grant covers the operation.
    #[must_use]
    pub fn resource(&self) -> &ResourceId {
        &self.resource
    }

    /// The level it needs on its resource: read, write or full.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// How sentences speak of it.
    #[must_use]
    pub fn phrase(&self) -> &Phrase {
        &self.phrase
    }

    /// The Kustomer roles that the organisation's key needs; empty where they are not published.
    #[must_use]
    pub fn roles(&self) -> &Roles {
        &self.roles
    }

    /// The status of a success, where it is known.
    #[must_use]
    pub fn success(&self) -> Option<u16> {
        self.success
    }

    /// Kustomer's limit for one record, where one is published.
    #[must_use]
    pub fn object_limit(&self) -> Option<&ObjectLimit> {
        self.object_limit.as_ref()
    }

    /// The webhook event that it makes Kustomer send, if any.
    #[must_use]
    pub fn event(&self) -> Option<&str> {
        self.event.as_deref()
    }

    /// Whether what it carries can leave Kustomer: to a customer, to any address, to another system.
    #[must_use]
    pub fn sends(&self) -> bool {
        self.sends
    }

    /// Whether it deletes, in a way that cannot be undone: what can be put back is not `full`.
    #[must_use]
    pub fn deletes(&self) -> bool {
        let verb = self.id.0.split_once('.').map_or("", |(_, verb)| verb);
        let is_named_so = verb.split('_').any(|word| matches!(word, "delete" | "redact"));
        self.level == Level::Full && (self.method == Method::Delete || is_named_so)
    }

    /// Its row among the 28 of the guide, if it is one of them.
    #[must_use]
    pub fn guide_row(&self) -> Option<u8> {
        self.guide_row
    }

    /// Oddities worth knowing, in plain words.
    #[must_use]
    pub fn notes(&self) -> Option<&str> {
        self.notes.as_deref()
    }

    /// Whether a real client sends its path with a slash at the end, which is then accepted.
    #[must_use]
    pub fn takes_trailing_slash(&self) -> bool {
        self.trailing_slash
    }

    /// Why only an entry that names this operation can grant it, where that is so: never its action's,
    /// never its resource's.
    #[must_use]
    pub fn only_by_name(&self) -> Option<&str> {
        self.only_by_name.as_deref()
    }

    /// What its requests may demand beside the operation's own demand.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What is done with the body of its requests.
    #[must_use]
    pub fn body_use(&self) -> BodyUse {
        self.body
    }

    /// What its query may ask to include.
    #[must_use]
    pub fn includes(&self) -> &[Arc<str>] {
        &self.includes
    }

    /// Whether it is a search, whose body decides what it returns and looks into.
    #[must_use]
    pub fn is_search(&self) -> bool {
        self.searches
    }

    /// Whether its records are of a klass that its path names.
    #[must_use]
    pub fn names_a_klass(&self) -> bool {
        self.links.klass_parameter.is_some()
    }

    /// A path and query that match, with made-up values.
    #[must_use]
    pub fn example_target(&self) -> String {
        let path = self.template.example();
        match self.ids {
            IdsUse::Needed => format!("{path}?ids={EXAMPLE_ID}"),
            IdsUse::Taken | IdsUse::NotTaken => path,
        }
    }

    /// A body that demands as little as a body of this operation can; none where it needs none.
    #[must_use]
    pub fn example_body(&self) -> Option<String> {
        if self.searches {
            return Some(r#"{"queryContext":"customer"}"#.to_owned());
        }
        let absent = self.rules.iter().filter_map(Rule::absent_field);
        let fields: Vec<_> = absent.map(|field| format!("\"{field}\":\"{EXAMPLE_ID}\"")).collect();
        (!fields.is_empty()).then(|| format!("{{{}}}", fields.join(",")))
    }

    /// Refuses a query that asks for what the operation does not do.
    pub(crate) fn check_query(&self, query: &Query) -> Result<(), QueryDefect> {
        let known = |met: &str| self.includes.iter().any(|include| **include == *met);
        if !query.values(INCLUDE).all(|met| met.is_empty() || known(met)) {
            return Err(QueryDefect::UnknownInclude);
        }
        match (self.ids, query.value(IDS)) {
            (IdsUse::NotTaken, Some(_)) if self.method != Method::Get => {
                Err(QueryDefect::IdsNotTaken)
            }
            (IdsUse::Needed, None) => Err(QueryDefect::IdsMissing),
            (IdsUse::NotTaken | IdsUse::Taken | IdsUse::Needed, _) => Ok(()),
        }
    }

    /// Where the catalogue's files say all this.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The actions that it belongs to, in the order of the data.
    #[must_use]
    pub fn actions(&self) -> &[ActionId] {
        &self.actions
    }
}
