//! Reads an `[[operation]]` stanza. A new fact about operations is read here.

use std::ops::RangeInclusive;
use std::str::FromStr;
use std::sync::Arc;

use super::id::is_snake_case;
use super::resource::FileResource;
use super::{Draft, report_taken, rule};
use crate::diagnostic::Code;
use crate::document::{Document, Section, Span, Value, did_you_mean};
use crate::operation::{IdsUse, Links};
use crate::phrase::PhraseFault;
use crate::{
    BodyUse, Level, Method, ObjectLimit, Operation, OperationId, Phrase, ResourceId, Roles, Rule,
    ScopeId, Shape, Template,
};

impl Draft {
    /// Reads an operation of a file; `file_resource` is none where the file has no `[resource]`.
    pub(super) fn add_operation(
        &mut self,
        file_resource: Option<FileResource>,
        mut section: Section<'_>,
        built_in: &[Operation],
    ) {
        let document = section.document();
        let id = section.require_string("id");
        let path = section.require_string("path");
        let resource = self.resource_of(file_resource, &mut section);
        let beyond = self.read_beyond(&mut section, resource.as_ref());
        let operation = read(&mut section, path.as_ref(), resource.as_ref(), beyond);

        if let (Some(operation), Some(id)) = (&operation, &id) {
            rule::check(document, &section, operation, id.value);
        }
        section.finish();
        let Some(id) = id.filter(|id| check_id(document, id, resource.as_ref())) else { return };
        if let Some(other) = self.operations.get(id.value) {
            report_taken(document, &id.span, "an operation", id.value, &other.place);
            return;
        }
        let (Some(operation), Some(path)) = (operation, path) else { return };
        let operation = Operation {
            id: OperationId::new(id.value),
            place: document.place(&id.key_span),
            ..operation
        };
        self.check_paths(document, &path.span, &operation, built_in);
        self.operations.insert(operation.id.clone(), operation);
    }

    /// The resource of an operation: its file's, or in a file without one the operation's own.
    fn resource_of(
        &self,
        file_resource: Option<FileResource>,
        section: &mut Section<'_>,
    ) -> FileResource {
        if let Some(file_resource) = file_resource {
            return file_resource;
        }
        let named = section.require_string("resource")?;
        self.known_resource(section.document(), &named)
    }

    /// What a stanza says of the demands beyond the operation's own.
    fn read_beyond(&self, section: &mut Section<'_>, resource: Option<&ResourceId>) -> Beyond {
        let document = section.document();
        let only_by_name = section.string("only_by_name").map(|why| why.value.to_owned());
        let demands = section.tables("demand");
        let mut rules = self.read_demands(demands, resource);
        let includes = section.table("includes");
        let includes = includes.map(|it| rule::read_includes(self, it, &mut rules));
        let shape = section.string("body").and_then(|word| read_shape(document, &word));
        let ids = section.string("ids").and_then(|word| read_ids(document, &word));
        let searches = section.boolean("searches").is_some_and(|flag| flag.value);
        let names = section.table("names").map(|it| self.read_names(it)).unwrap_or_default();
        let queries = section.table("queries").map(|it| self.read_names(it)).unwrap_or_default();
        Beyond {
            only_by_name,
            rules,
            includes: includes.unwrap_or_default(),
            shape: if searches { Some(Shape::Object) } else { shape },
            ids: ids.unwrap_or(IdsUse::NotTaken),
            searches,
            names,
            queries,
        }
    }

    /// Fields of the body, or keys of the query, that name records of a scope for one operation alone.
    fn read_names(&self, mut section: Section<'_>) -> Vec<(ScopeId, Vec<Arc<str>>)> {
        let document = section.document();
        let mut names = Vec::new();
        for key in section.keys() {
            let fields = section.strings(key.value).unwrap_or_default();
            let fields = fields.into_iter().map(|field| field.value.into()).collect();
            if let Some(scope) = self.scopes.get(key.value) {
                names.push((scope.id.clone(), fields));
            } else {
                let message = format!("there is no scope `{}`", key.value);
                let known = self.scopes.keys().map(ScopeId::as_str);
                let fault = document.diagnose(&key.span, message).with_code(Code::UnknownScope);
                document.report(fault.with_help_if(did_you_mean(key.value, known)));
            }
        }
        names
    }
}

