//! `testbed run`: starts the real parts, lets the clients come, injects the faults, and measures.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use des::Distribution;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use pushpull::model::{
    Arrivals, BusEffect, Fault, FetchSource, GatewayScope, PushTransport, RetryTimer, Scenario, Schedule, Target,
};
use pushpull::plan::{Overrides, Plan};
use serde::{Deserialize, Serialize};
use tokio::signal::unix::{SignalKind, signal};
use toml::Table;

use crate::bench::Bench;
use crate::clock::length;
use crate::history;
use crate::machine::Machine;
use crate::measure::changes;

/// The longest horizon, the longest patience, and the most clients of a run.
const HORIZON_MAX: Duration = Duration::from_mins(5);
const PATIENCE_MAX: Duration = Duration::from_mins(2);
const CLIENTS_MAX: f64 = 30_000.0;

/// The most that fills a push, bytes.
const PUSH_BYTES_MAX: usize = 60_000;

/// A fault as it was: its place among the experiment's faults, when it began and how long it lasted, s.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Injected {
    pub(crate) fault: usize,
    pub(crate) at: f64,
    pub(crate) length: f64,
}

/// The ids of the processes that were started and not yet ended.
static RUNNING: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// From now on the signals that end this program first end the processes that it has started.
///
/// # Errors
/// The system's reason why signals cannot be taken.
pub(crate) fn end_on_signal() -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let mut signals = runtime
        .block_on(async { Ok([signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?]) })
        .map_err(|error: std::io::Error| error.to_string())?;
    std::thread::spawn(move || {
        let [interrupt, terminate] = &mut signals;
        runtime.block_on(async {
            tokio::select! { _ = interrupt.recv() => (), _ = terminate.recv() => () }
        });
        // Nothing is started while this is held.
        let running = RUNNING.lock().expect("no panic");
        for id in running.iter() {
            send(*id, Signal::SIGKILL);
        }
        std::process::exit(130)
    });
    Ok(())
}

/// Sends a signal to a process, which may have ended by itself.
fn send(id: u32, signal: Signal) {
    let _ = kill(Pid::from_raw(i32::try_from(id).expect("a process id")), signal);
}

/// A process that is ended by its id, however this program goes on.
pub(crate) struct Part {
    child: Child,
}

impl Part {
    fn start(mut command: Command, log: &Path) -> Result<Self, String> {
        let errors =
            std::fs::OpenOptions::new().create(true).append(true).open(log).map_err(|error| shown(log, &error))?;
        let mut running = RUNNING.lock().expect("no panic");
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(errors).spawn();
        let name = command.get_program().display();
        let child = child.map_err(|error| format!("{name}: {error}"))?;
        running.insert(child.id());
        Ok(Self { child })
    }

    /// A role of this program, once it is ready.
    pub(crate) fn role(bench: &Bench, arguments: &[&str]) -> Result<Self, String> {
        let mut command = Command::new(std::env::current_exe().map_err(|error| error.to_string())?);
        command.arg("role").arg(&bench.folder).args(arguments);
        let log = bench.folder.join(format!("{}.log", arguments.concat()));
        let mut part = Self::start(command, &log)?;
        let mut line = String::new();
        let output = part.child.stdout.take().expect("a pipe");
        let read = BufReader::new(output).read_line(&mut line);
        if read.is_err() || line.trim() != "ready" {
            let why = std::fs::read_to_string(&log).unwrap_or_default();
            return Err(format!("the {} did not start: {}", arguments[0], why.lines().last().unwrap_or_default()));
        }
        Ok(part)
    }

    fn signal(&self, signal: Signal) {
        send(self.child.id(), signal);
    }

    /// Gives a line to its input.
    pub(crate) fn say(&mut self, line: &str) {
        if let Some(input) = &mut self.child.stdin {
            let _ = writeln!(input, "{line}");
        }
    }

    /// Waits for its end, not for ever.
    fn wait(&mut self, at_most: Duration) -> Result<(), String> {
        let end = Instant::now() + at_most;
        loop {
            match self.child.try_wait().map_err(|error| error.to_string())? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(format!("the clients ended with {status}")),
                None if Instant::now() > end => return Err(format!("the clients did not end within {at_most:?}")),
                None => std::thread::sleep(Duration::from_millis(50)),
            }
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let mut running = RUNNING.lock().expect("no panic");
        self.signal(Signal::SIGKILL);
        let _ = self.child.wait();
        running.remove(&self.child.id());
    }
}

