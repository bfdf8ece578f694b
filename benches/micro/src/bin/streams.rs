//! Writes the simulator's draws to standard output as raw bits, in one of several orders, until the pipe closes.
//!
//! `streams NAME [SEED]`; without a name it lists the names. `benches/battery.py` tests each order.

use std::io::{self, Write};
use std::process::ExitCode;

use des::{Draws, RunKey, Sequence};

/// The purposes of the model's draws, with the model's numbers.
const PURPOSES: std::ops::Range<u32> = 16..77;
/// Number of runs in turn.
const RUNS: u32 = 64;
/// The key of the deliberately poor generator: odd, no digit twice in a half.
const KEY: u64 = 0xc58e_fd15_4ce3_2f6d;

/// The value at each position; its lowest `width` bits are written.
struct Order {
    width: u32,
    at: Box<dyn FnMut(u64) -> u64>,
}

type Maker = fn(u64) -> Order;

const ORDERS: [(&str, Maker); 17] = [
    // One purpose, 64 bits a draw.
    ("peers", |seed| draws(seed, |n| (low(n), 0))),
    ("indices", |seed| draws(seed, |n| (0, low(n)))),
    ("few", |seed| draws(seed, |n| (low(n) % 16, low(n / 16)))),
    // As handshakes number their packets: 4 attempts of 2 initiations of 2 packets each.
    ("packets", |seed| draws(seed, |n| (low(n / 16), (low(n) / 4 % 4) << 11 | (low(n) / 2 % 2) << 3 | (low(n) % 2)))),
    // Peers that arrive, and peers that exist at the start, whose numbers begin at 2^31.
    ("existing", |seed| draws(seed, |n| ((low(n) % 2) << 31 | low(n / 2), 0))),
    ("reversed", |seed| {
        let mut order = draws(seed, |n| (low(n), 0));
        Order { width: 64, at: Box::new(move |n| (order.at)(n).reverse_bits()) }
    }),
    // One purpose, a part of each draw.
    ("high", |seed| {
        let mut order = draws(seed, |n| (low(n), 0));
        Order { width: 32, at: Box::new(move |n| (order.at)(n) >> 32) }
    }),
    ("low", |seed| Order { width: 32, ..draws(seed, |n| (low(n), 0)) }),
    ("uniforms", |seed| {
        let draws = first(seed, 0);
        Order { width: 53, at: Box::new(move |n| whole(draws.uniform(low(n), 0))) }
    }),
    // Several keys in turn.
    ("purposes", |seed| in_turn(PURPOSES.map(|purpose| Draws::new(RunKey { seed, replication: 0 }, purpose)))),
    ("replications", |seed| in_turn((0..RUNS).map(|replication| first(seed, replication)))),
    ("seeds", |seed| in_turn((0..RUNS).map(|n| first(seed + u64::from(n), 0)))),
    // A new key every fourth draw: the first peers of one run after another.
    ("runs", |seed| {
        let mut draws = first(seed, 0);
        let at = move |n: u64| {
            if n.is_multiple_of(4) {
                draws = first(seed, low(n / 4));
            }
            draws.bits(low(n) % 4, 0)
        };
        Order { width: 64, at: Box::new(at) }
    }),
    ("sequence", |seed| {
        let mut sequence = Sequence::new(RunKey { seed, replication: 0 }, 1, 0);
        Order { width: 53, at: Box::new(move |_| whole(sequence.uniform())) }
    }),
    // Deliberately poor: two rounds of Squares; RANDU; two runs of which one is a step behind the other.
    ("poor-rounds", |_| Order { width: 64, at: Box::new(|n| squares(n << 32, 2)) }),
    ("poor-randu", |_| {
        let mut state = 1_u64;
        let at = move |_| {
            state = state * 65_539 % (1 << 31);
            state << 1
        };
        Order { width: 32, at: Box::new(at) }
    }),
    ("poor-twins", |seed| draws(seed, |n| (low(n / 2 + n % 2), 0))),
];

/// The draws of the first purpose.
fn first(seed: u64, replication: u32) -> Draws {
    Draws::new(RunKey { seed, replication }, PURPOSES.start)
}

fn draws(seed: u64, name: fn(u64) -> (u32, u32)) -> Order {
    let draws = first(seed, 0);
    let at = move |n| {
        let (instance, index) = name(n);
        draws.bits(instance, index)
    };
    Order { width: 64, at: Box::new(at) }
}

/// The first draw of each peer, of every generator before the next peer.
fn in_turn(generators: impl Iterator<Item = Draws>) -> Order {
    let generators: Vec<Draws> = generators.collect();
    let (mut turn, mut peer) = (0, 0);
    let at = move |_| {
        let bits = generators[turn].bits(peer, 0);
        turn += 1;
        if turn == generators.len() {
            (turn, peer) = (0, peer + 1);
        }
        bits
    };
    Order { width: 64, at: Box::new(at) }
}

/// Squares with too few rounds.
fn squares(counter: u64, rounds: u32) -> u64 {
    let y = counter.wrapping_mul(KEY);
    let z = y.wrapping_add(KEY);
    (0..rounds).fold(y, |x, round| {
        let weyl = if round % 2 == 0 { y } else { z };
        x.wrapping_mul(x).wrapping_add(weyl).rotate_right(32)
    })
}

/// The 53 bits of a uniform.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number in [0, 2^53)")]
fn whole(uniform: f64) -> u64 {
    (uniform * 9_007_199_254_740_992.0) as u64
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is wanted")]
fn low(n: u64) -> u32 {
    n as u32
}

fn write(mut order: Order, out: &mut impl Write) -> io::Result<()> {
    let mask = u64::MAX >> (64 - order.width);
    let (mut bits, mut held) = (0_u128, 0);
    for n in 0.. {
        bits |= u128::from((order.at)(n) & mask) << held;
        held += order.width;
        while held >= 32 {
            out.write_all(&low((bits & 0xffff_ffff).try_into().expect("32 bits")).to_le_bytes())?;
            bits >>= 32;
            held -= 32;
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (name, seed) = (arguments.next(), arguments.next().map_or(Ok(1), |text| text.parse()));
    let Some((_, maker)) = ORDERS.iter().find(|(known, _)| name.as_deref() == Some(known)) else {
        println!("{}", ORDERS.map(|(name, _)| name).join(" "));
        return if name.is_none() { ExitCode::SUCCESS } else { ExitCode::from(2) };
    };
    let Ok(seed) = seed else { return ExitCode::from(2) };
    // Ends when the reader closes the pipe.
    let _closed = write(maker(seed), &mut io::BufWriter::with_capacity(1 << 16, io::stdout().lock()));
    ExitCode::SUCCESS
}
