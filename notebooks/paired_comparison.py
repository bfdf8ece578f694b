# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: percent
#   kernelspec:
#     name: python3
#     display_name: Python 3
# ---

# %% [markdown]
# # A paired comparison by hand
#
# All strategies of a replication face the same clients, the same delays, the same luck. So strategies are compared
# within replications: of each replication take the difference, and ask what the differences have in common. This
# notebook does that from `runs.csv` with SciPy, and finds what stands in `compare.csv`.

# %%
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import polars as pl
import pushpull
from scipy import stats

RESULTS = Path(os.environ.get("RESULTS", "../results/notebooks"))

# %%
incident = pushpull.run(
    "../experiments/incident.toml", replications=6, set={"output.bin": "1m"}, out=RESULTS / "incident"
)
baseline = incident.experiment["baseline"]
alpha = 1 - incident.experiment["confidence"]
runs, compare = incident.runs, incident.compare

# %% [markdown]
# ## One difference
#
# The stall rates of `push-ack` and `push`, one message in a hundred lost, in percentage points, run by run.

# %%
def values(point: int, strategy: str, measure: str) -> np.ndarray:
    chosen = (pl.col("point") == point) & (pl.col("strategy") == strategy)
    return runs.filter(chosen).sort("replication")[measure].cast(pl.Float64).fill_null(np.nan).to_numpy()


mine, theirs = (100 * values(3, strategy, "stall_rate") for strategy in ("push-ack", baseline))
pl.DataFrame({"push-ack": mine, baseline: theirs, "difference": mine - theirs})

# %% [markdown]
# Pairing pays: what the two have in common, the number and the luck of their clients, cancels. The interval of the
# paired difference is narrower than the one for two independent samples of the same numbers.

# %%
paired = stats.ttest_rel(mine, theirs).confidence_interval(1 - alpha)
independent = stats.ttest_ind(mine, theirs, equal_var=False).confidence_interval(1 - alpha)
print(f"paired:      {mine.mean() - theirs.mean():+.3f} [{paired.low:+.3f}, {paired.high:+.3f}]")
print(f"independent: {mine.mean() - theirs.mean():+.3f} [{independent.low:+.3f}, {independent.high:+.3f}]")
print(f"correlation: {np.corrcoef(mine, theirs)[0, 1]:.2f}")
assert paired.high - paired.low < independent.high - independent.low

# %% [markdown]
# ## All of them
#
# Now every difference that `compare.csv` made by Student's t, of paired differences (`method` = `t`) or of ratios
# (`jackknife`): its value, its interval, and, as several strategies are compared with one baseline, the p-value after
# Holm's adjustment over the strategies of a point. A ratio such as the stall rate is the sum of the stalls over the sum
# of the attempts; its standard error comes from leaving out one replication at a time, on both sides at once. The
# interval is at the `level` that the family asks for, so that it leaves out zero exactly where the verdict is `lower` or
# `higher`. The adjustment needs the p-value of every strategy, so it is checked where all of them come from t; rare
# events and infinite waits are judged by exact methods, which `method` names.


# %%
def whole(point: int, strategy: str, measure: str) -> np.ndarray:
    """What a ratio's part is spread over: the table of docs/statistics.md."""
    of = lambda name: values(point, strategy, name)  # noqa: E731
    match measure:
        case "stall_rate" | "failure_rate":
            return of("attempts") - of("create_failed")
        case "late_rate":
            return of("attempts")
        case "stale_connect_fraction" | "handshake_wait_mean_s" | "time_to_connect_mean_s":
            return of("connected")
        case "unpropagated_fraction":
            return of("versions")
        case "create_time_mean_s":
            return of("attempts_first") - of("create_failed")
        case "propagation_mean_s":
            return of("versions") - np.round(of("versions") * of("unpropagated_fraction"))
        case "revoked_exposure_mean_s":
            return of("revocations")
        case "api_wait_mean_s":
            return of("api_served")
        case "stale_fraction" | "stale_age_mean_s":
            return of("records_in_run_mean")
        case "missing_fraction":
            return of("live_mean")
        case "orphan_fraction":
            return of("table_mean")
    raise ValueError(measure)


def t_interval(estimate: float, error: float, df: float, level: float) -> tuple[float, float, float, float]:
    half = stats.t.ppf(0.5 + level / 2, df) * error
    return estimate, estimate - half, estimate + half, 2 * stats.t.sf(abs(estimate) / error, df)


