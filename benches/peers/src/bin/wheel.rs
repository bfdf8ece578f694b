//! This project's event queue on the hold workload: the cost of the queue alone.

use peers::{Draws, Task, nanos};
use des::{Duration, EventQueue, Time};

fn main() {
    let task = Task::from_arguments();
    assert_eq!(task.workload, "hold", "the other workloads are experiment files");
    let (mut queue, mut draws, mut now) = (EventQueue::new(), Draws::new(task.seed), Time::ZERO);
    let mut delay = || Duration::from_nanos(nanos(draws.exponential(1.0)));
    for item in 0..task.pending {
        queue.push(now + delay(), item);
    }
    for _ in 0..task.size {
        let (time, item) = queue.pop().expect("items stay");
        now = time;
        queue.push(now + delay(), item);
    }
    println!("{}", now.as_secs_f64() * task.pending as f64 / task.size as f64);
}
