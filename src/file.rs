//! The experiment file: reads it, finds every problem with its place, and says what each key means.

pub(crate) mod condition;
pub(crate) mod data;
pub(crate) mod explanation;
pub(crate) mod files;
pub(crate) mod goal;
pub(crate) mod keys;
pub(crate) mod problem;
pub(crate) mod quantity;
pub(crate) mod range;
pub(crate) mod read;
pub(crate) mod replications;
pub(crate) mod rules;
pub(crate) mod schema;
pub(crate) mod section;
pub(crate) mod spelling;
pub(crate) mod steps;
pub(crate) mod suggest;
pub(crate) mod title;
pub(crate) mod tree;
pub(crate) mod validate;
pub(crate) mod warnings;

pub use data::DataFile;
pub use explanation::{Explanation, document, explain, explanations};
pub use goal::{Bound, Goal, Met, goals};
pub use problem::{InputError, InputPlace, Problem};
pub use quantity::{format_duration, parse_duration, parse_rate};
pub use schema::schema;
pub use suggest::nearest;
pub use title::{is_probability, title, title_of_fault};