fn shown(path: &Path, error: &dyn std::fmt::Display) -> String {
    format!("{}: {error}", path.display())
}

/// The NATS server of this machine.
fn nats_server() -> Result<PathBuf, String> {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&paths).chain([PathBuf::from("/usr/sbin"), PathBuf::from("/usr/local/bin")]);
    let found = folders.map(|folder| folder.join("nats-server")).find(|file| file.is_file());
    found.ok_or_else(|| {
        "nats-server is missing. To get it: apt-get install nats-server (Debian), or https://nats.io/download. Or name \
         the address of your own in the experiment: [testbed] nats = \"host:4222\""
            .to_owned()
    })
}

pub(crate) fn start_nats(bench: &Bench) -> Result<Part, String> {
    let port = bench.nats.rsplit(':').next().unwrap_or_default();
    let store = bench.folder.join("jetstream");
    let file = bench.folder.join("nats.conf");
    let pending = bench.max_pending.map_or_else(String::new, |bytes| format!("max_pending: {bytes}\n"));
    let store = store.display();
    let text = format!("{pending}host: \"127.0.0.1\"\nport: {port}\njetstream {{ store_dir: \"{store}\" }}\n");
    std::fs::write(&file, text).map_err(|error| shown(&file, &error))?;
    let mut command = Command::new(nats_server()?);
    command.arg("-c").arg(&file).arg("-l").arg(bench.folder.join("nats.log"));
    let part = Part::start(command, &bench.folder.join("nats.err"))?;
    for _ in 0..400 {
        if TcpStream::connect(&bench.nats).is_ok() {
            return Ok(part);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Err(format!("nats-server does not answer at {}", bench.nats))
}

/// A port that nobody has at this moment. It lies below those that the kernel gives to clients, so it stays free while a
/// killed process is away.
fn free_port(is_free: impl Fn(u16) -> bool) -> Result<u16, String> {
    const FIRST: u16 = 20_000;
    const PORTS: u16 = 10_000;
    static TRIED: AtomicU16 = AtomicU16::new(0);
    let own = u16::try_from(std::process::id().wrapping_mul(101) % u32::from(PORTS)).expect("below 10,000");
    let mut ports = (0..PORTS).map(|_| FIRST + (TRIED.fetch_add(1, Ordering::Relaxed) % PORTS + own) % PORTS);
    ports.find(|port| is_free(*port)).ok_or_else(|| format!("no free port from {FIRST} to {}", FIRST + PORTS - 1))
}

/// Ports of the NATS server and the API, and for each gateway one of UDP and one of TCP.
type Ports = (u16, u16, Vec<(u16, u16)>);

/// Ports that nobody has at this moment.
pub(crate) fn free_ports(gateways: u32) -> Result<Ports, String> {
    let tcp = || free_port(|port| TcpListener::bind(("127.0.0.1", port)).is_ok());
    let udp = || free_port(|port| UdpSocket::bind(("127.0.0.1", port)).is_ok());
    let gateways = (0..gateways).map(|_| Ok((udp()?, tcp()?))).collect::<Result<_, String>>()?;
    Ok((tcp()?, tcp()?, gateways))
}

/// The table `[testbed]` of an experiment.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Address of a NATS server to use; none: one is started.
    nats: Option<String>,
    /// Whether a fault of the API freezes its process; else it is killed.
    #[serde(default)]
    freeze: bool,
    /// What fills each push, bytes.
    #[serde(default)]
    push_bytes: usize,
    /// Bytes that the NATS server keeps for a slow subscriber before it cuts the connection; none: its own default.
    max_pending: Option<usize>,
    /// What the real parts are known to do otherwise in this scenario.
    differs: Option<KnownDifference>,
}

/// What the real parts are known to do otherwise in a scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KnownDifference {
    /// The measures that differ by this.
    pub(crate) measures: Vec<String>,
    /// What it is, in words.
    pub(crate) text: String,
}