def difference(point: int, strategy: str, measure: str, level: float) -> tuple[float, float, float, float]:
    d = values(point, strategy, measure) - values(point, baseline, measure)
    d = d[~np.isnan(d)]
    return t_interval(d.mean(), d.std(ddof=1) / np.sqrt(len(d)), len(d) - 1, level)


def jackknife(point: int, strategy: str, measure: str, level: float) -> tuple[float, float, float, float]:
    sides = []
    for side in (strategy, baseline):
        w = whole(point, side, measure)
        sides.append((values(point, side, measure) * w, w))
    both = np.all([~np.isnan(part) & (w > 0) for part, w in sides], axis=0)
    sides = [(part[both], w[both]) for part, w in sides]
    n = both.sum()
    pooled = [part.sum() / w.sum() for part, w in sides]
    without = [(part.sum() - part) / (w.sum() - w) for part, w in sides]
    estimate = pooled[0] - pooled[1]
    error = np.sqrt((n - 1) / n * np.sum((without[0] - without[1] - estimate) ** 2))
    df = min((n - 1) * w.sum() ** 2 / (n * (w**2).sum()) for _, w in sides)
    return t_interval(estimate, error, df, level)


def holm(p_values: list[float]) -> list[float]:
    adjusted, running = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(np.argsort(p_values, kind="stable")):
        running = max(running, (len(p_values) - rank) * p_values[index])
        adjusted[index] = min(running, 1.0)
    return adjusted


def verdict(p_adjusted: float, mean: float) -> str:
    if p_adjusted >= alpha or mean == 0:
        return "no difference shown"
    return "lower" if mean < 0 else "higher"


differences = families = 0
worst = 0.0
for (point, measure), family in compare.group_by(["point", "measure"], maintain_order=True):
    by_hand = {}
    for row in family.filter(pl.col("method").is_in(["t", "jackknife"])).iter_rows(named=True):
        by_t = difference if row["method"] == "t" else jackknife
        *numbers, p = by_t(point, row["strategy"], measure, row["level"])
        given = (row["difference"], row["ci_low"], row["ci_high"])
        scale = max(abs(number) for number in given) or 1.0
        error = max(abs(mine - theirs) for mine, theirs in zip(numbers, given, strict=True)) / scale
        assert error < 1e-9, (point, measure, row, numbers)
        worst = max(worst, error)
        assert (row["verdict"] in ("lower", "higher")) == (row["ci_low"] > 0 or row["ci_high"] < 0), row
        differences += 1
        by_hand[row["strategy"]] = (numbers[0], p)
    tested = family.filter(pl.col("p_adjusted").is_not_null())
    if len(tested) == 0 or not set(tested["method"]) <= {"t", "jackknife"}:
        continue
    p_values = holm([by_hand[strategy][1] for strategy in tested["strategy"]])
    for row, p in zip(tested.iter_rows(named=True), p_values, strict=True):
        assert np.isclose(p, row["p_adjusted"], rtol=1e-6, atol=1e-12), (point, measure, row, p)
        assert verdict(p, by_hand[row["strategy"]][0]) == row["verdict"], row
    families += 1

assert differences > 500 and families > 100, (differences, families)
print(f"{differences} differences agree, the worst to {worst:.1e} of its size; {families} families of verdicts too")

# %% [markdown]
# ## As a figure
#
# With the zero line: a difference is shown exactly where its interval does not cross it.

# %%
shown = compare.filter((pl.col("measure") == "stall_rate") & (pl.col("point") == 3)).filter(
    pl.col("strategy") != "pull-retry"  # far to the right of the others
)
figure, axes = plt.subplots(figsize=(8, 3), layout="constrained")
centre = 100 * shown["difference"]
axes.errorbar(
    centre,
    range(len(shown)),
    xerr=[centre - 100 * shown["ci_low"], 100 * shown["ci_high"] - centre],
    fmt="o",
    color="#0072B2",
    capsize=3,
)
axes.axvline(0, color="black", linewidth=1)
axes.set_yticks(range(len(shown)), shown["strategy"])
axes.invert_yaxis()
axes.set_xlabel(f"stall rate − that of {baseline} (percentage points), one message in a hundred lost")
figure.savefig(RESULTS / "paired_comparison.png", dpi=150)
plt.show()
