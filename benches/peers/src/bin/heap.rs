//! The baseline: a `BinaryHeap` of (time, sequence, event), the simplest implementation.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

use peers::{Answer, Draws, LOAD, RATE, RETRY, TRIES, Task, nanos};

struct Entry<E> {
    time: u64,
    sequence: u64,
    event: E,
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl<E> Eq for Entry<E> {}
impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.time, other.sequence).cmp(&(self.time, self.sequence))
    }
}

struct Queue<E> {
    heap: BinaryHeap<Entry<E>>,
    sequence: u64,
    now: u64,
}

impl<E> Queue<E> {
    fn new() -> Self {
        Self { heap: BinaryHeap::new(), sequence: 0, now: 0 }
    }

    fn push(&mut self, delay: f64, event: E) {
        self.sequence += 1;
        self.heap.push(Entry { time: self.now + nanos(delay), sequence: self.sequence, event });
    }

    fn pop(&mut self) -> Option<E> {
        let entry = self.heap.pop()?;
        self.now = entry.time;
        Some(entry.event)
    }
}

fn hold(task: &Task) -> Answer {
    let (mut queue, mut draws) = (Queue::new(), Draws::new(task.seed));
    for item in 0..task.pending {
        queue.push(draws.exponential(1.0), item);
    }
    for _ in 0..task.size {
        let item = queue.pop().expect("items stay");
        queue.push(draws.exponential(1.0), item);
    }
    // Each item is served once a second on average.
    Answer { count: task.size, sum: queue.now as f64 / 1e9 * task.pending as f64, ..Answer::default() }
}

fn mm1(task: &Task) -> Answer {
    enum Event {
        Arrived,
        Served,
    }
    let (mut queue, mut draws, mut answer) = (Queue::new(), Draws::new(task.seed), Answer::default());
    let mut waiting: VecDeque<u64> = VecDeque::new();
    let mut busy = false;
    queue.push(draws.exponential(1.0 / LOAD), Event::Arrived);
    while answer.count < task.size {
        match queue.pop().expect("arrivals go on") {
            Event::Arrived => {
                queue.push(draws.exponential(1.0 / LOAD), Event::Arrived);
                if busy {
                    waiting.push_back(queue.now);
                } else {
                    busy = true;
                    answer.count += 1;
                    queue.push(draws.exponential(1.0), Event::Served);
                }
            }
            Event::Served => match waiting.pop_front() {
                Some(since) => {
                    answer.count += 1;
                    answer.sum += (queue.now - since) as f64 / 1e9;
                    queue.push(draws.exponential(1.0), Event::Served);
                }
                None => busy = false,
            },
        }
    }
    answer
}

#[derive(Clone, Copy, Default)]
struct Client {
    first_sent: u64,
    tries: u8,
    installed: bool,
}

fn push(task: &Task) -> Answer {
    enum Event {
        Arrived,
        Created { client: u32 },
        Installed { client: u32 },
        Knocked { client: u32 },
        Answered { client: u32 },
    }
    let (mut queue, mut draws, mut answer) = (Queue::new(), Draws::new(task.seed), Answer::default());
    let mut clients = vec![Client::default(); task.size as usize];
    let mut arrived = 0;
    queue.push(draws.exponential(1.0 / RATE), Event::Arrived);
    while let Some(event) = queue.pop() {
        match event {
            Event::Arrived => {
                queue.push(draws.api(), Event::Created { client: arrived });
                arrived += 1;
                if u64::from(arrived) < task.size {
                    queue.push(draws.exponential(1.0 / RATE), Event::Arrived);
                }
            }
            Event::Created { client } => {
                clients[client as usize].first_sent = queue.now;
                if !draws.lost() {
                    queue.push(draws.bus(), Event::Installed { client });
                }
                queue.push(draws.path(), Event::Knocked { client });
            }
            Event::Installed { client } => clients[client as usize].installed = true,
            Event::Knocked { client } => {
                let state = &mut clients[client as usize];
                state.tries += 1;
                if state.installed {
                    queue.push(draws.path(), Event::Answered { client });
                } else if state.tries == TRIES {
                    answer.failed();
                } else {
                    queue.push(RETRY, Event::Knocked { client });
                }
            }
            Event::Answered { client } => {
                answer.connected((queue.now - clients[client as usize].first_sent) as f64 / 1e9);
            }
        }
    }
    answer
}

fn main() {
    let task = Task::from_arguments();
    let answer = match task.workload.as_str() {
        "hold" => hold(&task),
        "mm1" => mm1(&task),
        "push" => push(&task),
        other => panic!("no workload {other}"),
    };
    answer.print(&task);
}