/// An experiment for real parts: what is left for the model, and the rest.
struct Given {
    table: Table,
    settings: Settings,
}

impl Given {
    fn read(file: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(file).map_err(|error| shown(file, &error))?;
        let mut table: Table = text.parse().map_err(|error| shown(file, &error))?;
        let settings = match table.remove("testbed") {
            None => Settings::default(),
            Some(value) => value.try_into().map_err(|error| format!("{}: [testbed]: {error}", file.display()))?,
        };
        Ok(Self { table, settings })
    }
}

/// What the real parts are known to do otherwise in an experiment.
pub(crate) fn known_difference(file: &Path) -> Result<Option<KnownDifference>, String> {
    Ok(Given::read(file)?.settings.differs)
}

/// Refuses a folder whose run was made from another experiment than the file's. Their descriptions may differ.
pub(crate) fn refuse_other(file: &Path, out: &Path) -> Result<(), String> {
    let Given { mut table, settings } = Given::read(file)?;
    let mut made = Given::read(&out.join("experiment.toml"))?.table;
    table.remove("description");
    made.remove("description");
    let Bench { push_bytes, max_pending, freeze, .. } = Bench::read(out);
    let same = (settings.push_bytes, settings.max_pending, settings.freeze) == (push_bytes, max_pending, freeze);
    if made == table && same {
        return Ok(());
    }
    Err(format!(
        "{}: its run was made from another experiment than {} now describes. Remove the folder, or name another; nothing \
         was run",
        out.display(),
        file.display()
    ))
}

/// Says what of an experiment the testbed cannot do.
fn refuse(plan: &Plan, scenario: &Scenario) -> Result<(), String> {
    let strategy = &scenario.strategy;
    let clients = &scenario.clients;
    let horizon = length(scenario.horizon);
    let patience = clients.handshake.patience.map(length);
    let arrivals = match &clients.arrivals {
        Arrivals::Poisson { rate, peak: None, .. } => rate * horizon.as_secs_f64(),
        Arrivals::Every(gap) => horizon.as_secs_f64() / gap.as_secs_f64(),
        Arrivals::Poisson { peak: Some(_), .. } | Arrivals::Trace(_) => f64::INFINITY,
    };
    let sessions = clients.return_probability > 0.0 || scenario.restarts() || changes(scenario);
    let rekey_after = length(clients.handshake.rekey_after);
    let own_timers = clients.handshake.retry == RetryTimer::boringtun(clients.handshake.retry.initiations_max);
    let api_faults = scenario.faults.iter().any(|fault| matches!(fault.target, Target::Api(_)));
    let problems = [
        (plan.strategies.len() != 1 || plan.points.len() != 1, "one strategy and no sweep"),
        (
            strategy.reconcile.is_some() || strategy.evict.is_some() || strategy.expire.is_some(),
            "a strategy without reconcile, evict and expire",
        ),
        (strategy.push.as_ref().is_some_and(|push| push.refresh_every.is_some()), "push without refresh_every"),
        (
            strategy.pull.as_ref().is_some_and(|pull| pull.invalidate || pull.source != FetchSource::Primary),
            "pull from the API without invalidate",
        ),
        (
            strategy
                .watch
                .as_ref()
                .is_some_and(|watch| !watch.forgets || watch.history.is_some_and(|history| length(history) < horizon)),
            "watch with forgets = true and a history at least as long as the horizon",
        ),
        (horizon > HORIZON_MAX, "horizon up to 5 m"),
        (patience.is_none_or(|patience| patience > PATIENCE_MAX), "clients.handshake.patience up to 120 s"),
        (arrivals > CLIENTS_MAX, "arrivals at an even rate, up to 30,000 clients"),
        (
            clients.existing > 0 || clients.devices > 0 || clients.strangers > 0.0,
            "new clients only: existing = 0, strangers = \"0/s\"",
        ),
        (sessions && horizon > rekey_after, "a horizon up to rekey_after where clients stay, return or change"),
        (sessions && own_timers, "retry_after other than \"boringtun\" where clients stay, return or change"),
        (
            changes(scenario) && api_faults,
            "faults of the API only with update_every and revoke_after = \"never\": a killed API commits nothing",
        ),
        (
            scenario.bus.burst.is_some() || scenario.http.failure > 0.0,
            "bus.loss instead of bus.burst, and no http.failure",
        ),
    ];
    match problems.into_iter().find(|(is_so, _)| *is_so) {
        Some((_, accepts)) => Err(format!("{}: the testbed accepts {accepts}", plan.name)),
        None => Ok(()),
    }
}

