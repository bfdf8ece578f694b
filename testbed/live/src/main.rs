//! The model's predictions, held against real parts: a NATS server, `WireGuard` handshakes, an API.

#![expect(clippy::disallowed_methods, reason = "real parts have a real clock, and give other numbers in each run")]
#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "places in short lists")]

mod all;
mod api;
mod bench;
mod calibrate;
mod clients;
mod clock;
mod compare;
mod figure;
mod gateway;
mod history;
mod machine;
mod measure;
mod page;
mod power;
mod run;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tokio::sync::watch;

use crate::gateway::Subscription;

const USAGE: &str = "usage:
  testbed run FILE --out FOLDER [--seed N]       runs an experiment on real parts; FOLDER must be new or empty
  testbed calibrate FOLDER [--nats HOST:PORT]    measures each piece alone: CSV files, meta.json
  testbed compare FOLDER... [--calibration FOLDER] [--set KEY=VALUE]...
                                                 result folders of one experiment, pooled, beside the model;
                                                 --set gives a key of the model another value
  testbed few FOLDER                             three scenarios, one seed, judged with margins: for CI
  testbed all FOLDER                             every scenario, three seeds; writes docs/validation.md
Everything runs on 127.0.0.1, except a NATS server that --nats or an experiment names.";

/// Takes an option and its value out of the arguments.
fn option(arguments: &mut Vec<String>, name: &str) -> Result<Option<String>, String> {
    let Some(place) = arguments.iter().position(|argument| argument == name) else { return Ok(None) };
    if place + 1 == arguments.len() {
        return Err(format!("{name} needs a value"));
    }
    arguments.remove(place);
    Ok(Some(arguments.remove(place)))
}

/// Heeds the lines of the input: `off` and `on` end and renew a subscription, `freeze` and `on` freeze its connection and
/// let it go on. A role ends with its input, and so with the program that has started it.
fn obey() -> watch::Receiver<Subscription> {
    let (switch, on) = watch::channel(Subscription::On);
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            let _ = switch.send(match line.trim() {
                "off" => Subscription::Off,
                "freeze" => Subscription::Frozen,
                _ => Subscription::On,
            });
        }
        std::process::exit(0)
    });
    on
}

fn role(folder: &Path, name: &str, number: Option<&String>) -> Result<(), String> {
    let bench = bench::Bench::read(folder);
    let number = number.and_then(|number| number.parse().ok()).unwrap_or(0);
    let on = obey();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.map_err(|error| error.to_string())?.block_on(async {
        match name {
            "api" => api::main(bench).await,
            "gateway" => gateway::main(bench, number, on).await,
            "clients" => clients::main(bench).await,
            other => return Err(format!("no role {other:?}: api, gateway, clients")),
        }
        Ok(())
    })
}

fn command(mut arguments: Vec<String>) -> Result<bool, String> {
    let out = option(&mut arguments, "--out")?;
    let seed = option(&mut arguments, "--seed")?.map(|seed| seed.parse::<u64>());
    let seed = seed.transpose().map_err(|error| format!("--seed: {error}"))?.unwrap_or(1);
    let calibration = option(&mut arguments, "--calibration")?.map(PathBuf::from);
    let mut set = Vec::new();
    while let Some(change) = option(&mut arguments, "--set")? {
        set.push(change);
    }
    if !set.is_empty() && arguments.first().is_none_or(|word| word != "compare") {
        return Err("--set is of compare; what runs on real parts is said in its file".to_owned());
    }
    if arguments.first().is_none_or(|word| word != "role") {
        run::end_on_signal()?;
    }
    let nats = option(&mut arguments, "--nats")?;
    if nats.is_some() && arguments.first().is_none_or(|word| word != "calibrate") {
        return Err("--nats is of calibrate; an experiment names its server: [testbed] nats = \"host:4222\"".to_owned());
    }
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match (words.as_slice(), out) {
        (["run", file], Some(out)) => run::run(Path::new(file), Path::new(&out), seed).map(|()| true),
        (["calibrate", folder], None) => calibrate::calibrate(Path::new(folder), true, nats).map(|_| true),
        (["compare", folders @ ..], None) if !folders.is_empty() => {
            let folders: Vec<PathBuf> = folders.iter().map(PathBuf::from).collect();
            let comparison = compare::compare(&folders, calibration.as_deref(), &set)?;
            print!("{}", comparison.table());
            Ok(comparison.agrees())
        }
        (["few", folder], None) => all::few(Path::new(folder)),
        (["all", folder], None) => all::all(Path::new(folder)),
        (["role", folder, name, ..], None) => role(Path::new(folder), name, arguments.get(3)).map(|()| true),
        _ => Err(USAGE.to_owned()),
    }
}

fn main() -> ExitCode {
    match command(std::env::args().skip(1).collect()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}
