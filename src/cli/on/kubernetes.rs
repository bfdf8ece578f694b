//! Kubernetes: an indexed job of shards, and a job that merges them.

use std::fmt::Write as _;
use std::io::Write;

use super::{Prepared, word};
use crate::cli::{Failure, Outcome, screen};

/// The most bytes of a `ConfigMap`, with some room for its other fields.
const CONFIG_BYTES_MAX: usize = (1 << 20) - 4096;

/// The most letters of an object's name, with room for what is added.
const NAME_MAX: usize = 40;

/// Tries of each shard.
const TRIES: u32 = 3;

/// Writes the manifests.
pub(super) fn write(prepared: &Prepared<'_>) -> Outcome {
    let text = serde_json::to_string_pretty(&crate::folder::planned::Planned::of(prepared.plan))
        .map_err(|error| Failure::world("plan", error))?;
    let text = ascii(&text);
    if text.len() > CONFIG_BYTES_MAX {
        let size = text.len();
        let why = format!("the plan has {size} bytes, accepted: {CONFIG_BYTES_MAX}, the most of a ConfigMap");
        return Err(Failure::Usage(format!("--on kubernetes: {why}; its data files are the largest part")));
    }
    prepared.write_plan()?;
    let name = object_name(&prepared.plan.name);
    // In the claim, another experiment of the same name, and another build, have folders of their own.
    let place = format!("results/{}-{}-{}", prepared.plan.name, &prepared.plan.digest[..12], env!("PUSHPULL_COMMIT"));
    let count = prepared.count.unwrap_or(1);
    let jobs = prepared.passed.jobs.unwrap_or(1);
    let image = prepared.cluster.image.as_deref().unwrap_or(concat!("pushpull:", env!("CARGO_PKG_VERSION")));
    let image = serde_json::to_string(image).map_err(|error| Failure::world("image", error))?;
    let plan = text.lines().collect::<Vec<_>>().join("\n    ");
    let pod = |command: &str, plan: &str| {
        format!(
            "    spec:
      restartPolicy: Never
      securityContext: {{ runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000 }}
      containers:
        - name: pushpull
          image: {image}
          workingDir: /data
          command: {command}
          env: [{{ name: PUSHPULL_SHARDS, value: \"{count}\" }}]
          resources: {{ requests: {{ cpu: \"{jobs}\", memory: 1Gi }}, limits: {{ memory: 2Gi }} }}
          securityContext: {{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true }}
          volumeMounts:
            - {{ name: data, mountPath: /data }}
            {plan}
      volumes:
        - {{ name: data, persistentVolumeClaim: {{ claimName: {name} }} }}
        - {{ name: plan, configMap: {{ name: {name}-plan }} }}
"
        )
    };
    let mount = "- { name: plan, mountPath: /plan }";
    let run = words(&["run", "/plan/plan.json", "--shard", "auto"], |words| {
        // Kubernetes puts the number of the pod here, from 0.
        let out = format!("{}.shards/$(JOB_COMPLETION_INDEX)", literal(&place));
        words.extend(["--out".to_owned(), out, "--jobs".to_owned(), jobs.to_string(), "--quiet".to_owned()]);
    })?;
    let shards = format!(
        "# kubectl apply --server-side --filename job.yaml. The claim {name} (ReadWriteMany) holds the shards.
apiVersion: v1
kind: ConfigMap
metadata: {{ name: {name}-plan }}
# Another plan of the same name is refused while this one is there.
immutable: true
data:
  plan.json: |
    {plan}
---
apiVersion: batch/v1
kind: Job
metadata: {{ name: {name} }}
spec:
  completions: {count}
  parallelism: {count}
  completionMode: Indexed
  backoffLimitPerIndex: {TRIES}
  maxFailedIndexes: 0
  podFailurePolicy:
    rules:
      # A failed run and a wrong experiment fail again; 75 and signals may pass.
      - {{ action: FailIndex, onExitCodes: {{ containerName: pushpull, operator: In, values: [1, 2] }} }}
      - {{ action: Ignore, onPodConditions: [{{ type: DisruptionTarget, status: \"True\" }}] }}
  template:
{}",
        pod(&run, mount)
    );
    let join = words(&["merge"], |words| {
        words.extend((0..count).map(|index| format!("{}.shards/{index}", literal(&place))));
        words.extend(["--out".to_owned(), literal(&place), "--jobs".to_owned(), jobs.to_string()]);
        let given =
            [(prepared.passed.overwrite, "--overwrite"), (prepared.passed.no_double_check, "--no-double-check")];
        words.extend(given.iter().filter(|(given, _)| *given).map(|(_, option)| (*option).to_owned()));
    })?;
    let merge = format!(
        "# When the shards are there: kubectl apply --server-side --filename merge.yaml
apiVersion: batch/v1
kind: Job
metadata: {{ name: {name}-merge }}
spec:
  backoffLimit: {TRIES}
  template:
{}",
        pod(&join, mount)
    );
    let files =
        [("claim.yaml", claim(&name)), ("job.yaml", shards), ("merge.yaml", merge), ("fetch.yaml", fetch(&name))];
    let mut stdout = screen::stdout();
    for (file, text) in files {
        writeln!(stdout, "{}", prepared.write(file, &text)?.display())?;
    }
    let job = prepared.folder.join("job.yaml");
    writeln!(stdout, "to start the shards: kubectl apply --server-side --filename {}", word(&job))?;
    writeln!(stdout, "in the claim {name}, the result will be in {place}")?;
    Ok(())
}

/// A command of the program as a list of YAML.
fn words(first: &[&str], more: impl FnOnce(&mut Vec<String>)) -> Result<String, Failure> {
    let mut words: Vec<String> = ["pushpull"].iter().chain(first).map(|word| (*word).to_owned()).collect();
    more(&mut words);
    serde_json::to_string(&words).map_err(|error| Failure::world("command", error))
}

/// A text of a command in which Kubernetes replaces nothing.
fn literal(text: &str) -> String {
    text.replace('$', "$$")
}

/// The claim of the disk that all pods share.
fn claim(name: &str) -> String {
    format!(
        "# kubectl apply --server-side --filename claim.yaml. Size and class are those of your cluster.
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{ name: {name} }}
spec:
  accessModes: [ReadWriteMany]
  resources: {{ requests: {{ storage: 10Gi }} }}
"
    )
}

/// A pod with a shell, from which `kubectl cp` copies the result: the image of the program has none.
fn fetch(name: &str) -> String {
    format!(
        "# kubectl apply --server-side --filename fetch.yaml; the pod ends after an hour.
apiVersion: v1
kind: Pod
metadata: {{ name: {name}-fetch }}
spec:
  restartPolicy: Never
  securityContext: {{ runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000 }}
  containers:
    - name: shell
      image: busybox
      command: [sleep, \"3600\"]
      securityContext: {{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true }}
      volumeMounts:
        - {{ name: data, mountPath: /data, readOnly: true }}
  volumes:
    - {{ name: data, persistentVolumeClaim: {{ claimName: {name} }} }}
"
    )
}

/// A name as Kubernetes accepts it: small letters, digits and dashes.
fn object_name(name: &str) -> String {
    let plain: String =
        name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(NAME_MAX).collect();
    let plain = plain.trim_matches('-');
    if plain.is_empty() { "experiment".to_owned() } else { format!("pushpull-{plain}") }
}

/// JSON in ASCII alone: YAML has ends of lines, and letters that it does not take, which JSON writes as they are.
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() && c != '\u{7f}' {
            text.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_keeps_its_meaning_in_ascii() {
        let text = "\"a\u{2028}b\u{85}\u{7f} \u{e9}\u{1f680}\"";
        assert_eq!(ascii(text), r#""a\u2028b\u0085\u007f \u00e9\ud83d\ude80""#);
        let (plain, same): (String, String) =
            (serde_json::from_str(&ascii(text)).expect("JSON"), serde_json::from_str(text).expect("JSON"));
        assert_eq!(plain, same);
    }

    #[test]
    fn a_name_has_small_letters_digits_and_dashes() {
        assert_eq!(object_name("NATS outage (2)"), "pushpull-nats-outage--2");
        assert_eq!(object_name("\u{e9}"), "experiment");
    }
}
