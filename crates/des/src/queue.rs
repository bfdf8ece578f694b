//! The event queue: a hierarchical timing wheel. The nearest slot is sorted when it is opened.
//!
//! Events have a total order: time, then the order of pushing. The queue is exact to the nanosecond, needs no tuning,
//! and its cost is flat up to millions of pending events: far slots are appended to sequentially and touched once per
//! level.
//!
//! The level of an event is the highest five-bit group in which its time differs from the cursor; the value of the
//! group is the slot. When the lowest occupied slot holds few events, they are sorted into the *front buffer*, from
//! which events are taken. Otherwise they are redistributed to the level below. The cursor moves only when a slot is
//! opened, and opening empties the slot. So two events at one instant always meet in the same slot, in the order of
//! pushing. Events beyond the room of a long slot lie in pages from a list that all slots share.
//!
//! There is no peek: [`EventQueue::pop_before`] takes a limit and never opens a slot that begins at or after it.

use crate::time::Time;

/// Bits of time that one level resolves.
const BITS: u32 = 5;
/// Slots of a level.
const SLOTS: usize = 1 << BITS;
/// Levels that cover 64 bits.
const LEVELS: usize = 13;
/// A slot with at most this many events is sorted rather than redistributed.
const FRONT_MAX: usize = 48;
/// A slot that has memory has room for at least this many events.
const ROOM_MIN: usize = 16;
/// A slot with this many events moves all but its first to a page.
const PAGED: usize = 1 << 10;
/// Number of events that stay in a slot with pages. More than are sorted, so the slot's length shows that it is long.
const FIRST: usize = 64;
/// Pending events are counted once per this many redistributed slots. Such a slot has tens of events at least, so the
/// cost of counting is negligible.
const COUNTED: u32 = 1 << 8;
/// A front buffer that has grown to this many events is redistributed.
const FRONT_OVERFULL: usize = 192;

#[derive(Clone, Copy)]
struct QueueEntry<E> {
    time: u64,
    event: E,
}

/// Pending events.
///
/// ```
/// use des::{EventQueue, Time};
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
    /// The nearest events in descending order, popped from the back. Of two equal times the later pushed comes first.
    front: Vec<QueueEntry<E>>,
    /// Every event before this time is in the front buffer or has been popped. The last popped event was not later.
    front_end: u64,
    /// No event in a slot is earlier. Slots are relative to this time.
    cursor: u64,
    /// Time of the last event popped.
    now: u64,
    /// Number of slots redistributed so far, and the number of pending events at the last multiple of [`COUNTED`].
    dealt: u32,
    waiting_about: usize,
    /// Which slots of each level hold events.
    occupied: [u32; LEVELS],
    slots: Box<PerSlot<Vec<QueueEntry<E>>>>,
    pages: Pages<E>,
}

/// One value for each slot, level by level.
type PerSlot<T> = [T; LEVELS * SLOTS];

fn slots<T: Default>() -> PerSlot<T> {
    std::array::from_fn(|_| T::default())
}

/// Events of far slots beyond the slots' own room. All slots share the pages.
///
/// Why: a slot that has been long once would keep its room, and in time most slots of the far levels have been long.
/// The queue would then take many times the memory of its events, and slots would be filled outside the caches. Gain:
/// a third less time per event at a million pending. Tests: the comparisons with an ordered set, and
/// `room_of_long_slots_is_used_again`.
struct Pages<E> {
    /// For each slot, in the order of pushing: events after its first [`FIRST`] and before all others.
    full: Box<PerSlot<Vec<EventPage<E>>>>,
    empty: Vec<EventPage<E>>,
}

/// Up to `PAGED - FIRST` events.
type EventPage<E> = Vec<QueueEntry<E>>;

/// A queue whose nearest slot has just been opened.
pub struct Near<'a, E>(&'a EventQueue<E>);

