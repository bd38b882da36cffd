//! What a search asks of a record: criteria, and how they are combined.

use serde_json::{Map, Value};

use super::relatives;
use crate::compare;
use crate::record::{Kind, Record};
use crate::refusal::Refusal;
use crate::state::State;

/// Criteria, combined.
#[derive(Debug)]
pub(super) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Neither(Vec<Node>),
    One(Criterion),
}

/// One attribute, one operator, one value.
#[derive(Debug)]
pub(super) struct Criterion {
    attribute: Attribute,
    operator: Operator,
    value: Value,
}

/// Where a criterion looks: `conversation_custom_orderNumberStr` is the custom attribute
/// `orderNumberStr` of conversations.
#[derive(Debug)]
pub(super) struct Attribute {
    kind: Kind,
    klass: Option<String>,
    name: String,
    is_custom: bool,
    /// For lists of objects: the member that holds the value.
    member: Option<&'static str>,
}

#[derive(Debug, Clone, Copy)]
enum Operator {
    Equals,
    NotEquals,
    In,
    Contains,
    Gt,
    Gte,
    Lt,
    Lte,
    NotSet,
}

/// The kind that a word in a criterion or a context stands for.
pub(super) fn kind_named(name: &str) -> Option<Kind> {
    let kinds = [
        Kind::Customer,
        Kind::Company,
        Kind::Conversation,
        Kind::Message,
        Kind::Note,
        Kind::Kobject,
    ];
    kinds.into_iter().find(|kind| kind.type_name() == name)
}

impl Node {
    /// Reads `and`, `or` and `not`; other keys are criteria, save at the top of a search.
    pub(super) fn read(body: &Map<String, Value>) -> Result<Self, Refusal> {
        let groups = ["and", "or", "not"];
        let parts = groups.iter().filter_map(|name| Some((*name, body.get(*name)?)));
        parts.map(|(name, value)| Self::group(name, value)).collect::<Result<_, _>>().map(Self::All)
    }

    fn group(name: &str, value: &Value) -> Result<Self, Refusal> {
        let members: Vec<&Value> = match value {
            Value::Array(members) => members.iter().collect(),
            Value::Object(_) => vec![value],
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                return Err(Refusal::bad_field(
                    name,
                    format!("`{name}` must be a list of criteria"),
                ));
            }
        };
        let members: Vec<Self> = members.into_iter().map(Self::member).collect::<Result<_, _>>()?;
        Ok(match name {
            "or" => Self::Any(members),
            "not" => Self::Neither(members),
            _ => Self::All(members),
        })
    }

    fn member(value: &Value) -> Result<Self, Refusal> {
        let Some(entries) = value.as_object() else {
            return Err(Refusal::bad_request("a criterion must be an object"));
        };
        let nodes = entries.iter().map(|(name, value)| match name.as_str() {
            "and" | "or" | "not" => Self::group(name, value),
            _ => Criterion::read(name, value).map(Self::All),
        });
        nodes.collect::<Result<_, _>>().map(Self::All)
    }

    /// Whether a record fits. An empty `or` asks for nothing, so it fits all.
    pub(super) fn accepts(&self, state: &State, record: &Record) -> bool {
        match self {
            Self::All(nodes) => nodes.iter().all(|node| node.accepts(state, record)),
            Self::Any(nodes) => {
                nodes.is_empty() || nodes.iter().any(|node| node.accepts(state, record))
            }
            Self::Neither(nodes) => !nodes.iter().any(|node| node.accepts(state, record)),
            Self::One(criterion) => criterion.accepts(state, record),
        }
    }
}

impl Criterion {
    /// Reads `{"gte": 1, "lt": 5}`: one criterion for each operator.
    fn read(name: &str, value: &Value) -> Result<Vec<Node>, Refusal> {
        let Some(operators) = value.as_object().filter(|operators| !operators.is_empty()) else {
            return Err(Refusal::bad_field(
                name,
                format!("`{name}` needs an operator such as `equals`"),
            ));
        };
        let nodes = operators.iter().map(|(operator, value)| {
            let operator = Operator::read(operator).ok_or_else(|| {
                Refusal::bad_field(name, format!("`{operator}` is not an operator of a search"))
            })?;
            if matches!(operator, Operator::In) && !value.is_array() {
                return Err(Refusal::bad_field(name, "`in` needs a list"));
            }
            let attribute = Attribute::read(name)?;
            Ok(Node::One(Self { attribute, operator, value: value.clone() }))
        });
        nodes.collect()
    }

    fn accepts(&self, state: &State, record: &Record) -> bool {
        let relatives = relatives::of(state, record, self.attribute.kind);
        relatives.into_iter().any(|relative| self.fits(relative))
    }

