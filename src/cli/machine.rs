//! Whether the machine has the memory that an experiment asks for.

use std::fs;
use std::io::{Write, stderr};
use std::path::Path;

use super::Failure;
use crate::plan::Plan;
use crate::run::memory;

/// Address space of a thread beside its run: its stack, and the 64 MiB that the C library's allocator reserves for each
/// thread.
const THREAD: f64 = 8e7;

/// Address space of the program before its first run: itself and its libraries.
const MAPPED: f64 = 5e7;

/// A bound of memory, and who sets it.
struct MemoryBound {
    bytes: f64,
    who: &'static str,
    /// Whether mapped memory counts even if it is not used.
    of_mappings: bool,
}

/// The number of runs at once that the memory allows, at most `jobs`. Prints a warning if it is less.
///
/// # Errors
/// If the memory does not allow a single run.
pub(super) fn affordable(plan: &Plan, jobs: usize) -> Result<usize, Failure> {
    let asked = memory(plan);
    let mut fewest = jobs;
    for bound in bounds() {
        let (mapped, thread) = if bound.of_mappings { (MAPPED, THREAD) } else { (0.0, 0.0) };
        let (fixed, run) = (asked.fixed + mapped, asked.run + thread);
        let reason = || {
            let strategy = &plan.strategies[asked.group.strategy];
            format!(
                "{}: point {}, strategy {strategy} asks for about {} with one run at a time, and {} {}",
                setting(plan, &asked.key, asked.group.point),
                asked.group.point,
                size(fixed + run),
                bound.who,
                size(bound.bytes)
            )
        };
        // If only mappings are bounded, the estimate is too coarse to refuse small experiments.
        if fixed + run > bound.bytes && (!bound.of_mappings || asked.with(1) > bound.bytes) {
            return Err(Failure::Usage(format!("{}; nothing was run", reason())));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a small range first")]
        let possible = ((bound.bytes - fixed) / run).clamp(1.0, jobs as f64) as usize;
        if possible < fewest {
            let _ = writeln!(stderr(), "warning: {possible} runs at once, not {jobs}: {}", reason());
            fewest = possible;
        }
    }
    Ok(fewest)
}

/// `clients.existing = 1000000`: a key and its value at a point.
fn setting(plan: &Plan, key: &str, point: usize) -> String {
    let swept = |name: &str| name == key || name.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'));
    if let Some(index) = plan.keys.iter().position(|name| swept(name)) {
        return format!("{} = {}", plan.keys[index], plan.points[point][index]);
    }
    plan.setting(key).map_or_else(|| key.to_owned(), |value| format!("{key} = {value}"))
}

/// `1.2 GB`
pub(super) fn size(bytes: f64) -> String {
    match bytes {
        b if b < 1e9 => format!("{:.0} MB", bytes / 1e6),
        b if b < 1e12 => format!("{:.1} GB", bytes / 1e9),
        _ => format!("{:.0} GB", bytes / 1e9),
    }
}

/// The bounds of this process, the least first, on systems that have them in files, such as Linux.
fn bounds() -> Vec<MemoryBound> {
    let text = |path: &Path| fs::read_to_string(path).unwrap_or_default();
    let memory = text(Path::new("/proc/meminfo"));
    let kilobytes = |name: &str| field(&memory, name).map(|kilobytes| kilobytes * 1024.0);
    let machine = kilobytes("MemTotal:").map(|memory| memory + kilobytes("SwapTotal:").unwrap_or(0.0));
    let limits = text(Path::new("/proc/self/limits"));
    let group = group(&text(Path::new("/proc/self/cgroup")), text);
    let bound = |bytes: Option<f64>, who, of_mappings| bytes.map(|bytes| MemoryBound { bytes, who, of_mappings });
    let all = [
        bound(machine, "the machine has", false),
        bound(group, "its control group allows for", false),
        bound(field(&limits, "Max address space"), "its address space (ulimit -v) is limited to", true),
        bound(field(&limits, "Max data size"), "its data (ulimit -d) are limited to", true),
    ];
    let mut bounds: Vec<MemoryBound> = all.into_iter().flatten().collect();
    bounds.sort_by(|one, other| one.bytes.total_cmp(&other.bytes));
    bounds
}

/// The least bound of the control groups of `/proc/self/cgroup` and of the groups above them. Inside a container the path
/// may be that of the host. Then only the root exists, and the root is the container's group.
fn group(groups: &str, read: impl Fn(&Path) -> String) -> Option<f64> {
    let mut least: Option<f64> = None;
    for line in groups.lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else { continue };
        let (root, name) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.max"),
            some if some.split(',').any(|one| one == "memory") => ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
            _ => continue,
        };
        for above in Path::new(path.trim_start_matches('/')).ancestors() {
            let limit = read(&Path::new(root).join(above).join(name)).trim().parse().ok();
            least = least.into_iter().chain(limit).reduce(f64::min);
        }
    }
    least
}

/// The number after `name`, at the start of a line; none if there is no number.
fn field(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_read_as_the_kernel_writes_them() {
        let memory = "MemTotal:       24586956 kB\nMemFree:         9821420 kB\nSwapTotal:             0 kB\n";
        assert_eq!(field(memory, "MemTotal:"), Some(24_586_956.0));
        assert_eq!(field(memory, "SwapTotal:"), Some(0.0));
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
                      Max address space         204800000            unlimited            bytes     \n";
        assert_eq!(field(limits, "Max address space"), Some(204_800_000.0));
        assert_eq!(field(&limits.replace("204800000", "unlimited"), "Max address space"), None);
    }

    #[test]
    fn the_least_limit_of_a_control_group_and_those_above_it_holds() {
        let read = |path: &Path| {
            let text = match path.to_str().expect("ASCII") {
                "/sys/fs/cgroup/a/b/memory.max" | "/sys/fs/cgroup/none/memory.max" => "max\n",
                "/sys/fs/cgroup/a/memory.max" => "3000000\n",
                "/sys/fs/cgroup/memory/c/memory.limit_in_bytes" => "2000000\n",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes" => "9223372036854771712\n",
                _ => "",
            };
            text.to_owned()
        };
        assert_eq!(group("0::/a/b\n", read), Some(3e6));
        assert_eq!(group("5:cpu:/a\n4:cpuset,memory:/c\n0::/\n", read), Some(2e6));
        assert_eq!(group("4:memory:/of/the/host\n", read), Some(9_223_372_036_854_771_712.0));
        assert_eq!(group("0::/none\n5:cpu:/a\n", read), None);
        assert_eq!(group("", read), None);
    }

    #[test]
    fn bounds_come_with_the_least_first() {
        assert!(bounds().is_sorted_by(|one, other| one.bytes <= other.bytes));
    }

    #[test]
    fn sizes_are_reported_in_units_that_fit() {
        assert_eq!(size(3.2e8), "320 MB");
        assert_eq!(size(4.8e10), "48.0 GB");
        assert_eq!(size(4.8e14), "480000 GB");
    }
}
