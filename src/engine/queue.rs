//! The event queue: a hierarchical timing wheel whose nearest slot is sorted when its turn comes.
//!
//! Total order: time, then the order of pushing. Exact to the nanosecond, without tuning, and of flat cost up to
//! millions of pending events: far slots are appended to in sequence and touched once a level.
//!
//! Each level resolves some bits of time. An event at `time` lies in the level of the highest bit in which `time`
//! differs from the cursor, in the slot that the level's bits name. When the lowest occupied slot holds few events it
//! becomes the *run*, sorted; else it is dealt out over the level below. The cursor moves only when a slot is opened,
//! and opening empties it, so two events at one instant always meet in the same slot in the order of pushing.
//!
//! There is no peek: [`EventQueue::pop_before`] takes a limit and never opens a slot that begins at or after it.

use std::cmp::Reverse;

use super::time::Time;

/// Bits of time that each level resolves, the finest first.
///
/// Slots of a millisecond, of which there are many: what is due within a quarter of a second is mostly pushed once.
const BITS: [u32; 10] = [5, 5, 5, 5, 8, 8, 8, 8, 8, 4];
/// Slots of all levels, one level after the other, and some that are never used: a power of two.
const SLOTS: usize = 1 << 11;
/// Words of 64 slots.
const WORDS: usize = SLOTS / 64;
/// A slot with at most this many events is sorted rather than dealt out.
const RUN_MAX: usize = 48;
/// At most this many are sorted by a network.
const FEW: usize = 8;
/// A slot dealt out keeps its room up to this many events.
const KEPT_MAX: usize = 1 << 10;
/// A run that has grown to this many events is dealt out again.
const RUN_OVERFULL: usize = 192;

/// One level of the wheel.
#[derive(Clone, Copy)]
struct Level {
    /// The lowest bit of time that it resolves.
    shift: u8,
    /// Its slots, less one.
    mask: u8,
    /// The first of them.
    first: u16,
}

/// The levels, the finest first.
const LEVELS: [Level; BITS.len()] = {
    let mut levels = [Level { shift: 0, mask: 0, first: 0 }; BITS.len()];
    let (mut level, mut shift, mut first) = (0, 0, 0);
    while level < BITS.len() {
        let slots = 1 << BITS[level];
        levels[level] = Level { shift, mask: (slots - 1) as u8, first };
        shift += BITS[level] as u8;
        first += slots;
        level += 1;
    }
    levels
};

/// The level that resolves each bit of time.
const LEVEL_OF_BIT: [Level; 64] = {
    let mut levels = [LEVELS[0]; 64];
    let (mut bit, mut level) = (0, 0);
    while bit < 64 {
        if level + 1 < LEVELS.len() && LEVELS[level + 1].shift as usize == bit {
            level += 1;
        }
        levels[bit] = LEVELS[level];
        bit += 1;
    }
    levels
};

impl Level {
    /// The slot of `time`.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "a level has at most 256 slots")]
    const fn slot(self, time: u64) -> usize {
        (self.first as usize + ((time >> self.shift) as u8 & self.mask) as usize) % SLOTS
    }
}

#[derive(Clone, Copy)]
struct Entry<E> {
    time: u64,
    event: E,
}

/// Events waiting for their time.
///
/// ```
/// use pushpull::engine::{EventQueue, Time};
/// let mut queue = EventQueue::new();
/// queue.push(Time::from_nanos(7), 'b');
/// queue.push(Time::from_nanos(3), 'a');
/// queue.push(Time::from_nanos(7), 'c');
/// assert_eq!(queue.pop_before(Time::from_nanos(7)), Some((Time::from_nanos(3), 'a')));
/// assert_eq!(queue.pop_before(Time::from_nanos(7)), None);
/// assert_eq!(queue.pop(), Some((Time::from_nanos(7), 'b')));
/// assert_eq!(queue.pop(), Some((Time::from_nanos(7), 'c')));
/// ```
pub struct EventQueue<E> {
    /// The nearest events in descending order, of two equal ones the later pushed first: popped from the back.
    run: Vec<Entry<E>>,
    /// Everything before this lies in the run, or has been popped; the last event popped was no later.
    run_end: u64,
    /// No event in a slot is earlier; slots are relative to it.
    cursor: u64,
    /// Time of the last event popped.
    now: u64,
    /// Which slots hold events.
    occupied: [u64; WORDS],
    slots: Box<[Vec<Entry<E>>; SLOTS]>,
}

