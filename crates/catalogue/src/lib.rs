//! What can be asked of Kustomer: every operation, the paths that name it, and what it demands.
//!
//! The catalogue is data (`data/*.toml`, one file per resource, compiled in) and the code that turns a
//! method and a raw path into exactly one [`Operation`], or into nothing. It is pure: no I/O, no
//! clock, no HTTP. What is not in the catalogue cannot be granted, so it is denied.
//!
//! ```
//! use catalogue::{Catalogue, Identified};
//!
//! let catalogue = Catalogue::builtin();
//! let identified = catalogue.identify("GET", "/v1/customers/5f1a2b3c4d5e6f708192a3b4").unwrap();
//! let Identified::Known(asked) = identified else { panic!("known") };
//! assert_eq!(asked.operation().id().as_str(), "customers.get");
//! ```

mod action;
mod asked;
mod body;
mod builtin;
mod catalogue;
mod demand;
pub mod diagnostic;
pub mod document;
mod identify;
mod level;
mod load;
mod method;
mod operation;
mod path;
mod phrase;
mod query;
mod resource;
mod rule;
mod scope;
mod search;
mod template;

pub use action::{Action, ActionId};
pub use asked::{Asked, Identified, Told, Unknown};
pub use body::{Body, BodyDefect, BodyUse, Json, Number, Shape};
pub use catalogue::Catalogue;
pub use demand::{ActsAs, Because, Demand, Klass};
pub use identify::TargetDefect;
pub use level::Level;
pub use load::Source;
pub use method::Method;
pub use operation::{ObjectLimit, Operation, OperationId, Roles};
pub use path::{PathDefect, RawPath};
pub use phrase::{Phrase, legible};
pub use query::QueryDefect;
pub use resource::{Resource, ResourceId};
pub use rule::Rule;
pub use scope::{Scope, ScopeId};
pub use template::{Parameter, ParameterKind, Template};
