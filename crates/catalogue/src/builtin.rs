//! The files of `data/`, compiled in.

use crate::{Catalogue, Source};

/// File names and texts. To add a file, add its name here; a test finds those that are missing.
macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../data/", $name)))),*]
    };
}

const FILES: &[(&str, &str)] = files![
    "actions.toml",
    "ai.toml",
    "api_tokens.toml",
    "apps.toml",
    "attachments.toml",
    "audit_logs.toml",
    "auth_settings.toml",
    "brands.toml",
    "bulk_jobs.toml",
    "chat.toml",
    "comments.toml",
    "companies.toml",
    "conversation_times.toml",
    "conversations.toml",
    "customer_events.toml",
    "customer_merges.toml",
    "customer_sdk.toml",
    "customers.toml",
    "data_masking.toml",
    "drafts.toml",
    "forwards.toml",
    "inbound_hooks.toml",
    "klasses.toml",
    "knowledge_base.toml",
    "kobjects.toml",
    "media.toml",
    "messages.toml",
    "metadata.toml",
    "notes.toml",
    "orgs.toml",
    "outbound_accounts.toml",
    "outbound_webhooks.toml",
    "role_groups.toml",
    "routing.toml",
    "rules.toml",
    "satisfaction.toml",
    "schedules.toml",
    "scopes.toml",
    "search.toml",
    "settings.toml",
    "shortcuts.toml",
    "slas.toml",
    "spam.toml",
    "tags.toml",
    "teams.toml",
    "tracking.toml",
    "users.toml",
    "workflows.toml",
];

/// The built-in catalogue.
#[expect(clippy::expect_used, reason = "a test loads the same constant texts, so this cannot fail")]
pub(crate) fn load() -> Catalogue {
    let sources: Vec<Source> = FILES.iter().map(|(name, text)| source(name, text)).collect();
    Catalogue::load(&sources).expect("the built-in catalogue is sound")
}

fn source(name: &str, text: &str) -> Source {
    Source { name: format!("catalogue/data/{name}"), text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_built_in_files_load_without_a_fault() {
        let sources: Vec<Source> = FILES.iter().map(|(name, text)| source(name, text)).collect();
        if let Err(faults) = Catalogue::load(&sources) {
            panic!("{}", faults.render(false));
        }
    }

    #[test]
    fn every_file_of_the_data_folder_is_compiled_in() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
        let found: BTreeSet<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let listed: BTreeSet<String> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(found, listed);
    }
}