impl<E: Copy> Default for EventQueue<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: Copy> EventQueue<E> {
    /// An empty queue at time zero.
    #[must_use]
    pub fn new() -> Self {
        Self {
            run: Vec::new(),
            run_end: 0,
            cursor: 0,
            now: 0,
            occupied: [0; WORDS],
            slots: Box::new(std::array::from_fn(|_| Vec::new())),
        }
    }

    /// Events waiting, counted one slot after the other.
    #[must_use]
    pub fn len(&self) -> usize {
        self.run.len() + self.slots.iter().map(Vec::len).sum::<usize>()
    }

    /// Whether no event waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.run.is_empty() && self.occupied == [0; WORDS]
    }

    /// Adds an event. One at [`Time::NEVER`] is kept like any other.
    ///
    /// # Panics
    /// If `time` is before the last event popped: cause precedes effect.
    #[inline(never)]
    pub fn push(&mut self, time: Time, event: E) {
        let time = time.as_nanos();
        let entry = Entry { time, event };
        if time < self.run_end {
            if time < self.now {
                in_the_past(time, self.now);
            }
            self.insert_into_run(entry);
        } else {
            self.insert_into_slot(entry);
        }
    }

    /// Whether it is sure that no event waits at `now` or before. False says nothing: looking further would cost.
    #[must_use]
    #[inline]
    pub fn is_clear_at(&self, now: Time) -> bool {
        self.run.last().map_or(self.run_end, |entry| entry.time) > now.as_nanos()
    }

    /// Takes the first event.
    #[inline]
    pub fn pop(&mut self) -> Option<(Time, E)> {
        if self.run.is_empty() {
            self.refill(0);
        }
        let entry = self.run.pop()?;
        self.now = entry.time;
        Some((Time::from_nanos(entry.time), entry.event))
    }

    /// Takes the first event if its time is before `limit`.
    #[inline]
    pub fn pop_before(&mut self, limit: Time) -> Option<(Time, E)> {
        loop {
            if let Some(&Entry { time, event }) = self.run.last() {
                if time >= limit.as_nanos() {
                    return None;
                }
                self.run.pop();
                self.now = time;
                return Some((Time::from_nanos(time), event));
            }
            if !self.refill(limit.as_nanos()) {
                return None;
            }
        }
    }

    /// Opens slots until the run, which is empty, holds the first event; false if none can be before `limit`, where zero
    /// is no limit.
    #[inline(never)]
    fn refill(&mut self, limit: u64) -> bool {
        loop {
            // Slots are numbered from the lowest level up.
            let Some(word) = self.occupied.iter().position(|&slots| slots != 0) else { return false };
            let slot = word * 64 + self.occupied[word].trailing_zeros() as usize;
            let number = level_of_slot(slot);
            let start = slot_start(self.cursor, number, slot);
            if start > limit.wrapping_sub(1) {
                return false;
            }
            self.cursor = start;
            self.occupied[word] &= self.occupied[word] - 1;
            if self.open(number, slot, start) {
                return true;
            }
        }
    }

    /// Makes a slot the run, or, false, deals it out over the level below.
    #[inline(always)]
    fn open(&mut self, level: usize, number: usize, start: u64) -> bool {
        let slot = &mut self.slots[number];
        if level == 0 || slot.len() <= RUN_MAX {
            let run = &mut self.run;
            match slot.len() {
                1 => take_few::<E, 1>(slot, start, run),
                2 => take_few::<E, 2>(slot, start, run),
                3 => take_few::<E, 3>(slot, start, run),
                4 => take_few::<E, 4>(slot, start, run),
                5 => take_few::<E, 5>(slot, start, run),
                6 => take_few::<E, 6>(slot, start, run),
                7 => take_few::<E, 7>(slot, start, run),
                FEW => take_few::<E, FEW>(slot, start, run),
                _ => {
                    std::mem::swap(run, slot);
                    // Reversed before a stable sort: of equal times the first pushed ends up last, to be popped first.
                    run.reverse();
                    run.sort_by_key(|entry| Reverse(entry.time));
                }
            }
            self.run_end = (start | ((1 << LEVELS[level].shift) - 1)).saturating_add(1);
            return true;
        }
        self.run_end = start;
        let mut dealt = std::mem::take(slot);
        // All below are empty, and nothing is pushed before the first of these slots is opened.
        let below = LEVELS[level - 1];
        for &entry in &dealt {
            self.put(below.slot(entry.time), entry);
        }
        dealt.clear();
        // Slots far away are large and rare: the room of one that is empty again is better given back.
        if dealt.capacity() <= KEPT_MAX {
            self.slots[number] = dealt;
        }
        false
    }

    #[inline(always)]
    fn insert_into_slot(&mut self, entry: Entry<E>) {
        let differing = (entry.time ^ self.cursor) | 1;
        self.put(LEVEL_OF_BIT[differing.ilog2() as usize].slot(entry.time), entry);
    }

    #[inline(always)]
    fn put(&mut self, slot: usize, entry: Entry<E>) {
        self.occupied[slot / 64] |= 1 << (slot % 64);
        let slot = &mut self.slots[slot];
        if slot.len() == slot.capacity() {
            return push_growing(slot, entry);
        }
        slot.push(entry);
    }

    #[inline(never)]
    fn insert_into_run(&mut self, entry: Entry<E>) {
        if self.run.len() >= RUN_OVERFULL {
            // All levels below the run's slot are empty, so the run can be dealt out anew, seen from now.
            self.cursor = self.now;
            self.run_end = self.now;
            let mut dealt = std::mem::take(&mut self.run);
            for earlier in dealt.drain(..).rev() {
                self.insert_into_slot(earlier);
            }
            self.run = dealt;
            self.insert_into_slot(entry);
            return;
        }
        // Near events are common, so look from the back.
        let after = self.run.iter().rposition(|other| other.time > entry.time).map_or(0, |index| index + 1);
        self.run.insert(after, entry);
    }
}

