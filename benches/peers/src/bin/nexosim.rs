//! The workloads in nexosim, each as one model that schedules its own events.

use std::collections::VecDeque;
use std::time::Duration;

use nexosim::model::{Context, Model, schedulable};
use nexosim::ports::{EventSinkReader, EventSource, Output, SinkState, event_slot};
use nexosim::simulation::{Mailbox, SimInit};
use nexosim::time::MonotonicTime;
use peers::{Answer, Draws, LOAD, RATE, RETRY, TRIES, Task, nanos};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Default)]
struct Client {
    first_sent: u64,
    tries: u8,
    installed: bool,
}

#[derive(Default)]
struct World {
    draws: Draws,
    answer: Answer,
    size: u64,
    pending: u64,
    arrived: u32,
    waiting: VecDeque<u64>,
    busy: bool,
    clients: Vec<Client>,
}

#[derive(Serialize, Deserialize)]
struct Peer {
    result: Output<(u64, f64, u64, u64)>,
    #[serde(skip)]
    world: World,
}

fn delay(seconds: f64) -> Duration {
    // A delay of zero is an error in nexosim.
    Duration::from_nanos(nanos(seconds).max(1))
}

fn now(cx: &Context<Peer>) -> u64 {
    let time = cx.time();
    time.as_secs() as u64 * 1_000_000_000 + u64::from(time.subsec_nanos())
}

#[Model]
impl Peer {
    pub async fn begin(&mut self, workload: String, cx: &Context<Self>) {
        match workload.as_str() {
            "hold" => {
                for item in 0..self.world.pending {
                    cx.schedule_event(delay(self.world.draws.exponential(1.0)), schedulable!(Self::held), item).unwrap();
                }
            }
            "mm1" => self.customer_arrived((), cx).await,
            "push" => self.client_arrived((), cx).await,
            other => panic!("no workload {other}"),
        }
    }

    #[nexosim(schedulable)]
    async fn held(&mut self, item: u64, cx: &Context<Self>) {
        let world = &mut self.world;
        world.answer.count += 1;
        if world.answer.count == world.size {
            world.answer.sum = now(cx) as f64 / 1e9 * world.pending as f64;
            return self.end().await;
        }
        let wait = delay(world.draws.exponential(1.0));
        cx.schedule_event(wait, schedulable!(Self::held), item).unwrap();
    }

    #[nexosim(schedulable)]
    async fn customer_arrived(&mut self, _: (), cx: &Context<Self>) {
        let world = &mut self.world;
        if world.answer.count < world.size {
            let gap = delay(world.draws.exponential(1.0 / LOAD));
            cx.schedule_event(gap, schedulable!(Self::customer_arrived), ()).unwrap();
        }
        if world.busy {
            world.waiting.push_back(now(cx));
        } else {
            world.busy = true;
            world.answer.count += 1;
            let service = delay(world.draws.exponential(1.0));
            cx.schedule_event(service, schedulable!(Self::customer_served), ()).unwrap();
        }
    }

    #[nexosim(schedulable)]
    async fn customer_served(&mut self, _: (), cx: &Context<Self>) {
        let world = &mut self.world;
        let Some(since) = world.waiting.pop_front() else {
            world.busy = false;
            return;
        };
        world.answer.count += 1;
        world.answer.sum += (now(cx) - since) as f64 / 1e9;
        if world.answer.count == world.size {
            return self.end().await;
        }
        let service = delay(world.draws.exponential(1.0));
        cx.schedule_event(service, schedulable!(Self::customer_served), ()).unwrap();
    }

    #[nexosim(schedulable)]
    async fn client_arrived(&mut self, _: (), cx: &Context<Self>) {
        let world = &mut self.world;
        let client = world.arrived;
        world.arrived += 1;
        cx.schedule_event(delay(world.draws.api()), schedulable!(Self::created), client).unwrap();
        if u64::from(world.arrived) < world.size {
            let gap = delay(world.draws.exponential(1.0 / RATE));
            cx.schedule_event(gap, schedulable!(Self::client_arrived), ()).unwrap();
        }
    }

    #[nexosim(schedulable)]
    async fn created(&mut self, client: u32, cx: &Context<Self>) {
        let world = &mut self.world;
        world.clients[client as usize].first_sent = now(cx);
        if !world.draws.lost() {
            cx.schedule_event(delay(world.draws.bus()), schedulable!(Self::installed), client).unwrap();
        }
        cx.schedule_event(delay(world.draws.path()), schedulable!(Self::knocked), client).unwrap();
    }

    #[nexosim(schedulable)]
    async fn installed(&mut self, client: u32) {
        self.world.clients[client as usize].installed = true;
    }

    #[nexosim(schedulable)]
    async fn knocked(&mut self, client: u32, cx: &Context<Self>) {
        let world = &mut self.world;
        let state = &mut world.clients[client as usize];
        state.tries += 1;
        if state.installed {
            cx.schedule_event(delay(world.draws.path()), schedulable!(Self::answered), client).unwrap();
        } else if state.tries < TRIES {
            cx.schedule_event(delay(RETRY), schedulable!(Self::knocked), client).unwrap();
        } else {
            world.answer.failed();
            self.end_if_last().await;
        }
    }

    #[nexosim(schedulable)]
    async fn answered(&mut self, client: u32, cx: &Context<Self>) {
        let since = self.world.clients[client as usize].first_sent;
        self.world.answer.connected((now(cx) - since) as f64 / 1e9);
        self.end_if_last().await;
    }

    async fn end_if_last(&mut self) {
        if self.world.answer.count + self.world.answer.failed == self.world.size {
            self.end().await;
        }
    }

    async fn end(&mut self) {
        let Answer { count, sum, stalled, failed } = self.world.answer;
        self.result.send((count, sum, stalled, failed)).await;
    }
}

fn main() {
    let task = Task::from_arguments();
    let clients = if task.workload == "push" { task.size as usize } else { 0 };
    let world = World {
        draws: Draws::new(task.seed),
        size: task.size,
        pending: task.pending,
        clients: vec![Client::default(); clients],
        ..World::default()
    };
    let mut peer = Peer { result: Output::default(), world };
    let mailbox = Mailbox::new();
    let mut bench = SimInit::with_num_threads(1);
    let begin = EventSource::new().connect(Peer::begin, &mailbox).register(&mut bench);
    let (sink, mut result) = event_slot(SinkState::Enabled);
    peer.result.connect_sink(sink);
    let mut simulation = bench.add_model(peer, mailbox, "peer").init(MonotonicTime::EPOCH).expect("it starts");
    simulation.process_event(&begin, task.workload.clone()).expect("it begins");
    let (count, sum, stalled, failed) = loop {
        if let Some(result) = result.try_read() {
            break result;
        }
        simulation.step().expect("no event fails");
    };
    Answer { count, sum, stalled, failed }.print(&task);
}
