//! Builds a catalogue from its files, or says everything that is wrong with them.
//!
//! A file holds one `[resource]` and the `[[operation]]`s on it. A file without a `[resource]` is for
//! operators: each of its operations then names an existing one by `resource = "..."`. Both may hold
//! `[[action]]`s. To add an operation, add its stanza to the file of its resource:
//!
//! ```toml
//! [[operation]]
//! id     = "customers.update"      # the resource, a dot, and what is done to it
//! method = "PUT"
//! path   = "/v1/customers/{id}"    # `{name:kind}`, where `{name}` is an id: see `ParameterKind`
//! level  = "write"                 # by effect: read, write or full
//! phrase = "update customer {id}"  # begins with a bare verb
//! ```
//!
//! and, where they are known, `success`, `guide`, `event`, `roles`, `object_limit`, `sends`
//! (what it carries can leave Kustomer), `trailing_slash` and `notes`. What a request can demand beyond that is said by `[[operation.demand]]`s (see `rule`),
//! `only_by_name` (why no wider entry may grant it), `body` (what it must be: see `Shape`), `ids`
//! ("taken" or "needed" in the query), `includes`, `names` and `searches`.
//!
//! Reading goes by kind of stanza, over all files: scopes and resources first, then the operations, which
//! name resources, then the rules for many of them, then the actions, which name operations. The tree of paths comes last, once it is
//! certain that no request matches two operations.

mod action;
mod id;
mod operation;
mod overlap;
mod resource;
mod rule;
mod scope;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostics, Place};
use crate::document::{Document, Section, SourceText, Span};
use crate::identify::Tree;
use crate::search::Searchable;
use crate::{
    Action, ActionId, ActsAs, Catalogue, Operation, OperationId, Resource, ResourceId, Scope,
    ScopeId,
};

pub(crate) use rule::CommonRule;

/// One catalogue file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file's path, as diagnostics show it.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// `base` with the files of `sources` added.
pub(crate) fn load(base: &Catalogue, sources: &[Source]) -> Result<Catalogue, Diagnostics> {
    let texts: Vec<_> =
        sources.iter().map(|source| SourceText::read(&source.name, &source.text)).collect();
    let documents: Vec<_> = texts.iter().map(SourceText::document).collect();
    let mut draft = Draft::over(base);
    draft.add_all(&documents);
    let mut found: Diagnostics = documents.iter().flat_map(Document::take_found).collect();
    if documents.iter().any(Document::is_torn) {
        // What is named may stand where nothing could be read.
        let names = [Code::UnknownResource, Code::UnknownOperation, Code::UnknownScope];
        found.0.retain(|fault| !names.contains(&fault.code));
    }
    if found.has_errors() { Err(found) } else { Ok(draft.finish()) }
}

/// A catalogue while its files are read.
struct Draft {
    resources: BTreeMap<ResourceId, Resource>,
    operations: BTreeMap<OperationId, Operation>,
    actions: BTreeMap<ActionId, Action>,
    rules: Vec<CommonRule>,
    scopes: BTreeMap<ScopeId, Scope>,
    searchables: Vec<Searchable>,
    /// The ids of all operations, read or still to be read.
    ids: BTreeSet<OperationId>,
}

/// A file after its stanzas have been told apart.
struct File<'d> {
    resource: Option<Section<'d>>,
    operations: Vec<Section<'d>>,
    actions: Vec<Section<'d>>,
    rules: Vec<Section<'d>>,
    scopes: Vec<Section<'d>>,
    searchables: Vec<Section<'d>>,
}

/// Stanzas that name others, which are read first.
#[derive(Default)]
struct Later<'d> {
    operations: Vec<(Option<resource::FileResource>, Section<'d>)>,
    actions: Vec<Section<'d>>,
    rules: Vec<Section<'d>>,
    searchables: Vec<Section<'d>>,
}

impl<'d> File<'d> {
    fn open(document: &'d Document<'d>) -> Self {
        let mut root = document.root();
        let resource = root.table("resource");
        let operations = root.tables("operation");
        let actions = root.tables("action");
        let rules = root.tables("rule");
        let scopes = root.tables("scope");
        let searchables = root.tables("searchable");
        root.finish();
        Self { resource, operations, actions, rules, scopes, searchables }
    }
}

impl Draft {
    fn over(base: &Catalogue) -> Self {
        let operations = base.operations.iter();
        Self {
            resources: base.resources.clone(),
            operations: operations
                .map(|(id, operation)| (id.clone(), (**operation).clone()))
                .collect(),
            actions: base.actions.clone(),
            rules: base.rules.clone(),
            scopes: base.scopes.clone(),
            searchables: base.searchables.clone(),
            ids: base.operations.keys().cloned().collect(),
        }
    }

    fn add_all(&mut self, documents: &[Document<'_>]) {
        let built_in: Vec<Operation> = self.operations.values().cloned().collect();
        let files: Vec<File<'_>> = documents.iter().map(File::open).collect();
        let mut later = Later::default();
        let mut scopes = Vec::new();
        let mut files = files;
        for section in files.iter_mut().flat_map(|file| file.scopes.drain(..)) {
            let document = section.document();
            scopes.extend(self.add_scope(section).map(|(id, resource)| (document, id, resource)));
        }
        for file in files {
            let resource = file.resource.map(|section| self.add_resource(section));
            let operations = file.operations.into_iter();
            later.operations.extend(operations.map(|section| (resource.clone(), section)));
            later.actions.extend(file.actions);
            later.rules.extend(file.rules);
            later.searchables.extend(file.searchables);
        }
        for (document, id, resource) in scopes {
            self.check_scope(document, &id, &resource);
        }
        later.searchables.into_iter().for_each(|section| self.add_searchable(section));
        later.rules.into_iter().for_each(|section| self.add_rule(section));
        for (_, section) in &mut later.operations {
            self.ids.extend(section.string("id").map(|id| OperationId::new(id.value)));
        }
        for (resource, section) in later.operations {
            self.add_operation(resource, section, &built_in);
        }
        self.link();
        later.actions.into_iter().for_each(|section| self.add_action(section));
    }

    /// Gives the rules that act as another operation that one's actions.
    fn tell_rules_of_actions(&mut self) {
        let operations = self.operations.iter();
        let actions: BTreeMap<OperationId, Vec<ActionId>> =
            operations.map(|(id, operation)| (id.clone(), operation.actions.clone())).collect();
        for rule in self.operations.values_mut().flat_map(|operation| &mut operation.rules) {
            if let Some(acts_as) = &rule.acts_as {
                let actions = actions.get(&acts_as.operation).cloned().unwrap_or_default();
                let operation = acts_as.operation.clone();
                rule.acts_as = Some(Arc::new(ActsAs { operation, actions }));
            }
        }
    }

    fn finish(mut self) -> Catalogue {
        self.tell_rules_of_actions();
        let mut operations = BTreeMap::new();
        let mut tree = Tree::default();
        for (id, operation) in std::mem::take(&mut self.operations) {
            let operation = Arc::new(operation);
            tree.insert(&operation);
            operations.insert(id, operation);
        }
        let Self { resources, actions, rules, scopes, searchables, .. } = self;
        Catalogue { resources, operations, actions, rules, scopes, searchables, tree }
    }
}

/// Says that an id is taken, naming the place that took it.
fn report_taken(document: &Document<'_>, span: &Span, what: &str, id: &str, taken: &Place) {
    document.report(
        document
            .diagnose(span, format!("there is already {what} `{id}`, at {taken}"))
            .with_code(Code::TakenId)
            .with_label("already taken")
            .with_help("choose another id; what is there cannot be changed"),
    );
}