impl<E: Copy> Near<'_, E> {
    /// The events of the opened slot. They are taken next, after events that are pushed before them.
    pub fn events(&self) -> impl Iterator<Item = E> {
        self.0.front.iter().rev().map(|entry| entry.event)
    }

    /// An estimate of the pending events in the whole queue, from a recent count; zero if few are pending.
    #[must_use]
    #[inline(always)]
    pub fn waiting_about(&self) -> usize {
        self.0.waiting_about
    }
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
            front: Vec::new(),
            front_end: 0,
            cursor: 0,
            now: 0,
            dealt: 0,
            waiting_about: 0,
            occupied: [0; LEVELS],
            slots: Box::new(slots()),
            pages: Pages { full: Box::new(slots()), empty: Vec::new() },
        }
    }

    /// Number of pending events, counted slot by slot.
    #[must_use]
    pub fn len(&self) -> usize {
        let paged = self.pages.full.iter().flatten().map(Vec::len).sum::<usize>();
        self.front.len() + self.slots.iter().map(Vec::len).sum::<usize>() + paged
    }

    /// Whether no event is pending.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.front.is_empty() && self.occupied == [0; LEVELS]
    }

    /// Adds an event. One at [`Time::NEVER`] is kept like any other.
    ///
    /// # Panics
    /// If `time` is before the last event popped: cause precedes effect.
    #[inline(never)]
    pub fn push(&mut self, time: Time, event: E) {
        let time = time.as_nanos();
        let entry = QueueEntry { time, event };
        if time < self.front_end {
            if time < self.now {
                in_the_past(time, self.now);
            }
            self.insert_into_run(entry);
        } else {
            self.insert_into_slot(entry);
        }
    }

    /// True if certainly no event is pending at `now` or before. False if unknown: an exact answer would cost more.
    #[must_use]
    #[inline]
    pub fn is_clear_at(&self, now: Time) -> bool {
        self.front.last().map_or(self.front_end, |entry| entry.time) > now.as_nanos()
    }

    /// Takes the first event.
    #[inline]
    pub fn pop(&mut self) -> Option<(Time, E)> {
        if self.front.is_empty() {
            self.refill(u64::MAX);
        }
        let entry = self.front.pop()?;
        self.now = entry.time;
        Some((Time::from_nanos(entry.time), entry.event))
    }

    /// Takes the first event if its time is before `limit`.
    #[inline]
    pub fn pop_before(&mut self, limit: Time) -> Option<(Time, E)> {
        self.pop_before_seeing(limit, |_| {})
    }

    /// Like [`EventQueue::pop_before`]. Calls `see` for each opened slot before the first of its events is taken.
    #[inline(always)]
    pub fn pop_before_seeing(&mut self, limit: Time, mut see: impl FnMut(&Near<'_, E>)) -> Option<(Time, E)> {
        loop {
            if let Some(&QueueEntry { time, event }) = self.front.last() {
                if time >= limit.as_nanos() {
                    return None;
                }
                self.front.pop();
                self.now = time;
                return Some((Time::from_nanos(time), event));
            }
            if !self.refill(limit.as_nanos()) {
                return None;
            }
            see(&Near(self));
        }
    }

    /// Opens slots until the empty front buffer holds the first event. False if no event can be before `limit`; a limit
    /// at the end of time is no limit.
    #[expect(clippy::cast_possible_truncation, reason = "levels are few")]
    #[inline(never)]
    fn refill(&mut self, limit: u64) -> bool {
        loop {
            let Some(level) = self.occupied.iter().position(|&slots| slots != 0) else { return false };
            let shift = level as u32 * BITS;
            let digit = self.occupied[level].trailing_zeros();
            let start = slot_start(self.cursor, shift, digit);
            if start >= limit && limit < u64::MAX {
                return false;
            }
            self.cursor = start;
            self.occupied[level] &= !(1 << digit);
            if self.open(level, digit as usize, start, shift) {
                return true;
            }
        }
    }

    /// Sorts a slot into the front buffer and returns true, or redistributes it to the level below and returns false.
    #[inline(always)]
    fn open(&mut self, level: usize, digit: usize, start: u64, shift: u32) -> bool {
        let index = level * SLOTS + digit;
        let (slot, front) = (&mut self.slots[index], &mut self.front);
        let taken = match slot.len() {
            1 => take_few::<E, 1>(slot, start, front),
            2 => take_few::<E, 2>(slot, start, front),
            3 => take_few::<E, 3>(slot, start, front),
            4 => take_few::<E, 4>(slot, start, front),
            5 => take_few::<E, 5>(slot, start, front),
            6 => take_few::<E, 6>(slot, start, front),
            7 => take_few::<E, 7>(slot, start, front),
            8 => take_few::<E, 8>(slot, start, front),
            9..=FRONT_MAX if shift < 58 => take_some(slot, start, front),
            _ => level == 0 && take_simultaneous(slot, front),
        };
        if taken {
            slot.clear();
            self.front_end = (start | ((1 << shift) - 1)).saturating_add(1);
            return true;
        }
        self.front_end = start;
        self.dealt = self.dealt.wrapping_add(1);
        if self.dealt.is_multiple_of(COUNTED) {
            self.waiting_about = self.len();
        }
        // Levels below the lowest occupied are empty. Nothing is pushed before the first of these slots is opened.
        let mut dealt = std::mem::take(&mut self.slots[index]);
        if self.pages.full[index].is_empty() {
            self.deal(&dealt, level - 1);
        } else {
            self.deal_paged(&dealt, index, level - 1);
        }
        dealt.clear();
        self.slots[index] = dealt;
        false
    }

    /// Adds entries that differ from the cursor in no level above `level`.
    #[expect(clippy::cast_possible_truncation, reason = "only the lowest bits are kept")]
    #[inline(always)]
    fn deal(&mut self, entries: &[QueueEntry<E>], level: usize) {
        let slots = &mut self.slots.as_chunks_mut::<SLOTS>().0[level];
        let (shift, mut occupied) = (level as u32 * BITS, 0);
        for &entry in entries {
            let digit = (entry.time >> shift) as usize % SLOTS;
            occupied |= 1 << digit;
            push_to(&mut slots[digit], &mut self.pages, level * SLOTS + digit, entry);
        }
        self.occupied[level] |= occupied;
    }

    /// Redistributes a slot that has pages; each page is free again at once.
    #[inline(never)]
    fn deal_paged(&mut self, slot: &[QueueEntry<E>], index: usize, level: usize) {
        let (first, last) = slot.split_at(FIRST);
        self.deal(first, level);
        for mut page in std::mem::take(&mut self.pages.full[index]) {
            self.deal(&page, level);
            page.clear();
            self.pages.empty.push(page);
        }
        self.deal(last, level);
    }

    #[expect(clippy::cast_possible_truncation, reason = "only the lowest bits are kept")]
    #[inline(always)]
    fn insert_into_slot(&mut self, entry: QueueEntry<E>) {
        let differing = (entry.time ^ self.cursor) | 1;
        let level = differing.ilog2() / BITS;
        let digit = (entry.time >> (level * BITS)) as usize % SLOTS;
        self.occupied[level as usize] |= 1 << digit;
        let index = level as usize * SLOTS + digit;
        push_to(&mut self.slots[index], &mut self.pages, index, entry);
    }

    #[inline(never)]
    fn insert_into_run(&mut self, entry: QueueEntry<E>) {
        if self.front.len() >= FRONT_OVERFULL {
            // All levels below the front's slot are empty, so the front buffer can be redistributed relative to the
            // present time.
            self.cursor = self.now;
            self.front_end = self.now;
            let mut dealt = std::mem::take(&mut self.front);
            for earlier in dealt.drain(..).rev() {
                self.insert_into_slot(earlier);
            }
            self.front = dealt;
            self.insert_into_slot(entry);
            return;
        }
        // Near events are common, so the position is searched from the back.
        self.front.push(entry);
        let front = self.front.as_mut_slice();
        let mut place = front.len() - 1;
        while place > 0 && front[place - 1].time <= entry.time {
            front[place] = front[place - 1];
            place -= 1;
        }
        front[place] = entry;
    }
}

