//! The machine on which something is measured, and how busy it is.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::history::json;

#[derive(Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) kernel: String,
    pub(crate) processors: usize,
    /// Processes that ran or waited for a processor, averaged over the last minute.
    pub(crate) load: Option<f64>,
    /// This process's priority among those that are served first; 0: it is served with all others.
    pub(crate) real_time_priority: Option<u32>,
}

/// A word of a file of the kernel, after its last bracket: the name of a process may have blanks.
fn word(path: &str, place: usize) -> Option<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let after = text.rsplit(')').next().unwrap_or_default();
    after.split_ascii_whitespace().nth(place).map(str::to_owned)
}

impl Machine {
    /// As it is now.
    pub(crate) fn now() -> Self {
        let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            kernel: kernel.trim().to_owned(),
            processors: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            load: word("/proc/loadavg", 0).and_then(|load| load.parse().ok()),
            // Field 40 of `stat`. Two come before the bracket.
            real_time_priority: word("/proc/self/stat", 37).and_then(|priority| priority.parse().ok()),
        }
    }

    /// Of a run.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), String> {
        let path = folder.join("machine.json");
        let text = serde_json::to_string_pretty(self).expect("numbers and texts");
        std::fs::write(&path, text + "\n").map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Of a run that was made.
    pub(crate) fn read(folder: &Path) -> Result<Self, String> {
        json(&folder.join("machine.json"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_has_a_load_and_is_the_same_when_it_is_read_again() {
        let folder = std::env::temp_dir().join(format!("pushpull-testbed-machine-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("room on the disk");
        let machine = Machine::now();
        machine.write(&folder).expect("a folder");
        let read = Machine::read(&folder).expect("what was written");
        std::fs::remove_dir_all(&folder).expect("a folder");
        assert!(machine.load.is_some_and(|load| load >= 0.0) && machine.real_time_priority.is_some_and(|at| at < 100));
        assert_eq!((read.kernel, read.processors), (machine.kernel, machine.processors));
        assert_eq!((read.load, read.real_time_priority), (machine.load, machine.real_time_priority));
    }
}
