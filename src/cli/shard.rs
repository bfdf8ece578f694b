//! The share of an experiment that this machine runs: `--shard 2/7`, or `--shard auto` from a job array's environment.

use super::Failure;
use crate::plan::Shard;

/// The variables by which a job array numbers its tasks.
struct Array {
    index: &'static str,
    /// Number of tasks; none: [`COUNT`] has it.
    count: Option<&'static str>,
    /// First index; none: that of [`FIRST`], or 0.
    first: Option<&'static str>,
    /// Step from one index to the next; none: 1.
    step: Option<&'static str>,
}

/// The number of tasks, for schedulers that do not give it.
const COUNT: &str = "PUSHPULL_SHARDS";

/// The index of the first task, for schedulers that do not give it.
const FIRST: &str = "PUSHPULL_SHARD_FIRST";

/// In the order in which they are looked for. Kubernetes and AWS Batch count from 0; the ranges of Slurm, `HyperQueue`
/// and PBS begin at any number.
const ARRAYS: [Array; 5] = [
    Array {
        index: "SLURM_ARRAY_TASK_ID",
        count: Some("SLURM_ARRAY_TASK_COUNT"),
        first: Some("SLURM_ARRAY_TASK_MIN"),
        step: Some("SLURM_ARRAY_TASK_STEP"),
    },
    Array { index: "JOB_COMPLETION_INDEX", count: None, first: None, step: None },
    Array { index: "AWS_BATCH_JOB_ARRAY_INDEX", count: Some("AWS_BATCH_JOB_ARRAY_SIZE"), first: None, step: None },
    Array { index: "HQ_TASK_ID", count: None, first: None, step: None },
    Array { index: "PBS_ARRAY_INDEX", count: None, first: None, step: None },
];

/// Reads `I/N`, from 1, or `auto`.
///
/// # Errors
/// If it is neither, or the environment names no share: what is accepted.
pub fn parse(text: &str) -> Result<Shard, Failure> {
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
    let wrong = |why: String| Failure::Usage(format!("--shard auto: {why}"));
    let whole = |name: &str| -> Result<Option<u32>, Failure> {
        let Some(text) = variable(name) else { return Ok(None) };
        match text.parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(wrong(format!("{name} is \"{text}\", accepted: a whole number"))),
        }
    };
    // The number of the scheduler, else that of the user.
    let of_array = |theirs: Option<&str>, ours: &str| match theirs.map(whole).transpose()?.flatten() {
        Some(number) => Ok(Some(number)),
        None => whole(ours),
    };
    let Array { index: name, .. } = *array;
    let index = whole(name)?.unwrap_or_default();
    let first = of_array(array.first, FIRST)?.unwrap_or(0);
    let step = array.step.map(whole).transpose()?.flatten().unwrap_or(1).max(1);
    let Some(count) = of_array(array.count, COUNT)?.filter(|count| *count > 0) else {
        return Err(wrong(format!("{name} does not say how many tasks there are; set {COUNT} to their number")));
    };
    let place = index.checked_sub(first).filter(|past| past % step == 0).map(|past| past / step);
    if let Some(index) = place.filter(|place| *place < count) {
        return Ok(Shard { index, count });
    }
    let last = u64::from(first) + u64::from(count - 1) * u64::from(step);
    let steps = if step == 1 { String::new() } else { format!(" in steps of {step}") };
    Err(wrong(format!(
        "{name} is {index}, accepted: {first} to {last}{steps} for {count} tasks; {FIRST} says where they begin, a list with gaps needs --shard I/N"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auto(variables: &[(&str, &str)]) -> Result<Shard, String> {
        let variable = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        from_environment(&variable).map_err(|failure| match failure {
            Failure::Usage(text) => text,
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn each_scheduler_names_index_count_and_base_in_its_own_way() {
        let slurm = |id, count, min, step| {
            auto(&[
                ("SLURM_ARRAY_TASK_ID", id),
                ("SLURM_ARRAY_TASK_COUNT", count),
                ("SLURM_ARRAY_TASK_MIN", min),
                ("SLURM_ARRAY_TASK_STEP", step),
            ])
        };
        assert_eq!(slurm("0", "7", "0", "1"), Ok(Shard { index: 0, count: 7 })); // --array=0-6
        assert_eq!(slurm("7", "7", "1", "1"), Ok(Shard { index: 6, count: 7 })); // --array=1-7
        assert_eq!(slurm("5", "4", "1", "2"), Ok(Shard { index: 2, count: 4 })); // --array=1-7:2
        for (index, others) in [
            ("AWS_BATCH_JOB_ARRAY_INDEX", ("AWS_BATCH_JOB_ARRAY_SIZE", "3")),
            ("JOB_COMPLETION_INDEX", (COUNT, "3")),
            ("HQ_TASK_ID", (COUNT, "3")),
            ("PBS_ARRAY_INDEX", (COUNT, "3")),
        ] {
            assert_eq!(auto(&[(index, "0"), others]), Ok(Shard { index: 0, count: 3 }), "{index}");
            assert_eq!(auto(&[(index, "2"), others]), Ok(Shard { index: 2, count: 3 }), "{index}");
            assert_eq!(auto(&[(index, "3"), others, (FIRST, "1")]), Ok(Shard { index: 2, count: 3 }), "{index}");
            let beyond = auto(&[(index, "3"), others]).expect_err("there are three");
            assert!(beyond.contains(&format!("{index} is 3, accepted: 0 to 2")), "{beyond}");
        }
        let gaps = slurm("9", "3", "1", "1").expect_err("a list such as --array=1,2,9");
        assert!(gaps.contains("accepted: 1 to 3 for 3 tasks"), "{gaps}");
    }

    #[test]
    fn what_is_missing_or_no_number_is_said() {
        assert!(auto(&[]).expect_err("nothing").contains("none of SLURM_ARRAY_TASK_ID"));
        assert!(auto(&[("HQ_TASK_ID", "1")]).expect_err("no count").contains("set PUSHPULL_SHARDS"));
        assert!(auto(&[("HQ_TASK_ID", "1"), (COUNT, "0")]).expect_err("none").contains("set PUSHPULL_SHARDS"));
        let text = auto(&[("HQ_TASK_ID", "x"), (COUNT, "3")]).expect_err("no number");
        assert_eq!(text, "--shard auto: HQ_TASK_ID is \"x\", accepted: a whole number");
    }
}
