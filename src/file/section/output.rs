//! `[output]`: what is written besides the tables.

use super::accept::SpanOrNever;

section! {
    /// What is written besides the tables.
    OutputSection {
        /// Width of a bin of timeseries.csv.
        bin: SpanOrNever = "never",
            effect: "The timeline and the table size are drawn from it.",
            example: "output.bin = \"10s\"";
    }
}
