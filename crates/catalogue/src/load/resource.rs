//! Reads a `[resource]` stanza.

use super::id::check_snake_case;
use super::{Draft, report_taken};
use crate::diagnostic::Code;
use crate::document::{Document, Section, Value, did_you_mean};
use crate::{Resource, ResourceId, ScopeId};

/// What the operations of a file know of its `[resource]`: the id, if it could be read.
pub(super) type FileResource = Option<ResourceId>;

impl Draft {
    pub(super) fn add_resource(&mut self, mut section: Section<'_>) -> FileResource {
        let document = section.document();
        let id = section.require_string("id");
        let singular = section.require_string("singular");
        let about = section.require_string("about");
        let has_klasses = section.boolean("klasses").is_some_and(|flag| flag.value);
        let within = section.strings("within").unwrap_or_default();
        section.finish();
        let within = within.iter().filter_map(|scope| self.known_scope(document, scope)).collect();

        let id = id.filter(|id| check_snake_case(document, id))?;
        let resource_id = ResourceId::new(id.value);
        if let Some(other) = self.resources.get(&resource_id) {
            report_taken(document, &id.span, "a resource", id.value, &other.place);
            return Some(resource_id);
        }
        let resource = Resource {
            id: resource_id.clone(),
            singular: singular.map(|text| text.value.to_owned()).unwrap_or_default(),
            about: about.map(|text| text.value.to_owned()).unwrap_or_default(),
            has_klasses,
            within,
            place: document.place(&id.key_span),
        };
        self.resources.insert(resource_id.clone(), resource);
        Some(resource_id)
    }

    fn known_scope(&self, document: &Document<'_>, named: &Value<&str>) -> Option<ScopeId> {
        let known = self.scopes.get(named.value).map(|scope| scope.id.clone());
        if known.is_none() {
            let ids = self.scopes.keys().map(ScopeId::as_str);
            let message = format!("there is no scope `{}`", named.value);
            let fault = document.diagnose(&named.span, message).with_code(Code::UnknownScope);
            document.report(fault.with_help_if(did_you_mean(named.value, ids)));
        }
        known
    }
}
