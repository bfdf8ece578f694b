//! Formulas that several cases share. `docs/verification.md` derives every formula.

/// eˣ.
pub(super) fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// xⁿ.
pub(super) fn power(x: f64, n: u32) -> f64 {
    libm::pow(x, f64::from(n))
}

/// 1 + x + … + xⁿ⁻¹.
pub(super) fn geometric(x: f64, n: u32) -> f64 {
    (0..n).map(|i| power(x, i)).sum()
}

/// P(U₁ + … + Uₙ ≤ x) for independent uniforms on [0, 1]: Irwin and Hall's distribution,
/// Σ_{k ≤ x} (−1)ᵏ (x − k)ⁿ / (k! (n − k)!).
///
/// Above the middle the mirrored formula is used, where fewer terms cancel.
pub(super) fn irwin_hall(n: u32, x: f64) -> f64 {
    let end = f64::from(n);
    if x >= end {
        return 1.0;
    }
    if x <= 0.0 {
        return 0.0;
    }
    if x > end / 2.0 {
        return 1.0 - irwin_hall(n, end - x);
    }
    let mut weight = 1.0 / (1..=n).map(f64::from).product::<f64>();
    let mut sum = 0.0;
    for k in 0..=n {
        let base = x - f64::from(k);
        if base <= 0.0 {
            break;
        }
        sum += weight * power(base, n);
        weight *= -f64::from(n - k) / f64::from(k + 1);
    }
    sum
}

/// The times of a client's initiations: 0, and each `after` + uniform[0, `jitter`] after the previous one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    pub(super) after: f64,
    pub(super) jitter: f64,
    pub(super) initiations: u32,
}

/// The grid of `WireGuard`.
pub(super) const WIREGUARD: Grid = Grid { after: 5.0, jitter: 0.333, initiations: 20 };

impl Grid {
    /// Mean of one interval, s.
    pub(super) fn step(self) -> f64 {
        self.after + self.jitter / 2.0
    }

    /// P(gₖ ≤ t), where gₖ is the time of initiation k from 0; for k = `initiations` the time of giving up.
    pub(super) fn reached(self, k: u32, t: f64) -> f64 {
        if k == 0 {
            return if t >= 0.0 { 1.0 } else { 0.0 };
        }
        irwin_hall(k, (t - self.after * f64::from(k)) / self.jitter)
    }

    /// P(wait ≤ t) if each exchange succeeds with probability `q` and then takes `exchange`.
    pub(super) fn connected_by(self, q: f64, exchange: f64, t: f64) -> f64 {
        (0..self.initiations).map(|k| q * power(1.0 - q, k) * self.reached(k, t - exchange)).sum()
    }

    /// Mean number of failed initiations before the successful one, for attempts that connect.
    pub(super) fn failures_before_success(self, q: f64) -> f64 {
        let weights = (0..self.initiations).map(|k| (f64::from(k), q * power(1.0 - q, k)));
        let (mean, total) = weights.fold((0.0, 0.0), |(mean, total), (k, weight)| (mean + k * weight, total + weight));
        mean / total
    }
}

/// Erlang's C: the probability that a customer waits, at M/M/`servers` with `load` = λ/μ < `servers`.
pub(super) fn erlang_c(servers: u32, load: f64) -> f64 {
    let mut term = 1.0;
    let mut idle = 0.0;
    for k in 0..servers {
        idle += term;
        term *= load / f64::from(k + 1);
    }
    let busy = term * f64::from(servers) / (f64::from(servers) - load);
    busy / (idle + busy)
}

/// P(`places` customers) at M/M/`servers`/`places` with `load` = λ/μ: the share of rejected customers.
pub(super) fn turned_away(servers: u32, places: u32, load: f64) -> f64 {
    let mut term = 1.0;
    let mut total = 1.0;
    for k in 1..=places {
        term *= load / f64::from(k.min(servers));
        total += term;
    }
    term / total
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, expected: f64) {
        assert!((got - expected).abs() < 1e-12, "{got}, not {expected}");
    }

    #[test]
    fn sums_of_uniforms_have_the_law_that_can_be_worked_out_by_hand() {
        close(irwin_hall(1, 0.3), 0.3);
        close(irwin_hall(2, 1.5), 1.0 - 0.125);
        close(irwin_hall(3, 1.5), 0.5);
        close(irwin_hall(20, 10.0), 0.5);
        // Σ (−1)^k C(20, k) (9 − k)^20 / 20! in exact fractions; the normal approximation gives 0.2193
        assert!((irwin_hall(20, 9.0) - 0.220_678_344_006_357_7).abs() < 1e-9);
    }

    #[test]
    fn the_last_initiation_is_given_up_in_the_mean_after_103_33_seconds() {
        close(WIREGUARD.step() * 20.0, 103.33);
        close(WIREGUARD.reached(20, 103.33), 0.5);
        close(WIREGUARD.connected_by(1.0, 0.02, 0.02), 1.0);
    }

    #[test]
    fn queueing_formulas_agree_with_each_other() {
        close(erlang_c(1, 0.7), 0.7);
        // M/M/2 by hand: C = 2ρ²/(1 + ρ) with ρ = a/2
        close(erlang_c(2, 1.0), 1.0 / 3.0);
        // M/M/1/K: (1 − ρ)ρᴷ/(1 − ρᴷ⁺¹)
        close(turned_away(1, 3, 0.5), 0.5 * 0.125 / (1.0 - 0.0625));
        // Erlang's B for two servers, load 1: (1/2)/(1 + 1 + 1/2)
        close(turned_away(2, 2, 1.0), 0.2);
    }
}