/// Adds to slot `index`.
#[inline(always)]
fn push_to<E: Copy>(slot: &mut Vec<QueueEntry<E>>, pages: &mut Pages<E>, index: usize, entry: QueueEntry<E>) {
    if slot.len() == slot.capacity() {
        return push_growing(slot, pages, index, entry);
    }
    slot.push(entry);
}

/// Pushes to a slot without room. A function of its own, so that the common case needs no stack frame.
#[cold]
#[inline(never)]
fn push_growing<E: Copy>(slot: &mut Vec<QueueEntry<E>>, pages: &mut Pages<E>, index: usize, entry: QueueEntry<E>) {
    // A slot of the lowest level is one instant: it becomes the front buffer whatever its length, so it needs no pages.
    if slot.len() >= PAGED && index >= SLOTS {
        let mut page = pages.empty.pop().unwrap_or_else(|| Vec::with_capacity(PAGED - FIRST));
        page.extend_from_slice(&slot[FIRST..]);
        slot.truncate(FIRST);
        pages.full[index].push(page);
    } else {
        slot.reserve(ROOM_MIN);
    }
    slot.push(entry);
}

// Short slots are sorted by sorting networks, because a comparison sort would mispredict half of its branches. Tests:
// the comparisons with an ordered set, and `events_spread_over_all_time_come_in_order`.

