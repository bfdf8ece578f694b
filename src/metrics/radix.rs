//! Sorts many numbers in linear time: digit by digit, lowest first, digits left out that all numbers share.

/// Bits of a digit: a minute in nanoseconds has three.
const BITS: u32 = 12;
/// Values of a digit.
const DIGITS: usize = 1 << BITS;

/// Below this, comparing is cheaper.
const FEW: usize = 1 << 12;

/// Sorts `values`, with as much memory again.
#[expect(clippy::cast_possible_truncation, reason = "the lowest bits are what is wanted")]
pub(super) fn sort(values: &mut Vec<u64>) {
    if values.len() < FEW || values.is_sorted() {
        return values.sort_unstable();
    }
    let first = values[0];
    let varying = values.iter().fold(0, |bits, value| bits | (value ^ first));
    let mut sorted = vec![0; values.len()];
    for shift in (0..u64::BITS).step_by(BITS as usize) {
        let digit = |value: u64| (value >> shift) as usize % DIGITS;
        if digit(varying) == 0 {
            continue;
        }
        let mut places = [0_u32; DIGITS];
        for &value in &*values {
            places[digit(value)] += 1;
        }
        let mut before = 0;
        for place in &mut places {
            (*place, before) = (before, before + *place);
        }
        for &value in &*values {
            let place = &mut places[digit(value)];
            sorted[*place as usize] = value;
            *place += 1;
        }
        std::mem::swap(values, &mut sorted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_sorts_as_the_standard_library_does() {
        for count in [0, 1, 2, FEW, FEW + 1, 20_000] {
            for shift in [0, 20, 40, 63] {
                let mut values: Vec<u64> =
                    (0..count as u64).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> shift).collect();
                let mut expected = values.clone();
                expected.sort_unstable();
                sort(&mut values);
                assert_eq!(values, expected);
            }
        }
    }
}
