//! What all roles of a run are told: the experiment, the ports, the seed.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use boringtun::x25519::{PublicKey, StaticSecret};
use pushpull::model::Scenario;
use pushpull::plan::{Overrides, Plan};
use rand::Rng as _;
use serde::{Deserialize, Serialize};

use crate::clock;

/// What a run of real parts is told beside the experiment.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Bench {
    pub(crate) seed: u64,
    /// Where all roles write.
    pub(crate) folder: PathBuf,
    /// Address of the NATS server.
    pub(crate) nats: String,
    /// Port of the API.
    pub(crate) api: u16,
    /// For each gateway its UDP port, and its port for pushes by HTTP.
    pub(crate) gateways: Vec<(u16, u16)>,
    /// What fills each push, bytes.
    pub(crate) push_bytes: usize,
    /// Bytes that the server that is started keeps for a slow subscriber; none: its own default.
    pub(crate) max_pending: Option<usize>,
    /// Whether a fault of the API freezes its process; else it is killed.
    #[serde(default)]
    pub(crate) freeze: bool,
}

impl Bench {
    const FILE: &str = "bench.json";

    pub(crate) fn read(folder: &Path) -> Self {
        let text = std::fs::read_to_string(folder.join(Self::FILE)).expect("the file that `testbed run` has written");
        serde_json::from_str(&text).expect("the text that `testbed run` has written")
    }

    pub(crate) fn write(&self) -> std::io::Result<()> {
        let text = serde_json::to_string_pretty(self).expect("numbers and texts");
        std::fs::write(self.folder.join(Self::FILE), text + "\n")
    }

    /// The scenario of the run.
    pub(crate) fn scenario(&self) -> Scenario {
        let file = self.folder.join("experiment.toml");
        let plan = Plan::read(&file, &Overrides::default()).unwrap_or_else(|error| panic!("{error}"));
        plan.scenario(0, 0)
    }

    /// A log of this run: one JSON object a line.
    pub(crate) fn log(&self, name: &str) -> Log {
        let path = self.folder.join(name);
        let file = OpenOptions::new().create(true).append(true).open(&path);
        Log(Mutex::new(file.unwrap_or_else(|error| panic!("{}: {error}", path.display()))))
    }
}

/// Lines of JSON, each written at once, so that a killed process loses none.
pub(crate) struct Log(Mutex<File>);

impl Log {
    pub(crate) fn line(&self, value: &serde_json::Value) {
        let mut file = self.0.lock().expect("no writer panics");
        file.write_all(format!("{value}\n").as_bytes()).expect("room on the disk");
    }
}

/// The keys of a gateway.
pub(crate) fn gateway_keys(gateway: usize) -> (StaticSecret, PublicKey) {
    let secret = StaticSecret::from(clock::stream(0, purpose::GATEWAY_KEY, gateway as u64).random::<[u8; 32]>());
    let public = PublicKey::from(&secret);
    (secret, public)
}

/// Names of the streams of draws.
pub(crate) mod purpose {
    pub(crate) const GATEWAY_KEY: u64 = 1;
    pub(crate) const ARRIVALS: u64 = 2;
    pub(crate) const CLIENT: u64 = 3;
    pub(crate) const DOWNLINK: u64 = 4;
    pub(crate) const API: u64 = 5;
    pub(crate) const GATEWAY: u64 = 6;
    pub(crate) const CALIBRATION: u64 = 7;
}