/// The parts that are running.
struct Parts {
    nats: Option<Part>,
    api: Option<Part>,
    gateways: Vec<Option<Part>>,
}

/// Which parts a fault hits.
#[derive(Clone, Copy)]
enum Hit {
    Nats,
    FrozenNats,
    Api,
    FrozenApi,
    Gateway(usize),
    Subscription(usize),
    FrozenSubscription(usize),
}

impl Parts {
    fn start_api(&mut self, bench: &Bench) -> Result<(), String> {
        self.api = Some(Part::role(bench, &["api"])?);
        Ok(())
    }

    fn start_gateway(&mut self, bench: &Bench, gateway: usize) -> Result<(), String> {
        self.gateways[gateway] = Some(Part::role(bench, &["gateway", &gateway.to_string()])?);
        Ok(())
    }

    fn say(&mut self, gateway: usize, line: &str) {
        self.gateways[gateway].iter_mut().for_each(|part| part.say(line));
    }

    fn begin(&mut self, hit: Hit) {
        match hit {
            Hit::Nats => self.nats = None,
            Hit::FrozenNats => self.nats.iter().for_each(|part| part.signal(Signal::SIGSTOP)),
            Hit::Api => self.api = None,
            Hit::FrozenApi => self.api.iter().for_each(|part| part.signal(Signal::SIGSTOP)),
            Hit::Gateway(gateway) => self.gateways[gateway] = None,
            Hit::Subscription(gateway) => self.say(gateway, "off"),
            Hit::FrozenSubscription(gateway) => self.say(gateway, "freeze"),
        }
    }

    fn end(&mut self, hit: Hit, bench: &Bench) -> Result<(), String> {
        match hit {
            Hit::Nats => self.nats = Some(start_nats(bench)?),
            Hit::FrozenNats => self.nats.iter().for_each(|part| part.signal(Signal::SIGCONT)),
            Hit::Api => self.start_api(bench)?,
            Hit::FrozenApi => self.api.iter().for_each(|part| part.signal(Signal::SIGCONT)),
            Hit::Gateway(gateway) => self.start_gateway(bench, gateway)?,
            Hit::Subscription(gateway) | Hit::FrozenSubscription(gateway) => self.say(gateway, "on"),
        }
        Ok(())
    }
}

/// The gateways of `count` that are meant.
pub(crate) fn scoped(gateways: &GatewayScope, count: u32) -> Vec<usize> {
    (0..count).filter(|gateway| gateways.contains(*gateway, count)).map(|gateway| gateway as usize).collect()
}

/// The fault that freezes the subscriptions whose messages this one drops: then the server drops them by itself.
pub(crate) fn around<'a>(fault: &Fault, faults: &'a [Fault]) -> Option<&'a Fault> {
    let drops = fault.target == Target::Bus(BusEffect::Drop) && fault.gateways != GatewayScope::All;
    faults
        .iter()
        .find(|around| drops && around.target == Target::Bus(BusEffect::Delay) && around.gateways == fault.gateways)
}

