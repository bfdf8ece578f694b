//! Which share of an experiment this machine runs: `--shard 2/7`, or `--shard auto` from a job array's environment.

use super::Failure;
use crate::experiment::Shard;

/// A job array's way of telling a task which one it is.
struct Array {
    index: &'static str,
    /// Number of tasks; none: a variable of our own must tell.
    count: Option<&'static str>,
    /// First index.
    first: First,
}

enum First {
    At(u32),
    /// A variable holds it.
    In(&'static str),
}

/// Says how many tasks there are where the scheduler does not.
const COUNT: &str = "PUSHPULL_SHARDS";

const ARRAYS: [Array; 5] = [
    Array {
        index: "SLURM_ARRAY_TASK_ID",
        count: Some("SLURM_ARRAY_TASK_COUNT"),
        first: First::In("SLURM_ARRAY_TASK_MIN"),
    },
    Array { index: "JOB_COMPLETION_INDEX", count: None, first: First::At(0) },
    Array { index: "AWS_BATCH_JOB_ARRAY_INDEX", count: Some("AWS_BATCH_JOB_ARRAY_SIZE"), first: First::At(0) },
    Array { index: "HQ_TASK_ID", count: None, first: First::At(0) },
    Array { index: "PBS_ARRAY_INDEX", count: None, first: First::At(0) },
];

/// Reads `I/N`, from 1, or `auto`.
pub(super) fn parse(text: &str) -> Result<Shard, Failure> {
    if text == "auto" {
        return from_environment(&|name| std::env::var(name).ok());
    }
    let wrong = || Failure::Usage(format!("--shard {text}: accepted are I/N with I from 1 to N, such as 2/7, or auto"));
    let (index, count) = text.split_once('/').ok_or_else(wrong)?;
    let (index, count): (u32, u32) = (index.parse().map_err(|_| wrong())?, count.parse().map_err(|_| wrong())?);
    if index == 0 || index > count { Err(wrong()) } else { Ok(Shard { index: index - 1, count }) }
}

fn from_environment(variable: &dyn Fn(&str) -> Option<String>) -> Result<Shard, Failure> {
    let array = ARRAYS.iter().find(|array| variable(array.index).is_some()).ok_or_else(|| {
        let names = ARRAYS.map(|array| array.index).join(", ");
        Failure::Usage(format!("--shard auto: none of {names} is set; give --shard I/N"))
    })?;
    let whole = |name: &str| -> Result<u32, Failure> {
        let text = variable(name).unwrap_or_default();
        text.parse().map_err(|_| Failure::Usage(format!("--shard auto: {name} is \"{text}\", not a whole number")))
    };
    let index = whole(array.index)?;
    let counted = array.count.filter(|count| variable(count).is_some()).unwrap_or(COUNT);
    if variable(counted).is_none() {
        let index = array.index;
        return Err(Failure::Usage(format!(
            "--shard auto: {index} does not say how many tasks there are; set {COUNT}"
        )));
    }
    let count = whole(counted)?;
    let first = match array.first {
        First::At(first) => first,
        First::In(name) if variable(name).is_some() => whole(name)?,
        First::In(_) => 0,
    };
    if index < first || index - first >= count {
        let last = u64::from(first) + u64::from(count) - 1;
        return Err(Failure::Usage(format!("--shard auto: {} is {index}, not from {first} to {last}", array.index)));
    }
    Ok(Shard { index: index - first, count })
}