/// Pushes to a slot without room, apart, so that pushing to one with room needs no stack.
#[cold]
#[inline(never)]
fn push_growing<E>(slot: &mut Vec<Entry<E>>, entry: Entry<E>) {
    slot.push(entry);
}

/// Moves the N entries of `slot`, in the order of pushing and none before `start`, to `run`, which is empty.
///
/// Their times since `start` with their places below are put in order by a network: no branch to guess wrong.
#[inline(always)]
fn take_few<E: Copy, const N: usize>(slot: &mut Vec<Entry<E>>, start: u64, run: &mut Vec<Entry<E>>) {
    // A slot is at most 2^60 wide.
    let mut keys: [u64; N] = std::array::from_fn(|place| (slot[place].time - start) << 3 | place as u64);
    for sorted in 1..N {
        for place in (0..sorted).rev() {
            let (one, other) = (keys[place], keys[place + 1]);
            (keys[place], keys[place + 1]) = (one.max(other), one.min(other));
        }
    }
    run.extend(keys.map(|key| slot[key as usize % FEW]));
    slot.clear();
}

#[cold]
#[inline(never)]
fn in_the_past(time: u64, now: u64) -> ! {
    panic!("event at {time} ns pushed at {now} ns");
}

/// The number of the level that a slot belongs to.
const fn level_of_slot(slot: usize) -> usize {
    const BY_32: [u8; SLOTS / 32] = {
        let mut by_32 = [0; SLOTS / 32];
        let (mut slots, mut level) = (0, 0);
        while slots < by_32.len() {
            if level + 1 < LEVELS.len() && LEVELS[level + 1].first as usize == slots * 32 {
                level += 1;
            }
            by_32[slots] = level as u8;
            slots += 1;
        }
        by_32
    };
    BY_32[slot / 32] as usize
}