    fn fits(&self, record: &Record) -> bool {
        if self.attribute.klass.is_some() && self.attribute.klass != record.klass {
            return false;
        }
        let values = self.attribute.values(record);
        let any = |fits: &dyn Fn(&Value) -> bool| values.iter().any(|value| fits(value));
        let compares = |fits: fn(std::cmp::Ordering) -> bool| {
            any(&|value| compare::values(value, &self.value).is_some_and(fits))
        };
        match self.operator {
            Operator::Equals => any(&|value| equal(value, &self.value)),
            Operator::NotEquals => !any(&|value| equal(value, &self.value)),
            Operator::In => {
                let wanted = self.value.as_array();
                any(&|value| wanted.is_some_and(|list| list.iter().any(|one| equal(value, one))))
            }
            Operator::Contains => any(&|value| contains(value, &self.value)),
            Operator::Gt => compares(std::cmp::Ordering::is_gt),
            Operator::Gte => compares(std::cmp::Ordering::is_ge),
            Operator::Lt => compares(std::cmp::Ordering::is_lt),
            Operator::Lte => compares(std::cmp::Ordering::is_le),
            Operator::NotSet => values.is_empty(),
        }
    }
}

impl Operator {
    fn read(name: &str) -> Option<Self> {
        match name {
            "equals" => Some(Self::Equals),
            "not_equals" => Some(Self::NotEquals),
            "in" => Some(Self::In),
            "contains" => Some(Self::Contains),
            "gt" => Some(Self::Gt),
            "gte" => Some(Self::Gte),
            "lt" => Some(Self::Lt),
            "lte" => Some(Self::Lte),
            "not_set" => Some(Self::NotSet),
            _ => None,
        }
    }
}

impl Attribute {
    /// Reads `<kind>_<attribute>`, `<kind>_custom_<attribute>` or `kobject_custom_<klass>_<attribute>`.
    pub(super) fn read(name: &str) -> Result<Self, Refusal> {
        let parts = name.split_once('_').and_then(|(kind, rest)| Some((kind_named(kind)?, rest)));
        let Some((kind, rest)) = parts else {
            let message = format!("`{name}` must begin with a kind, such as `customer_`");
            return Err(Refusal::bad_field(name, message));
        };
        if let Some(custom) = rest.strip_prefix("custom_") {
            let (klass, name) = match custom.split_once('_') {
                Some((klass, name)) if kind == Kind::Kobject => (Some(klass.to_owned()), name),
                _ => (None, custom),
            };
            return Ok(Self { kind, klass, name: name.to_owned(), is_custom: true, member: None });
        }
        let (name, member) = plain_name(kind, rest);
        Ok(Self { kind, klass: None, name, is_custom: false, member })
    }

    /// The first value, for sorting.
    pub(super) fn first<'a>(&self, record: &'a Record) -> &'a Value {
        self.values(record).first().copied().unwrap_or(&Value::Null)
    }

    /// The values that a record has here; none when the attribute is empty. Lists give one each.
    fn values<'a>(&self, record: &'a Record) -> Vec<&'a Value> {
        let holder = if self.is_custom {
            record.attributes.get("custom").and_then(|custom| custom.get(&self.name))
        } else {
            record.attributes.get(&self.name)
        };
        let all: Vec<&Value> = match holder {
            None => Vec::new(),
            Some(Value::Array(values)) => values.iter().collect(),
            Some(value) => vec![value],
        };
        let members = all.into_iter().filter_map(|value| match self.member {
            Some(member) => value.get(member),
            None => Some(value),
        });
        members.filter(|value| !value.is_null() && *value != "").collect()
    }
}

/// The attribute's own name: searches write `created_at` for `createdAt`, and call some lists by
/// what they hold.
fn plain_name(kind: Kind, searched: &str) -> (String, Option<&'static str>) {
    match (kind, searched) {
        (Kind::Customer | Kind::Company, "email" | "emails") => {
            ("emails".to_owned(), Some("email"))
        }
        (Kind::Customer | Kind::Company, "phone" | "phones") => {
            ("phones".to_owned(), Some("phone"))
        }
        (Kind::Message, "body") => ("preview".to_owned(), None),
        _ => (camel_case(searched), None),
    }
}

fn camel_case(snake: &str) -> String {
    let mut words = snake.split('_');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.extend(letters);
    }
    name
}

fn equal(value: &Value, wanted: &Value) -> bool {
    compare::values(value, wanted).is_some_and(std::cmp::Ordering::is_eq)
}

fn contains(value: &Value, wanted: &Value) -> bool {
    match (value.as_str(), wanted.as_str()) {
        (Some(text), Some(part)) => text.to_lowercase().contains(&part.to_lowercase()),
        _ => equal(value, wanted),
    }
}
