//! Reads a `[resource]` stanza.

use super::id::check_snake_case;
use super::{Draft, report_taken};
use crate::document::Section;
use crate::{Resource, ResourceId};

/// What the operations of a file know of its `[resource]`: the id, if it could be read.
pub(super) type FileResource = Option<ResourceId>;

impl Draft {
    pub(super) fn add_resource(&mut self, mut section: Section<'_>) -> FileResource {
        let document = section.document();
        let id = section.require_string("id");
        let singular = section.require_string("singular");
        let about = section.require_string("about");
        section.finish();

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
            place: document.place(&id.key_span),
        };
        self.resources.insert(resource_id.clone(), resource);
        Some(resource_id)
    }
}
