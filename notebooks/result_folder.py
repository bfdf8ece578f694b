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
# # Reading a result folder
#
# `pushpull run` writes CSV files that every program reads. An undefined value is an empty cell, an infinite wait is
# `inf`. The package reads them as [Polars](https://pola.rs) frames, or as pandas frames where Polars is not installed.

# %%
import os
from pathlib import Path

import polars as pl
import pushpull

RESULTS = Path(os.environ.get("RESULTS", "../results/notebooks"))

# %% [markdown]
# The incident experiment with few replications and a time series. Only what is missing is run: nothing, the second time.

# %%
incident = pushpull.run(
    "../experiments/incident.toml", replications=6, set={"output.bin": "1m"}, out=RESULTS / "incident"
)
sorted(path.name for path in incident.folder.iterdir())

# %% [markdown]
# ## Where it comes from
#
# `manifest.json` holds the whole experiment as it ran, every default written out, and its digest.

# %%
manifest, experiment = incident.manifest, incident.experiment
{key: manifest[key] for key in ("version", "seed", "digest", "runs", "events", "failures")}

# %%
experiment["bus"], experiment["strategies"]["push-retry"]

# %% [markdown]
# ## One row a run
#
# `runs.csv`: the point, the value of each swept key under its own name, the strategy, the replication, then the
# measures. The fingerprint is a text of sixteen hexadecimal digits.

# %%
runs = incident.runs
runs.select("point", "bus.loss", "strategy", "replication", "fingerprint", "attempts", "stalled", "stall_rate").head()

# %%
causes = [column for column in runs.columns if column.startswith("cause_")]
assert (runs.select(pl.sum_horizontal(causes)).to_series() == runs["stalled"]).all()  # each stall has one cause
runs.group_by("strategy", maintain_order=True).agg(pl.col("attempts", "stalled", *causes).sum())

# %% [markdown]
# ## Estimates, differences, distributions, time series
#
# The other tables are tidy: one number a row, with its interval. `method` says how the interval was made.

# %%
summary = incident.summary
(
    summary.filter(pl.col("measure") == "stall_rate")
    .with_columns(text=pl.format("{} [{}, {}]", *[(100 * pl.col(c)).round(3) for c in ("mean", "ci_low", "ci_high")]))
    .pivot(on="bus.loss", index="strategy", values="text")
)

# %%
compare = incident.compare
compare.filter((pl.col("measure") == "stall_rate") & (pl.col("bus.loss") == 0.01)).drop("point", "measure", "unit")

# %% [markdown]
# `compare.csv` has each strategy against the baseline. Which strategies are best is a question about all pairs, which
# `pairs.csv` answers: a strategy is beaten where another one is shown to stall less.

# %%
pairs = incident.pairs.filter((pl.col("measure") == "stall_rate") & (pl.col("bus.loss") == 0.01))
beaten = {
    pair["other"] if pair["verdict"] == "lower" else pair["strategy"]
    for pair in pairs.iter_rows(named=True)
    if pair["verdict"] in ("lower", "higher")
}
[name for name in summary["strategy"].unique(maintain_order=True) if name not in beaten]

# %% [markdown]
# `distributions.csv` pools the attempts of all replications. An attempt that never connected has waited forever: with
# one message in ten lost, the upper quantiles of a push are infinite.

# %%
distributions = incident.distributions
waits = distributions.filter((pl.col("measure") == "handshake_wait_s") & (pl.col("bus.loss") == 0.1))
waits.filter(pl.col("quantile").is_in([0.5, 0.9, 0.99, 0.999])).pivot(on="quantile", index="strategy", values="value")

# %%
series = incident.timeseries
series.filter((pl.col("measure") == "stall_rate") & (pl.col("point") == 3) & (pl.col("strategy") == "push")).select(
    "t_s", "mean", "ci_low", "ci_high"
).head()
