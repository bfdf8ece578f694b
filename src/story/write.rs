//! Output of a replayed run: as a sequence diagram, as one JSON object per line, and for a trace viewer.

pub mod events;
pub mod json;
pub mod perfetto;
mod rows;
mod sheet;
pub mod text;