/// When a fault begins and ends, and what it hits.
fn hits(
    fault: &Fault,
    scenario: &Scenario,
    (own_nats, freeze): (bool, bool),
) -> Result<(Duration, Duration, Vec<Hit>), String> {
    let (Schedule::At(at), Distribution::Constant(lasts)) = (&fault.schedule, &fault.length) else {
        return Err("the testbed accepts faults with at, and for = a duration".to_owned());
    };
    let gateways = scoped(&fault.gateways, scenario.gateways.count);
    let is_core = scenario.strategy.push.as_ref().is_some_and(|push| matches!(push.transport, PushTransport::Core(_)));
    let hits = match fault.target {
        Target::Api(_) => vec![if freeze { Hit::FrozenApi } else { Hit::Api }],
        Target::Gateway => gateways.into_iter().map(Hit::Gateway).collect(),
        Target::Bus(BusEffect::Drop) if matches!(fault.gateways, GatewayScope::All) && own_nats => vec![Hit::Nats],
        Target::Bus(BusEffect::Delay) if matches!(fault.gateways, GatewayScope::All) && own_nats => {
            vec![Hit::FrozenNats]
        }
        Target::Bus(BusEffect::Delay) if is_core => gateways.into_iter().map(Hit::FrozenSubscription).collect(),
        // The server's own doing.
        Target::Bus(BusEffect::Drop) if around(fault, &scenario.faults).is_some() => Vec::new(),
        Target::Bus(BusEffect::Drop) if is_core => gateways.into_iter().map(Hit::Subscription).collect(),
        Target::Bus(_) | Target::Http | Target::Path => {
            return Err(
                "the testbed accepts faults of target api and gateway, and of bus: for all gateways of a server that the \
                 testbed has started, or with core pushes for some"
                    .to_owned()
            );
        }
    };
    Ok((length(*at), length(*lasts), hits))
}

/// Starts everything, waits for the clients, and ends everything.
fn carry_out(bench: &Bench, scenario: &Scenario, settings: &Settings) -> Result<Vec<Injected>, String> {
    let own_nats = settings.nats.is_none();
    let mut parts = Parts { nats: None, api: None, gateways: bench.gateways.iter().map(|_| None).collect() };
    let mut acts: Vec<(Duration, usize, bool, Vec<Hit>)> = Vec::new();
    for (number, fault) in scenario.faults.iter().enumerate() {
        let (at, lasts, hit) = hits(fault, scenario, (own_nats, settings.freeze))?;
        acts.push((at, number, true, hit.clone()));
        acts.push((at + lasts, number, false, hit));
    }
    acts.sort_by_key(|(at, ..)| *at);
    if own_nats {
        parts.nats = Some(start_nats(bench)?);
    }
    parts.start_api(bench)?;
    for gateway in 0..bench.gateways.len() {
        parts.start_gateway(bench, gateway)?;
    }
    // Subscriptions are up a moment after their process.
    std::thread::sleep(Duration::from_millis(1500));
    let mut clients = Part::role(bench, &["clients"])?;
    let start = Instant::now();
    let mut injected: Vec<Injected> = Vec::new();
    for (at, fault, begins, all) in acts {
        std::thread::sleep((start + at).saturating_duration_since(Instant::now()));
        let began = start.elapsed().as_secs_f64();
        for hit in all {
            if begins { parts.begin(hit) } else { parts.end(hit, bench)? }
        }
        if begins {
            injected.push(Injected { fault, at: began, length: 0.0 });
        } else if let Some(this) = injected.iter_mut().find(|this| this.fault == fault) {
            this.length = start.elapsed().as_secs_f64() - this.at;
        }
    }
    let patience = scenario.clients.handshake.patience.map_or(PATIENCE_MAX, length);
    let creating = length(scenario.clients.create_timeout) * scenario.clients.create_attempts;
    clients.wait(length(scenario.horizon) + patience + creating + Duration::from_secs(30))?;
    Ok(injected)
}

/// Writes the model's part of an experiment to a file, and reads it.
///
/// # Errors
/// What is wrong with the experiment, and what of it the testbed cannot do.
fn accept(given: &Given, experiment: &Path) -> Result<(Plan, Scenario), String> {
    std::fs::write(experiment, given.table.to_string()).map_err(|error| shown(experiment, &error))?;
    let plan = Plan::read(experiment, &Overrides::default()).map_err(|error| error.to_string())?;
    let scenario = plan.scenario(0, 0);
    refuse(&plan, &scenario)?;
    let Settings { push_bytes, freeze, nats, .. } = &given.settings;
    if *push_bytes > PUSH_BYTES_MAX {
        return Err(format!("{}: [testbed] push_bytes = {push_bytes}: accepted are up to {PUSH_BYTES_MAX}", plan.name));
    }
    for fault in &scenario.faults {
        hits(fault, &scenario, (nats.is_none(), *freeze))?;
    }
    Ok((plan, scenario))
}