// The following functions fill the empty front buffer. Each copies the entries of `slot`, which are in the order of
// pushing and not before `start`, to `front`, with the first entry last.

/// Exactly N entries. The keys are times since `start` with positions in the low bits, sorted by a branch-free network.
#[expect(clippy::cast_possible_truncation, reason = "only the lowest bits are kept")]
#[inline(always)]
fn take_few<E: Copy, const N: usize>(slot: &[QueueEntry<E>], start: u64, front: &mut Vec<QueueEntry<E>>) -> bool {
    // A slot is at most 2^60 wide.
    let mut keys: [u64; N] = std::array::from_fn(|place| (slot[place].time - start) << 3 | place as u64);
    for sorted in 1..N {
        for place in (0..sorted).rev() {
            let (one, other) = (keys[place], keys[place + 1]);
            (keys[place], keys[place + 1]) = (one.max(other), one.min(other));
        }
    }
    front.extend(keys.map(|key| slot[key as usize % 8]));
    true
}

/// At most [`FRONT_MAX`] entries within 2^58 ns: the same keys, with a sort.
#[expect(clippy::cast_possible_truncation, reason = "only the lowest bits are kept")]
#[inline(never)]
fn take_some<E: Copy>(slot: &[QueueEntry<E>], start: u64, front: &mut Vec<QueueEntry<E>>) -> bool {
    let mut keys = [0; FRONT_MAX];
    let keys = &mut keys[..slot.len()];
    for ((key, entry), place) in keys.iter_mut().zip(slot).zip(0..) {
        *key = (entry.time - start) << 6 | place;
    }
    keys.sort_unstable();
    front.extend(keys.iter().rev().map(|&key| slot[key as usize % 64]));
    true
}

/// Any number of entries at one instant.
#[cold]
fn take_simultaneous<E: Copy>(slot: &[QueueEntry<E>], front: &mut Vec<QueueEntry<E>>) -> bool {
    front.extend(slot.iter().rev());
    true
}

#[cold]
#[inline(never)]
fn in_the_past(time: u64, now: u64) -> ! {
    panic!("event at {time} ns pushed at {now} ns");
}