/// What a stanza says of the demands beyond the operation's own.
struct Beyond {
    only_by_name: Option<String>,
    rules: Vec<Rule>,
    includes: Vec<Arc<str>>,
    shape: Option<Shape>,
    ids: IdsUse,
    searches: bool,
    names: Vec<(ScopeId, Vec<Arc<str>>)>,
    queries: Vec<(ScopeId, Vec<Arc<str>>)>,
}

impl Operation {
    /// What is done with the body: read where a shape is asked for or a rule looks into it.
    pub(super) fn settle_body_use(&mut self) {
        let about_body = self.rules.iter().any(Rule::is_about_the_body);
        self.body = match (self.body, self.method) {
            (BodyUse::Read(shape), _) => BodyUse::Read(shape),
            (BodyUse::Streamed | BodyUse::Refused, Method::Get | Method::Delete) => {
                BodyUse::Refused
            }
            (_, Method::Post | Method::Put | Method::Patch) if about_body => {
                BodyUse::Read(Shape::Object)
            }
            (_, Method::Post | Method::Put | Method::Patch) => BodyUse::Streamed,
        };
    }
}

fn read_shape(document: &Document<'_>, word: &Value<&str>) -> Option<Shape> {
    let shape = match word.value {
        "object" => Some(Shape::Object),
        "list" => Some(Shape::List),
        "names" => Some(Shape::Names),
        "any" => Some(Shape::Any),
        _ => None,
    };
    if shape.is_none() {
        let fault = document.diagnose(&word.span, format!("`{}` is no shape", word.value));
        document.report(fault.with_label("expected object, list, names or any"));
    }
    shape
}

fn read_ids(document: &Document<'_>, word: &Value<&str>) -> Option<IdsUse> {
    match word.value {
        "taken" => Some(IdsUse::Taken),
        "needed" => Some(IdsUse::Needed),
        _ => {
            let fault = document.diagnose(&word.span, format!("`{}` is no use of ids", word.value));
            document.report(fault.with_label("expected taken or needed"));
            None
        }
    }
}

/// The operation that a stanza describes, but for its id. Reads every key, so that one run reports
/// all that is wrong.
fn read(
    section: &mut Section<'_>,
    path: Option<&Value<&str>>,
    resource: Option<&ResourceId>,
    beyond: Beyond,
) -> Option<Operation> {
    let document = section.document();
    let method = read_word::<Method>(section, "method");
    let template = path.and_then(|path| read_template(document, path));
    let level = read_level(section);
    let phrase = read_phrase(section, template.as_ref());
    let success = read_number(section, "success", 100..=599);
    let guide_row = read_number(section, "guide", 1..=28);
    let event = section.string("event").map(|event| event.value.to_owned());
    let roles = section.table("roles").map(read_roles).unwrap_or_default();
    let object_limit = section.table("object_limit").map(read_object_limit);
    let sends = section.boolean("sends").is_some_and(|sends| sends.value);
    let trailing_slash = section.boolean("trailing_slash").is_some_and(|slash| slash.value);
    let notes = section.string("notes").map(|notes| notes.value.to_owned());
    let mut operation = Operation {
        // The caller has read the id already, and puts it in.
        id: OperationId::new(""),
        method: method?.value,
        template: template?,
        resource: resource?.clone(),
        level: level?,
        phrase: phrase?,
        roles,
        success,
        object_limit: object_limit.flatten(),
        event,
        guide_row,
        notes,
        sends,
        trailing_slash,
        only_by_name: beyond.only_by_name,
        rules: beyond.rules,
        body: beyond.shape.map_or(BodyUse::Streamed, BodyUse::Read),
        ids: beyond.ids,
        includes: beyond.includes,
        searches: beyond.searches,
        names: beyond.names,
        queries: beyond.queries,
        links: Links::default(),
        is_linked: false,
        place: document.place(section.span()),
        actions: Vec::new(),
    };
    operation.settle_body_use();
    Some(operation)
}

/// Reports an id that is not the resource's, a dot, and words in snake case; whether it is.
fn check_id(document: &Document<'_>, id: &Value<&str>, resource: Option<&ResourceId>) -> bool {
    let (before, after) = id.value.split_once('.').unwrap_or((id.value, ""));
    let of_resource = resource.is_none_or(|resource| resource.as_str() == before);
    let fits = of_resource && is_snake_case(before) && is_snake_case(after);
    if !fits {
        let expected = resource.map_or("<resource>", ResourceId::as_str);
        let message = format!("`{}` is no id of an operation here", id.value);
        let label = format!("expected `{expected}.` and lower-case words joined by `_`");
        let fault = document.diagnose(&id.span, message).with_code(Code::InvalidId);
        let example = resource.map_or("orders", ResourceId::as_str);
        document
            .report(fault.with_label(label).with_help(format!("write it like `{example}.get`")));
    }
    fits
}

