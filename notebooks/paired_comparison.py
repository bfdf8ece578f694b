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
import json
import os
import subprocess
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import polars as pl
from scipy import stats

PUSHPULL = os.environ.get("PUSHPULL", "pushpull")
RESULTS = Path(os.environ.get("RESULTS", "../results/notebooks"))
INCIDENT = RESULTS / "incident"

# %%
subprocess.run(
    [PUSHPULL, "run", "../experiments/incident.toml", "--out", INCIDENT, "--resume", "--quiet"]
    + ["--replications", "6", "--set", 'output.bin="1m"'],
    check=True,
    stdout=subprocess.DEVNULL,
)
manifest = json.loads((INCIDENT / "manifest.json").read_text())
baseline = manifest["experiment"]["baseline"]
alpha = 1 - manifest["experiment"]["confidence"]
runs = pl.read_csv(INCIDENT / "runs.csv", infer_schema_length=None, schema_overrides={"fingerprint": pl.String})
compare = pl.read_csv(INCIDENT / "compare.csv", infer_schema_length=None)

# %% [markdown]
# ## One difference
#
# `push-ack` against `push`, one message in a hundred lost, in percentage points.

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
# Now every difference that `compare.csv` made by Student's t (`method` = `t`): its mean, its interval, and, as several
# strategies are compared with one baseline, the p-value after Holm's adjustment over the strategies of a point. The
# adjustment needs the p-value of every strategy, so it is checked where all of them come from t; rare events and
# infinite waits are judged by exact methods, which `method` names.


# %%
def difference(point: int, strategy: str, measure: str) -> tuple[float, float, float, float]:
    d = values(point, strategy, measure) - values(point, baseline, measure)
    d = d[~np.isnan(d)]
    if np.all(d == d[0]):  # no variance: certain, or none at all
        return d[0], d[0], d[0], float(d[0] == 0)
    test = stats.ttest_1samp(d, 0.0)
    interval = test.confidence_interval(1 - alpha)
    return d.mean(), interval.low, interval.high, test.pvalue


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
    for row in family.filter(pl.col("method") == "t").iter_rows(named=True):
        *numbers, p = difference(point, row["strategy"], measure)
        given = (row["difference"], row["ci_low"], row["ci_high"])
        scale = max(abs(number) for number in given) or 1.0
        error = max(abs(mine - theirs) for mine, theirs in zip(numbers, given, strict=True)) / scale
        assert error < 1e-9, (point, measure, row, numbers)
        worst = max(worst, error)
        differences += 1
        by_hand[row["strategy"]] = (numbers[0], p)
    tested = family.filter(pl.col("p_adjusted").is_not_null())
    if len(tested) == 0 or set(tested["method"]) != {"t"}:
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
# With the zero line: an interval that crosses it shows no difference by itself.

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
