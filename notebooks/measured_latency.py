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
# # A latency trace as a distribution
#
# Whoever has measured a delay need not squeeze it into a formula: `{ empirical = "latency.csv" }` draws from the trace
# itself. This notebook writes such a file, runs an experiment with it, and asks whether the shape mattered.

# %%
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import polars as pl
import pushpull

RESULTS = Path(os.environ.get("RESULTS", "../results/notebooks"))
LATENCY = RESULTS / "latency"
LATENCY.mkdir(parents=True, exist_ok=True)

# %% [markdown]
# ## The trace
#
# Put your own measurement here. This one is *made up*: two thousand one-way delays of a bus, most of them to gateways
# nearby, a third across an ocean, and one in fifty behind something slow.

# %%
generator = np.random.default_rng(7)
near = generator.normal(0.020, 0.003, 1320)
far = generator.normal(0.095, 0.006, 640)
slow = generator.uniform(0.3, 1.5, 40)
trace = np.concatenate([near, far, slow]).clip(min=0.001)
generator.shuffle(trace)
pl.DataFrame({"seconds": trace}).write_csv(LATENCY / "latency.csv", float_precision=6)
trace = pl.read_csv(LATENCY / "latency.csv")["seconds"].to_numpy()
{f"p{100 * q:g}": float(np.quantile(trace, q)) for q in (0.5, 0.9, 0.99)}

# %% [markdown]
# ## The experiment
#
# A path in an experiment file is relative to that file. The second point replaces the trace by what is often done
# instead: a lognormal with the same median and the same 99th percentile.

# %%
median, p99 = (f"{1e6 * np.quantile(trace, q):.0f}us" for q in (0.5, 0.99))
(LATENCY / "latency.toml").write_text(f"""\
name = "latency"
description = "Does the shape of the bus's delay matter?"
seed = 7
replications = 6
horizon = "20m"
warmup = "2m"

[clients]
session = {{ exponential = "3m" }}

[path]
delay = "10ms"
loss = 0.0

[api]
client_delay = "20ms"

[gateways]
install = "1ms"

[strategies.push]
push = {{ transport = "core", wait = "none" }}

[strategies.push-pull]
push = {{ transport = "core", wait = "none" }}
pull = {{ answer = "initiate" }}

[[sweep]]
"bus.delay" = [{{ empirical = "latency.csv" }}, {{ lognormal = {{ median = "{median}", p99 = "{p99}" }} }}]
""")
latency = pushpull.run(LATENCY / "latency.toml", out=LATENCY / "results", overwrite=True)
[(file["name"], file["digest"]) for file in latency.manifest["data"]]  # the trace is part of the experiment: its digest is in the manifest

# %% [markdown]
# ## Is the trace what the simulated bus did?
#
# A pushed config takes one delay of the bus and one install of a millisecond, now and then behind another one. So the
# simulated propagation, less a millisecond, must have the quantiles of the trace.

# %%
distributions = latency.distributions
propagation = distributions.filter((pl.col("measure") == "propagation_s") & (pl.col("strategy") == "push"))
simulated = [propagation.filter(pl.col("point") == point).select("quantile", "value", "count") for point in (0, 1)]

# The trace has nothing between its near and its far part, so quantiles there say little: compare the shares instead.
# The largest distance between the two distribution functions (Kolmogorov's) shrinks with the root of the number.
quantile, value = (simulated[0][name].to_numpy() for name in ("quantile", "value"))
share = np.searchsorted(np.sort(trace), value - 0.001, side="right") / len(trace)
inner = (quantile > 0) & (quantile < 1)
distance = np.abs(share - quantile)[inner].max()
bound = 2.0 / np.sqrt(simulated[0]["count"][0]) + 1 / len(trace)
print(f"largest distance {distance:.4f}, allowed {bound:.4f}, {simulated[0]['count'][0]} pushes")
assert distance < bound

# %%
figure, axes = plt.subplots(figsize=(8, 4), layout="constrained")
ordered = np.sort(trace)
axes.step(1e3 * ordered, np.arange(len(ordered), 0, -1) / len(ordered), color="black", linewidth=3, alpha=0.3)
for rows, label, colour, dashes in [
    (simulated[0], "simulated from the trace", "#0072B2", "-"),
    (simulated[1], "simulated from the lognormal", "#D55E00", "--"),
]:
    rows = rows.filter(pl.col("quantile") < 1)
    axes.plot(1e3 * (rows["value"] - 0.001), 1 - rows["quantile"], dashes, marker=".", color=colour, label=label)
axes.set(xscale="log", yscale="log", xlabel="delay of the bus (ms)", ylabel="share of pushes that take longer")
axes.set_xlim(left=1)
axes.plot([], [], color="black", linewidth=3, alpha=0.3, label="the trace")
axes.legend(frameon=False)
axes.grid(alpha=0.3)
figure.savefig(RESULTS / "measured_latency.png", dpi=150)
plt.show()

# %% [markdown]
# ## Does it matter?
#
# A client's first initiation arrives 30 ms after the API has sent the reply. Whoever's config is slower than that waits
# five seconds for WireGuard's next initiation, unless the gateway pulls. The median and the 99th percentile of both
# points are the same; the share between them is not.

# %%
summary = latency.summary
stalls = summary.filter(pl.col("measure") == "stall_rate").select("point", "strategy", "mean", "ci_low", "ci_high", "n")
stalls.with_columns(delay=pl.col("point").replace_strict({0: "trace", 1: "lognormal"}, return_dtype=pl.String))

# %%
late = float((trace + 0.001 > 0.030).mean())
push = stalls.filter(pl.col("strategy") == "push").sort("point")
first = summary.filter((pl.col("measure").is_in(["attempts_first", "attempts"])) & (pl.col("strategy") == "push"))
shares = first.pivot(on="measure", index="point", values="mean").sort("point")
expected = late * shares["attempts_first"][0] / shares["attempts"][0]
print(f"slower than the client: {late:.3f} of the trace, {expected:.3f} of all attempts; stalled: {push['mean'][0]:.3f}")
assert abs(push["mean"][0] - expected) < 1.5 * (push["ci_high"][0] - push["ci_low"][0])
