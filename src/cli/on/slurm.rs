//! Slurm: an array of shards and a merge that waits for it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Prepared, make, program, word};
use crate::cli::run::quoted;
use crate::cli::{Failure, Outcome, screen};
use crate::folder::bounded;
use crate::folder::shards::JOBS;

/// Most bytes of a job.
const BYTES_MAX: u64 = 1 << 20;

/// Times that Slurm begins a task again after a failure of the machine.
const RESTARTS_MAX: u32 = 3;

/// Writes the jobs, and sends them if that is asked for.
pub(super) fn write(prepared: &Prepared<'_>) -> Outcome {
    if prepared.cluster.submit {
        sbatch(["--version"])?;
    }
    let plan = prepared.write_plan()?;
    let (folder, out) = (&prepared.folder, &prepared.out);
    make(&folder.join("log"))?;
    let count = prepared.count.unwrap_or(1);
    let jobs = prepared.passed.jobs.unwrap_or(1);
    let program = word(&program()?);
    let head = |name: &str, log: &str| {
        format!(
            "#!/bin/sh\n#SBATCH --job-name={name}\n#SBATCH --cpus-per-task={jobs}\n#SBATCH --output={}\n",
            log_file(&folder.join("log"), log)
        )
    };
    let name: String = prepared.plan.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let array = format!(
        "{}#SBATCH --array=1-{count}\n#SBATCH --requeue\n\
         cd {} || exit 75\n\
         failed=\"$SLURM_ARRAY_TASK_ID-of-{count}.failed\"\n\
         rm -f \"$failed\"\n\
         {program} run {} --shard \"$SLURM_ARRAY_TASK_ID/{count}\" --out \"$SLURM_ARRAY_TASK_ID-of-{count}\" --jobs {jobs} --quiet\n\
         code=$?\n\
         # 75 and above, which signals are: the machine failed, not the experiment. The shard goes on where it stopped.\n\
         if [ \"$code\" -ge 75 ] && [ \"${{SLURM_RESTART_COUNT:-0}}\" -lt {RESTARTS_MAX} ]; then\n    \
             scontrol requeue \"${{SLURM_ARRAY_JOB_ID}}_$SLURM_ARRAY_TASK_ID\"\n\
         elif [ \"$code\" -ne 0 ]; then\n    \
             echo \"$code\" >\"$failed\"\n\
         fi\n\
         exit \"$code\"\n",
        head(&name, "%A_%a.txt"),
        word(folder),
        word(&plan),
    );
    let overwrite = if prepared.passed.overwrite { " --overwrite" } else { "" };
    let check = if prepared.passed.no_double_check { " --no-double-check" } else { "" };
    let merge = format!(
        "{}#SBATCH --requeue\n#SBATCH --kill-on-invalid-dep=yes\nexec {program} merge {} --out {} --jobs {jobs}{overwrite}{check}\n",
        head(&format!("{name}-merge"), "merge.txt"),
        word(folder),
        word(out),
    );
    let (array, merge) = (write_job(prepared, "array.sh", &array)?, write_job(prepared, "merge.sh", &merge)?);
    let mut stdout = screen::stdout();
    if !prepared.cluster.submit {
        writeln!(stdout, "{}\n{}", array.display(), merge.display())?;
        let submit = format!("sbatch --dependency=afterok:$(sbatch --parsable {}) {}", word(&array), word(&merge));
        writeln!(stdout, "to send them: {submit}")?;
        return Ok(());
    }
    let first = sbatch(["--parsable", &array.display().to_string()])?;
    prepared.write(JOBS, &format!("{first}\n"))?;
    let after = format!("--dependency=afterok:{first}");
    let second = sbatch(["--parsable", &after, &merge.display().to_string()])?;
    prepared.write(JOBS, &format!("{first}\n{second}\n"))?;
    writeln!(stdout, "jobs {first} and {second}; pushpull status {} says how far they are", word(out))?;
    Ok(())
}

/// Writes a job. One that is there, and that a person may have changed, is kept.
fn write_job(prepared: &Prepared<'_>, name: &str, text: &str) -> Result<PathBuf, Failure> {
    let path = prepared.folder.join(name);
    if !prepared.passed.overwrite && path.is_file() && bounded::text(&path, BYTES_MAX)? != text {
        let kept = path.display();
        writeln!(
            screen::stderr(),
            "warning: {kept} differs from what would be written; kept, --overwrite writes it anew"
        )?;
        return Ok(path);
    }
    prepared.write(name, text)
}

/// Refuses to send jobs, to remove the shards, or to make them at once (`now`), while jobs that were sent before are in the
/// queue: both would write the same shards.
pub(super) fn refuse_queued(prepared: &Prepared<'_>, now: bool) -> Outcome {
    let file = prepared.folder.join(JOBS);
    let needed = prepared.cluster.submit || prepared.passed.overwrite || now;
    if !needed || !file.is_file() {
        return Ok(());
    }
    let sent = bounded::text(&file, 1_000)?;
    let queued: Vec<&str> = sent.split_whitespace().filter(|job| is_queued(job)).collect();
    if queued.is_empty() {
        return Ok(());
    }
    let jobs = queued.join(" ");
    let why = format!("its jobs are in the queue; scancel {jobs} removes them, pushpull status tells how far they are");
    Err(Failure::Usage(format!("{}: {why}", prepared.folder.display())))
}

/// Whether Slurm has a job that has not ended. A job that ended some minutes ago is not known any more, which is an error
/// of `squeue`.
fn is_queued(job: &str) -> bool {
    let asked = Command::new("squeue").args(["--noheader", "--jobs", job]).output();
    asked.is_ok_and(|output| output.status.success() && !output.stdout.trim_ascii().is_empty())
}

/// The pattern of a log's name. Slurm takes a doubled `%` for one.
fn log_file(folder: &Path, pattern: &str) -> String {
    quoted(&format!("{}/{pattern}", folder.display().to_string().replace('%', "%%")))
}

/// Calls `sbatch`; the number of the job.
fn sbatch<const N: usize>(words: [&str; N]) -> Result<String, Failure> {
    let sent = Command::new("sbatch").args(words).output();
    let sent = sent.map_err(|error| Failure::Usage(format!("--submit: cannot start sbatch: {error}")))?;
    if !sent.status.success() {
        let said = String::from_utf8_lossy(&sent.stderr).trim().to_owned();
        return Err(Failure::Passing(format!("--submit: sbatch refuses: {said}")));
    }
    // After the number, a cluster of several names itself: 123;cluster.
    let id = String::from_utf8_lossy(&sent.stdout).trim().to_owned();
    Ok(id.split(';').next().unwrap_or_default().to_owned())
}