/// Runs an experiment on real parts and writes a result folder.
///
/// # Errors
/// What is wrong with the experiment, the machine or the run.
pub(crate) fn run(file: &Path, out: &Path, seed: u64) -> Result<(), String> {
    let given = Given::read(file)?;
    if out.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(format!("{}: the folder is not empty; nothing was run", out.display()));
    }
    let is_new = !out.exists();
    std::fs::create_dir_all(out).map_err(|error| shown(out, &error))?;
    let folder = out.canonicalize().map_err(|error| shown(out, &error))?;
    let experiment = folder.join("experiment.toml");
    let (plan, scenario) = accept(&given, &experiment).inspect_err(|_| {
        // A later run may have the same folder.
        let _ = std::fs::remove_file(&experiment);
        if is_new {
            let _ = std::fs::remove_dir(&folder);
        }
    })?;
    let (nats, api, gateways) = free_ports(scenario.gateways.count)?;
    let nats = given.settings.nats.clone().unwrap_or_else(|| format!("127.0.0.1:{nats}"));
    let Settings { push_bytes, max_pending, freeze, .. } = given.settings;
    let bench = Bench { seed, folder, nats, api, gateways, push_bytes, max_pending, freeze };
    bench.write().map_err(|error| error.to_string())?;
    let ports: Vec<String> = bench.gateways.iter().map(|(udp, tcp)| format!("{udp} (UDP), {tcp}")).collect();
    println!("{}, seed {seed}: NATS at {}, API at port {api}, gateways at {}", plan.name, bench.nats, ports.join("; "));
    let injected = carry_out(&bench, &scenario, &given.settings)?;
    // The last minute is the run's.
    Machine::now().write(&bench.folder)?;
    let text = serde_json::to_string_pretty(&injected).expect("numbers");
    std::fs::write(bench.folder.join("faults.json"), text + "\n").map_err(|error| error.to_string())?;
    write_measures(&bench, &plan)
}

/// Writes the columns of `runs.csv` that were measured, and their intervals.
fn write_measures(bench: &Bench, plan: &Plan) -> Result<(), String> {
    let scenario = plan.scenario(0, 0);
    let measures = history::read(&bench.folder, &scenario)?.measures(&scenario);
    if measures.is_empty() {
        return Err("no client has created its peer; see the logs in the result folder".to_owned());
    }
    let names: Vec<&str> = measures.iter().map(|measured| measured.name).collect();
    let values: Vec<String> = measures.iter().map(|measured| measured.value.to_string()).collect();
    let (strategy, seed) = (&plan.strategies[0], bench.seed);
    let runs = format!("strategy,seed,{}\n{strategy},{seed},{}\n", names.join(","), values.join(","));
    let mut intervals = "measure,value,low,high\n".to_owned();
    for measured in &measures {
        let _ = writeln!(intervals, "{},{},{},{}", measured.name, measured.value, measured.low, measured.high);
    }
    for (name, text) in [("runs.csv", runs), ("intervals.csv", intervals)] {
        std::fs::write(bench.folder.join(name), text).map_err(|error| error.to_string())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPEATED: &str = "faults = [{ target = \"api\", every = { exponential = \"10m\" }, for = \"5s\" }]";

    #[test]
    fn an_experiment_that_is_refused_leaves_no_folder() {
        let place = std::env::temp_dir().join(format!("testbed-refused-{}", std::process::id()));
        std::fs::create_dir_all(&place).expect("a folder");
        let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/core-drop.toml");
        let text = std::fs::read_to_string(scenario).expect("a scenario");
        let filled = text.parse::<Table>().map(|mut table| {
            table.insert("testbed".to_owned(), toml::toml! { push_bytes = 60001 }.into());
            table.to_string()
        });
        let (file, out) = (place.join("experiment.toml"), place.join("out"));
        for (text, told) in [
            (filled.expect("TOML"), "push_bytes = 60001: accepted are up to 60000"),
            (text.replacen("horizon", "horizon_", 1), "horizon_"),
            (format!("{REPEATED}\n{text}"), "faults with at"),
        ] {
            std::fs::write(&file, text).expect("a file");
            for _ in 0..2 {
                let error = run(&file, &out, 1).expect_err(told);
                assert!(error.contains(told) && !out.exists(), "{error}");
            }
        }
        std::fs::remove_dir_all(&place).expect("the folder");
    }
}
