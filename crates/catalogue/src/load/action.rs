//! Reads an `[[action]]` stanza.

use super::id::check_snake_case;
use super::{Draft, report_taken};
use crate::diagnostic::Code;
use crate::document::{Document, Section, Value, did_you_mean};
use crate::{Action, ActionId, OperationId};

impl Draft {
    pub(super) fn add_action(&mut self, mut section: Section<'_>) {
        let document = section.document();
        let id = section.require_string("id");
        let title = section.require_string("title");
        let about = section.require_string("about");
        let operations = section.require_strings("operations").unwrap_or_default();
        section.finish();

        let operations = self.resolve(document, &operations);
        let Some(id) = id.filter(|id| check_snake_case(document, id)) else { return };
        let action_id = ActionId::new(id.value);
        if let Some(other) = self.actions.get(&action_id) {
            report_taken(document, &id.span, "an action", id.value, &other.place);
            return;
        }
        for operation in &operations {
            if let Some(operation) = self.operations.get_mut(operation) {
                operation.actions.push(action_id.clone());
            }
        }
        let action = Action {
            id: action_id.clone(),
            title: title.map(|text| text.value.to_owned()).unwrap_or_default(),
            about: about.map(|text| text.value.to_owned()).unwrap_or_default(),
            operations,
            place: document.place(&id.key_span),
        };
        self.actions.insert(action_id, action);
    }

    /// The operations that an action names; those that are not there, or named twice, are reported.
    fn resolve(&self, document: &Document<'_>, names: &[Value<&str>]) -> Vec<OperationId> {
        let mut operations = Vec::new();
        for name in names {
            let id = OperationId::new(name.value);
            if !self.operations.contains_key(&id) {
                let known = self.operations.keys().map(OperationId::as_str);
                let message = format!("there is no operation `{id}`");
                document.report(
                    document
                        .diagnose(&name.span, message)
                        .with_code(Code::UnknownOperation)
                        .with_help(did_you_mean(name.value, known).unwrap_or_else(|| {
                            "`kustodian catalogue list` shows every operation".to_owned()
                        })),
                );
            } else if operations.contains(&id) {
                let message = format!("the operation `{id}` is named twice");
                let fault = document.diagnose(&name.span, message).with_code(Code::DuplicateKey);
                document.report(fault.with_help("name it once"));
            } else {
                operations.push(id);
            }
        }
        operations
    }
}
