//! A folder of very many policies.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use catalogue::Catalogue;
use tempfile::TempDir;

use crate::support::world::policy_of;

/// How many roles there are; every third agent takes two of them.
const ROLES: u32 = 20;

/// Where the policies lie, below the folder of a whole installation.
#[derive(Debug)]
pub(crate) struct Folder {
    agents: u32,
    entries: u32,
    dir: TempDir,
}

impl Folder {
    /// Writes the roles, and a policy for each agent.
    pub(crate) fn new(agents: u32, entries: u32) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let folder = Self { agents, entries, dir };
        fs::create_dir(folder.path().join("roles")).expect("a folder");
        for role in 0..ROLES {
            let text = format!("[role]\nid = \"role-{role}\"\n{}", tables(role, entries, "read"));
            fs::write(folder.path().join(format!("roles/role-{role}.toml")), text).expect("a file");
        }
        for agent in 0..agents {
            folder.write(agent, "read");
        }
        folder
    }

    /// Where they are.
    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// How many there are.
    pub(crate) fn agents(&self) -> u32 {
        self.agents
    }

    /// Writes an agent's policy anew, in one step; `level` is that of its last entry.
    pub(crate) fn write(&self, agent: u32, level: &str) {
        let id = id(agent);
        let roles = match agent % 3 {
            0 => {
                format!("roles = [\"role-{}\", \"role-{}\"]\n", agent % ROLES, (agent + 1) % ROLES)
            }
            _ => String::new(),
        };
        let text = policy_of(&id, &format!("{roles}{}", tables(agent, self.entries, level)));
        let beside = self.file(&format!(".{id}"));
        fs::write(&beside, text).expect("a file is written");
        fs::rename(beside, self.file(&id)).expect("it takes its name");
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path().join(format!("{name}.toml"))
    }
}

/// An agent's id.
pub(crate) fn id(agent: u32) -> String {
    format!("agent-{agent}")
}

/// So many entries: customers, other resources, some actions, and the resource whose level is given.
fn tables(agent: u32, entries: u32, level: &str) -> String {
    let catalogue = Catalogue::builtin();
    let entries = usize::try_from(entries).unwrap_or(usize::MAX).max(2);
    let actions = (entries / 4).min(catalogue.actions().count());
    let skip = usize::try_from(agent % 7).unwrap_or(0);
    let others = catalogue.resources().map(|it| it.id().as_str());
    let others = others.filter(|id| !["customers", "tags"].contains(id));
    let mut text = String::from("[access]\ncustomers = \"write\"\n");
    for resource in others.skip(skip).take(entries - 2 - actions) {
        let _ = writeln!(text, "{resource} = \"read\"");
    }
    let _ = writeln!(text, "tags = \"{level}\"\n[actions]");
    for action in catalogue.actions().take(actions) {
        let _ = writeln!(text, "{} = \"off\"", action.id());
    }
    text
}
