//! From an experiment file to runs.

mod build;
mod condition;
mod data;
mod design;
mod files;
mod keys;
mod listing;
mod overrides;
mod plan;
mod points;
mod problem;
mod quantity;
mod range;
mod read;
mod rules;
mod schema;
mod suggest;
mod sweep;
mod tree;
mod validate;
mod warnings;

pub use data::DataFile;
pub use listing::{Line, Origin, listing};
pub use overrides::Overrides;
pub use plan::{Plan, Replications, Target};
pub use problem::{InputError, Place, Problem};
pub use quantity::{format_duration, parse_duration, parse_rate};
pub use schema::schema;
pub use suggest::nearest;
