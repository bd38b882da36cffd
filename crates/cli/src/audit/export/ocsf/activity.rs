//! What a request does, in the few words that OCSF has for it.

use audit::{Opening, Record};

/// A kind of activity of the class API Activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Activity<'r> {
    /// It creates.
    Create,
    /// It looks.
    Read,
    /// It changes.
    Update,
    /// It deletes.
    Delete,
    /// None of these, or unknown; named by the operation, or by the method where there is none.
    Other(&'r str),
}

impl<'r> Activity<'r> {
    /// By the level that was needed, then by the operation's name, then by the method: a search is a
    /// POST and reads, and a POST that redacts creates nothing.
    pub(super) fn of(record: &'r Record) -> Self {
        let opening = &record.opening;
        if opening.demands.iter().any(|demand| demand.level == "read") {
            return Self::Read;
        }
        by_name(opening).unwrap_or_else(|| by_method(opening))
    }

    /// The number that OCSF gives it.
    pub(super) fn id(self) -> u32 {
        match self {
            Self::Create => 1,
            Self::Read => 2,
            Self::Update => 3,
            Self::Delete => 4,
            Self::Other(_) => 99,
        }
    }

    /// The word that OCSF has for it.
    pub(super) fn caption(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Read => "Read",
            Self::Update => "Update",
            Self::Delete => "Delete",
            Self::Other(_) => "Other",
        }
    }

    /// The same, but of another activity its own name.
    pub(super) fn name(self) -> &'r str {
        match self {
            Self::Create | Self::Read | Self::Update | Self::Delete => self.caption(),
            Self::Other(name) => name,
        }
    }
}

/// The verb of an operation's id, such as `update` in `customers.bulk_update`.
fn by_name(opening: &Opening) -> Option<Activity<'_>> {
    let name = name(opening)?;
    let verb = name.strip_prefix("bulk_").unwrap_or(name).split('_').next()?;
    match verb {
        "create" => Some(Activity::Create),
        "update" | "upsert" | "patch" | "add" | "remove" => Some(Activity::Update),
        "delete" => Some(Activity::Delete),
        _ => None,
    }
}

fn by_method(opening: &Opening) -> Activity<'_> {
    match opening.method.as_str() {
        "GET" | "HEAD" => Activity::Read,
        "PUT" | "PATCH" => Activity::Update,
        "DELETE" => Activity::Delete,
        method => Activity::Other(name(opening).unwrap_or(method)),
    }
}

/// An operation's id without its resource.
fn name(opening: &Opening) -> Option<&str> {
    opening.operation.as_deref()?.rsplit('.').next()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use catalogue::{Catalogue, Method};

    use super::super::super::testing::permitted;
    use super::*;

    fn record(method: &str, operation: Option<&str>, level: Option<&str>) -> Record {
        let mut record = permitted();
        let opening = &mut record.opening;
        method.clone_into(&mut opening.method);
        opening.operation = operation.map(ToOwned::to_owned);
        match level {
            Some(level) => level.clone_into(&mut opening.demands[0].level),
            None => opening.demands.clear(),
        }
        record
    }

    #[test]
    fn an_operation_whose_method_misleads_has_the_activity_of_what_it_does() {
        let mut found: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for operation in Catalogue::builtin().operations() {
            let (id, level) = (operation.id().as_str(), operation.level().as_str());
            let record = record(operation.method().as_str(), Some(id), Some(level));
            let activity = Activity::of(&record);
            if activity != usual(operation.method()) {
                let asked = format!("{} {id}", operation.method());
                found.entry(activity.caption()).or_default().push(asked);
            }
        }
        insta::assert_json_snapshot!(found);
    }

    fn usual(method: Method) -> Activity<'static> {
        match method {
            Method::Get => Activity::Read,
            Method::Post => Activity::Create,
            Method::Put | Method::Patch => Activity::Update,
            Method::Delete => Activity::Delete,
        }
    }

    #[test]
    fn without_an_operation_only_the_method_tells() {
        let id = |method| Activity::of(&record(method, None, None)).id();
        assert_eq!([id("GET"), id("HEAD"), id("PUT"), id("DELETE")], [2, 2, 3, 4]);
        let sent = record("POST", None, None);
        assert_eq!(Activity::of(&sent), Activity::Other("POST"));
    }
}