/// The first instant of `slot` of `level`, seen from `cursor`.
const fn slot_start(cursor: u64, level: usize, slot: usize) -> u64 {
    let Level { shift, mask, first } = LEVELS[level];
    let below = (mask as u64) << shift | ((1 << shift) - 1);
    cursor & !below | ((slot - first as usize) as u64) << shift
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// A tiny generator, enough to drive the comparison.
    struct Lcg(u64);

    impl Lcg {
        fn next(&mut self, below: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % below
        }
    }

    /// Pushes and pops as `increment` says and compares each answer with an ordered set of (time, sequence).
    fn agrees_with_an_ordered_set(operations: u32, increment: impl Fn(&mut Lcg) -> u64) {
        let mut random = Lcg(42);
        let mut queue = EventQueue::new();
        let mut set = BTreeSet::new();
        let mut now = 0_u64;
        for sequence in 0..operations {
            let pushes = if random.next(1000) == 0 { 500 } else { random.next(3) };
            for copy in 0..pushes {
                let time = now.saturating_add(increment(&mut random));
                queue.push(Time::from_nanos(time), (sequence, copy));
                set.insert((time, sequence, copy));
            }
            let limit = match random.next(4) {
                0 => now.saturating_add(increment(&mut random)),
                _ => u64::MAX,
            };
            let expected = set.first().copied().filter(|key| key.0 < limit);
            let got = queue.pop_before(Time::from_nanos(limit));
            assert_eq!(got.map(|(time, (s, c))| (time.as_nanos(), s, c)), expected);
            if let Some(key) = expected {
                set.remove(&key);
                now = key.0;
            }
            assert_eq!(queue.len(), set.len());
        }
        while let Some((time, (s, c))) = queue.pop() {
            assert_eq!(set.pop_first(), Some((time.as_nanos(), s, c)));
        }
        assert!(set.is_empty());
    }

    #[test]
    fn it_agrees_with_an_ordered_set_for_spread_times() {
        agrees_with_an_ordered_set(400_000, |random| random.next(5_000_000_000));
    }

    #[test]
    fn it_agrees_with_an_ordered_set_for_timers_and_ties() {
        agrees_with_an_ordered_set(400_000, |random| match random.next(6) {
            0 => 0,
            1 => 1,
            2 => 50,
            3 => 40_000_000,
            _ => 5_000_000_000,
        });
    }

    #[test]
    fn it_agrees_with_an_ordered_set_for_all_magnitudes() {
        agrees_with_an_ordered_set(400_000, |random| {
            let bits = random.next(45);
            random.next(1 << 31) << 13 >> (44 - bits)
        });
    }

    #[test]
    fn it_agrees_with_an_ordered_set_when_everything_is_near_and_one_event_far() {
        agrees_with_an_ordered_set(
            400_000,
            |random| if random.next(100_000) == 0 { 1 << 50 } else { random.next(300) },
        );
    }

    #[test]
    fn an_event_at_the_end_of_time_is_kept() {
        let mut queue = EventQueue::new();
        queue.push(Time::NEVER, 1);
        queue.push(Time::ZERO, 0);
        assert_eq!(queue.pop(), Some((Time::ZERO, 0)));
        assert_eq!(queue.pop_before(Time::NEVER), None);
        assert_eq!(queue.pop(), Some((Time::NEVER, 1)));
        assert_eq!(queue.pop(), None);
    }

    #[test]
    #[should_panic(expected = "event at 4 ns pushed at 5 ns")]
    fn an_event_in_the_past_is_a_bug() {
        let mut queue = EventQueue::new();
        queue.push(Time::from_nanos(5), ());
        queue.pop();
        queue.push(Time::from_nanos(4), ());
    }
}
