//! A waiting line in forty lines: one worker against two that are half as fast, on the same customers.
//!
//! ```text
//! cargo run --package pushpull-des --example queue
//! ```
//!
//! Theory for one worker, an M/M/1 queue at a load of 0.8: a customer waits 4 s on average.

use std::collections::VecDeque;

use des::{Distribution, Draws, Duration, EventQueue, RunKey, Sequence, Time};

/// Purposes of random numbers: each is a stream of its own.
const ARRIVALS: u32 = 1;
const SERVICE: u32 = 2;

#[derive(Clone, Copy)]
enum Event {
    Arrival,
    Departure,
}

/// The mean wait of 200,000 customers, in seconds.
fn mean_wait(key: RunKey, workers: usize) -> f64 {
    let mut gaps = Sequence::new(key, ARRIVALS, 0);
    let service = Distribution::exponential(workers as f64);
    let draws = Draws::new(key, SERVICE);
    let mut queue = EventQueue::new();
    queue.push(Time::ZERO, Event::Arrival);
    let (mut line, mut busy, mut customers, mut waited) = (VecDeque::new(), 0, 0, Duration::ZERO);
    while let Some((now, event)) = queue.pop() {
        match event {
            Event::Arrival => {
                line.push_back((customers, now));
                customers += 1;
                if customers < 200_000 {
                    queue.push(now + gaps.exponential(1.25), Event::Arrival);
                }
            }
            Event::Departure => busy -= 1,
        }
        if busy < workers
            && let Some((customer, since)) = line.pop_front()
        {
            busy += 1;
            waited += now.saturating_since(since);
            // The draw is named by the customer, so it is the same however many workers there are.
            queue.push(now + draws.duration(customer, 0, &service), Event::Departure);
        }
    }
    waited.as_secs_f64() / f64::from(customers)
}

fn main() {
    println!("seed  one worker  two half as fast  difference");
    for seed in 1..=5 {
        let key = RunKey { seed, replication: 0 };
        let (one, two) = (mean_wait(key, 1), mean_wait(key, 2));
        println!("{seed:>4}  {one:>8.3} s  {two:>14.3} s  {:>8.3} s", two - one);
    }
}
