//! The workloads in desque: events are boxed trait objects in a `BinaryHeap`.

use std::collections::VecDeque;

use desque::serial::{OkEvent, Simulation};
use desque::{SimState, SimTime};
use peers::{Answer, Draws, LOAD, RATE, RETRY, TRIES, Task, nanos};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Nanos(u64);

impl SimTime for Nanos {}

#[derive(Clone, Copy, Default)]
struct Client {
    first_sent: u64,
    tries: u8,
    installed: bool,
}

struct World {
    draws: Draws,
    answer: Answer,
    size: u64,
    done: bool,
    waiting: VecDeque<u64>,
    busy: bool,
    clients: Vec<Client>,
    arrived: u32,
}

impl SimState<Nanos> for World {
    fn is_complete(&self, _: &Nanos) -> bool {
        self.done
    }
}

type Sim = Simulation<World, Nanos>;

fn after<E: OkEvent<World, Nanos> + 'static>(sim: &mut Sim, delay: f64, event: E) {
    let at = Nanos(sim.current_time().0 + nanos(delay));
    sim.schedule(event, at).expect("time runs forwards");
}

#[derive(Debug)]
struct Held(u64);
impl OkEvent<World, Nanos> for Held {
    fn execute(&mut self, sim: &mut Sim) {
        let world = sim.state_mut();
        world.answer.count += 1;
        world.done = world.answer.count == world.size;
        let delay = world.draws.exponential(1.0);
        after(sim, delay, Self(self.0));
    }
}

#[derive(Debug)]
struct CustomerArrived;
impl OkEvent<World, Nanos> for CustomerArrived {
    fn execute(&mut self, sim: &mut Sim) {
        let delay = sim.state_mut().draws.exponential(1.0 / LOAD);
        after(sim, delay, Self);
        let now = sim.current_time().0;
        let world = sim.state_mut();
        if world.busy {
            world.waiting.push_back(now);
        } else {
            world.busy = true;
            world.answer.count += 1;
            let delay = world.draws.exponential(1.0);
            after(sim, delay, CustomerServed);
        }
    }
}

#[derive(Debug)]
struct CustomerServed;
impl OkEvent<World, Nanos> for CustomerServed {
    fn execute(&mut self, sim: &mut Sim) {
        let now = sim.current_time().0;
        let world = sim.state_mut();
        let Some(since) = world.waiting.pop_front() else {
            world.busy = false;
            return;
        };
        world.answer.count += 1;
        world.answer.sum += (now - since) as f64 / 1e9;
        world.done = world.answer.count >= world.size;
        let delay = world.draws.exponential(1.0);
        after(sim, delay, Self);
    }
}

#[derive(Debug)]
struct ClientArrived;
impl OkEvent<World, Nanos> for ClientArrived {
    fn execute(&mut self, sim: &mut Sim) {
        let world = sim.state_mut();
        let (client, delay) = (world.arrived, world.draws.api());
        world.arrived += 1;
        let next = (u64::from(world.arrived) < world.size).then(|| world.draws.exponential(1.0 / RATE));
        after(sim, delay, Created(client));
        if let Some(next) = next {
            after(sim, next, Self);
        }
    }
}

#[derive(Debug)]
struct Created(u32);
impl OkEvent<World, Nanos> for Created {
    fn execute(&mut self, sim: &mut Sim) {
        let now = sim.current_time().0;
        let world = sim.state_mut();
        world.clients[self.0 as usize].first_sent = now;
        let bus = (!world.draws.lost()).then(|| world.draws.bus());
        let path = world.draws.path();
        if let Some(bus) = bus {
            after(sim, bus, Installed(self.0));
        }
        after(sim, path, Knocked(self.0));
    }
}

#[derive(Debug)]
struct Installed(u32);
impl OkEvent<World, Nanos> for Installed {
    fn execute(&mut self, sim: &mut Sim) {
        sim.state_mut().clients[self.0 as usize].installed = true;
    }
}

#[derive(Debug)]
struct Knocked(u32);
impl OkEvent<World, Nanos> for Knocked {
    fn execute(&mut self, sim: &mut Sim) {
        let world = sim.state_mut();
        let state = &mut world.clients[self.0 as usize];
        state.tries += 1;
        if state.installed {
            let path = world.draws.path();
            after(sim, path, Answered(self.0));
        } else if state.tries == TRIES {
            world.answer.failed();
        } else {
            after(sim, RETRY, Self(self.0));
        }
    }
}

#[derive(Debug)]
struct Answered(u32);
impl OkEvent<World, Nanos> for Answered {
    fn execute(&mut self, sim: &mut Sim) {
        let now = sim.current_time().0;
        let world = sim.state_mut();
        let since = world.clients[self.0 as usize].first_sent;
        world.answer.connected((now - since) as f64 / 1e9);
    }
}

fn main() {
    let task = Task::from_arguments();
    let clients = if task.workload == "push" { task.size as usize } else { 0 };
    let world = World {
        draws: Draws::new(task.seed),
        answer: Answer::default(),
        size: task.size,
        done: false,
        waiting: VecDeque::new(),
        busy: false,
        clients: vec![Client::default(); clients],
        arrived: 0,
    };
    let mut sim = Simulation::new(world, Nanos(0));
    match task.workload.as_str() {
        "hold" => {
            for item in 0..task.pending {
                let delay = sim.state_mut().draws.exponential(1.0);
                after(&mut sim, delay, Held(item));
            }
        }
        "mm1" => after(&mut sim, 0.0, CustomerArrived),
        "push" => after(&mut sim, 0.0, ClientArrived),
        other => panic!("no workload {other}"),
    }
    sim.run().expect("no event fails");
    if task.workload == "hold" {
        let end = sim.current_time().0 as f64 / 1e9;
        sim.state_mut().answer.sum = end * task.pending as f64;
    }
    sim.state().answer.print(&task);
}
