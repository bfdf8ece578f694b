//! The explorer: an experiment, its runs and its results in memory, for one page that answers at once.
//!
//! [`page()`] writes the page: the experiment, the program as a WebAssembly module, and the script around both. The module
//! has an [`Explorer`] inside. A request is JSON or a run that another explorer made; the answer is JSON, text or a run.
//! Runs, statistics, conclusion and figures are made by the same functions as those of the command line.

mod explorer;
mod knob;
mod page;
mod run;
mod view;

pub use explorer::{Explorer, PageAnswer};
pub use knob::{Knob, KnobControl, KnobReason, knobs};
pub use page::{MODULE, PageContents, UnfitForPage, contents, page};
