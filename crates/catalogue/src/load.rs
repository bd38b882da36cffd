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
//! and, where they are known, `success`, `guide`, `event`, `roles`, `object_limit`, `trailing_slash`
//! and `notes`.
//!
//! Reading goes by kind of stanza, over all files: resources first, then the operations, which name
//! resources, then the actions, which name operations. The tree of paths comes last, once it is
//! certain that no request matches two operations.

mod action;
mod id;
mod operation;
mod overlap;
mod resource;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::{Diagnostics, Place};
use crate::document::{Document, Section, Span};
use crate::identify::Tree;
use crate::{Action, ActionId, Catalogue, Operation, OperationId, Resource, ResourceId};

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
    let mut found = Diagnostics::default();
    let mut documents = Vec::new();
    for source in sources {
        match Document::parse(&source.name, &source.text) {
            Ok(document) => documents.push(document),
            Err(faults) => found.extend(faults),
        }
    }
    let mut draft = Draft::over(base);
    draft.add_all(&documents);
    found.extend(documents.iter().flat_map(Document::take_found));
    if found.has_errors() { Err(found) } else { Ok(draft.finish()) }
}

/// A catalogue while its files are read.
struct Draft {
    resources: BTreeMap<ResourceId, Resource>,
    operations: BTreeMap<OperationId, Operation>,
    actions: BTreeMap<ActionId, Action>,
}

/// A file after its stanzas have been told apart.
struct File<'d> {
    resource: Option<Section<'d>>,
    operations: Vec<Section<'d>>,
    actions: Vec<Section<'d>>,
}

impl<'d> File<'d> {
    fn open(document: &'d Document<'d>) -> Self {
        let mut root = document.root();
        let resource = root.table("resource");
        let operations = root.tables("operation");
        let actions = root.tables("action");
        root.finish();
        Self { resource, operations, actions }
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
        }
    }

    fn add_all(&mut self, documents: &[Document<'_>]) {
        let built_in: Vec<Operation> = self.operations.values().cloned().collect();
        let files: Vec<File<'_>> = documents.iter().map(File::open).collect();
        let mut actions = Vec::new();
        let mut operations = Vec::new();
        for File { resource, operations: sections, actions: of_file } in files {
            let resource = resource.map(|section| self.add_resource(section));
            operations.extend(sections.into_iter().map(|section| (resource.clone(), section)));
            actions.extend(of_file);
        }
        for (resource, section) in operations {
            self.add_operation(resource, section, &built_in);
        }
        for section in actions {
            self.add_action(section);
        }
    }

    fn finish(self) -> Catalogue {
        let mut operations = BTreeMap::new();
        let mut tree = Tree::default();
        for (id, operation) in self.operations {
            let operation = Arc::new(operation);
            tree.insert(&operation);
            operations.insert(id, operation);
        }
        Catalogue { resources: self.resources, operations, actions: self.actions, tree }
    }
}

/// Says that an id is taken, naming the place that took it.
fn report_taken(document: &Document<'_>, span: &Span, what: &str, id: &str, taken: &Place) {
    document.report(
        document
            .diagnose(span, format!("there is already {what} `{id}`, at {taken}"))
            .with_label("already taken")
            .with_help("choose another id; what is there cannot be changed"),
    );
}