/// A string that stands for a value of a closed set.
fn read_word<T>(section: &mut Section<'_>, key: &str) -> Option<Value<T>>
where
    T: FromStr<Err: std::error::Error>,
{
    let word = section.require_string(key)?;
    match word.value.parse() {
        Ok(value) => Some(Value { value, span: word.span, key_span: word.key_span }),
        Err(fault) => {
            let document = section.document();
            let message = format!("`{}` is no {key}", word.value);
            let code = if key == "level" { Code::UnknownLevel } else { Code::WrongValue };
            let found = document.diagnose(&word.span, message).with_code(code);
            let help = did_you_mean(&word.value.to_lowercase(), ["read", "write", "full"])
                .filter(|_| key == "level");
            document.report(found.with_label(fault.to_string()).with_help_if(help));
            None
        }
    }
}

pub(super) fn read_level(section: &mut Section<'_>) -> Option<Level> {
    let level = read_word::<Level>(section, "level")?;
    if level.value == Level::Off {
        let document = section.document();
        document.report(
            document
                .diagnose(&level.span, "an operation cannot need the level `off`")
                .with_code(Code::UnknownLevel)
                .with_label("expected one of read, write, full")
                .with_help(
                    "write what it does at most: read looks, write changes, full also deletes",
                ),
        );
        return None;
    }
    Some(level.value)
}

fn read_template(document: &Document<'_>, path: &Value<&str>) -> Option<Template> {
    let help = "write it like /v1/orders/{id}: words and parameters between single slashes";
    report_fault(document, &path.span, Code::InvalidPath, help, Template::read(path.value))
}

fn read_phrase(section: &mut Section<'_>, template: Option<&Template>) -> Option<Phrase> {
    let text = section.require_string("phrase")?;
    let phrase = Phrase::read(text.value, template?);
    if let Err(PhraseFault::Verb(_)) = phrase {
        let document = section.document();
        document.report(
            document
                .diagnose(&text.span, "the forms of the phrase's first word are not known")
                .with_code(Code::InvalidPhrase)
                .with_label("expected a verb, such as read, create or update")
                .with_help("begin with a plain verb in small letters, such as: read order {id}"),
        );
        return None;
    }
    let help = "write it like: read order {id}, with parameters of the path in braces";
    report_fault(section.document(), &text.span, Code::InvalidPhrase, help, phrase)
}

fn report_fault<T, E: std::error::Error>(
    document: &Document<'_>,
    span: &Span,
    code: Code,
    help: &str,
    read: Result<T, E>,
) -> Option<T> {
    read.map_err(|fault| {
        let found = document.diagnose(span, fault.to_string()).with_code(code);
        document.report(found.with_help(help));
    })
    .ok()
}

/// A number within a range; what lies outside is reported.
fn read_number<T: TryFrom<i64>>(
    section: &mut Section<'_>,
    key: &str,
    range: RangeInclusive<i64>,
) -> Option<T> {
    let number = section.integer(key)?;
    if !range.contains(&number.value) {
        let document = section.document();
        let message = format!("`{key}` is out of range");
        let label = format!("expected a number from {} to {}", range.start(), range.end());
        document.report(document.diagnose(&number.span, message).with_label(label));
        return None;
    }
    number.value.try_into().ok()
}

fn read_roles(mut section: Section<'_>) -> Roles {
    let mut strings = |key: &str| {
        let strings = section.strings(key).unwrap_or_default();
        strings.into_iter().map(|role| role.value.to_owned()).collect()
    };
    let (legacy, permission_set, other) =
        (strings("legacy"), strings("permission_set"), strings("other"));
    let none_needed = section.boolean("none_needed").is_some_and(|flag| flag.value);
    section.finish();
    Roles { legacy, permission_set, other, none_needed }
}

fn read_object_limit(mut section: Section<'_>) -> Option<ObjectLimit> {
    let most = i64::from(u32::MAX);
    let calls = read_number(&mut section, "calls", 1..=most);
    let seconds = read_number(&mut section, "seconds", 1..=most);
    let per = section.require_string("per").map(|per| per.value.to_owned());
    section.finish();
    Some(ObjectLimit { calls: calls?, seconds: seconds?, per: per? })
}
