//! How a replayed run is written: as a sequence diagram, as one JSON object a line, and for a trace viewer.

pub mod events;
pub mod json;
pub mod perfetto;
mod rows;
mod sheet;
pub mod text;