/// The first instant of slot `digit` at the level of `shift`, relative to `cursor`.
const fn slot_start(cursor: u64, shift: u32, digit: u32) -> u64 {
    let above = shift + BITS;
    let high = if above >= 64 { 0 } else { cursor >> above << above };
    high | ((digit as u64) << shift)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// A small generator for the comparisons.
    struct Lcg(u64);

    impl Lcg {
        fn next(&mut self, below: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % below
        }
    }

    /// Pushes and pops at times from `increment` and compares each result with an ordered set of (time, sequence).
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
    fn events_spread_over_all_time_come_in_order() {
        let mut random = Lcg(1);
        for round in 0..2_000 {
            let mut queue = EventQueue::new();
            let mut expected: Vec<(u64, u64)> = (0..round % 70)
                .map(|number| (random.next(1 << 31) << 33 >> random.next(8) & !random.next(1 << 20), number))
                .collect();
            for &(time, number) in &expected {
                queue.push(Time::from_nanos(time), number);
            }
            expected.sort_unstable();
            let popped: Vec<_> = std::iter::from_fn(|| queue.pop()).map(|(time, n)| (time.as_nanos(), n)).collect();
            assert_eq!(popped, expected);
        }
    }

    #[test]
    fn the_events_of_a_slot_are_shown_once_and_in_order_before_the_first_is_taken() {
        let (mut random, mut queue) = (Lcg(3), EventQueue::new());
        for event in 0..1_000 {
            queue.push(Time::from_nanos(random.next(1 << 31)), event);
        }
        let (mut shown, mut taken) = (Vec::new(), Vec::new());
        loop {
            let before = shown.len();
            let next = queue.pop_before_seeing(Time::NEVER, |near| shown.extend(near.events()));
            assert!(before == taken.len() || shown.len() == before, "shown while events of the last slot wait");
            let Some((_, event)) = next else { break };
            taken.push(event);
        }
        assert_eq!(shown, taken);
    }

    #[test]
    fn about_how_many_events_wait_is_known_where_many_do() {
        const PENDING: u64 = 40_000;
        let (mut random, mut queue) = (Lcg(7), EventQueue::new());
        for event in 0..PENDING {
            queue.push(Time::from_nanos(random.next(1 << 31)), event);
        }
        let mut estimates = Vec::new();
        for _ in 0..10 * PENDING {
            let see = |near: &Near<'_, u64>| estimates.push(near.waiting_about() as u64);
            let (now, event) = queue.pop_before_seeing(Time::NEVER, see).expect("as many as were pushed");
            queue.push(Time::from_nanos(now.as_nanos() + random.next(1 << 31)), event);
        }
        let known = estimates.iter().filter(|&&about| about.abs_diff(PENDING) < PENDING / 100).count();
        assert!(known * 2 > estimates.len(), "{known} of {}", estimates.len());
        assert!(estimates.iter().all(|&about| about == 0 || about.abs_diff(PENDING) < PENDING / 100));
    }

    #[test]
    fn looking_for_what_is_due_leaves_what_is_far_alone() {
        let mut queue = EventQueue::new();
        for event in 0..100 {
            queue.push(Time::from_nanos(1 << 40), event);
        }
        for limit in [0, 1, 1 << 40] {
            assert_eq!(queue.pop_before(Time::from_nanos(limit)), None);
            assert_eq!((queue.cursor, queue.front.capacity()), (0, 0), "looking before {limit}");
        }
    }

    #[test]
    fn room_of_long_slots_is_used_again() {
        const PENDING: u64 = 40_000;
        let (mut random, mut queue) = (Lcg(7), EventQueue::new());
        for event in 0..PENDING {
            queue.push(Time::from_nanos(random.next(1 << 31)), event);
        }
        for _ in 0..10 * PENDING {
            let (now, event) = queue.pop().expect("as many as were pushed");
            queue.push(Time::from_nanos(now.as_nanos() + random.next(1 << 31)), event);
        }
        let full = queue.pages.full.iter().map(Vec::len).sum::<usize>();
        let most = usize::try_from(PENDING).expect("small") / (PAGED - FIRST);
        assert!(full > 0 && full + queue.pages.empty.len() <= most, "{full} and {} pages", queue.pages.empty.len());
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
