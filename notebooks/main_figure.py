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
# # The main figure, redrawn
#
# How often a client stalls against how much the bus loses, for every strategy of the incident experiment: everything
# that is needed stands in `summary.csv`. A result shows its conclusion, the stall rates and a figure of the program.

# %%
import os
from pathlib import Path

import matplotlib.pyplot as plt
import polars as pl
import pushpull

RESULTS = Path(os.environ.get("RESULTS", "../results/notebooks"))

# %%
incident = pushpull.run(
    "../experiments/incident.toml", replications=6, set={"output.bin": "1m"}, out=RESULTS / "incident"
)
incident

# %% [markdown]
# One figure by itself, as the program draws it:

# %%
incident.figure("sweep")

# %%
rates = incident.summary.filter(pl.col("measure") == "stall_rate")

# %% [markdown]
# The rates span four powers of ten, so the axis is logarithmic; a point without a single stall has no place on it and
# is drawn as its upper limit, with an arrow. No strategy is known by its colour alone.

# %%
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]  # Okabe and Ito
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]

losses = sorted(rates["bus.loss"].unique())
strategies = rates["strategy"].unique(maintain_order=True)
figure, axes = plt.subplots(figsize=(9, 5.2), layout="constrained")
for index, strategy in enumerate(strategies):
    rows = rates.filter(pl.col("strategy") == strategy).sort("bus.loss")
    shift = 0.09 * (index - (len(strategies) - 1) / 2)
    positions = [losses.index(loss) + shift for loss in rows["bus.loss"]]
    seen = (rows["mean"] > 0).to_list()
    style = {"color": COLOURS[index], "marker": MARKERS[index], "markersize": 5}
    shown = rows.with_columns(at=pl.Series(positions)).filter(pl.Series(seen))
    axes.errorbar(
        shown["at"],
        100 * shown["mean"],
        yerr=[100 * (shown["mean"] - shown["ci_low"]), 100 * (shown["ci_high"] - shown["mean"])],
        capsize=2.5,
        linewidth=1.2,
        label=strategy,
        **style,
    )
    bounds = rows.with_columns(at=pl.Series(positions)).filter(~pl.Series(seen))
    axes.errorbar(
        bounds["at"],
        100 * bounds["ci_high"],
        yerr=0.45 * 100 * bounds["ci_high"],
        uplims=True,
        linestyle="none",
        fillstyle="none",
        **style,
    )
axes.set_yscale("log")
axes.set_ylim(1e-3, 130)
axes.yaxis.set_major_formatter("{x:g}")
axes.set_xticks(range(len(losses)), [f"{loss:g}" for loss in losses])
axes.set_xlabel("bus.loss (probability)")
axes.set_ylabel("stalled attempts (%)")
axes.grid(axis="y", alpha=0.3)
axes.set_title(incident.experiment["description"], loc="left", fontsize=11)
figure.legend(loc="outside right upper", frameon=False)
replications = rates["n"].max()
level = incident.experiment["confidence"]
figure.supxlabel(
    f"{level:.0%} intervals over {replications} replications; hollow with an arrow: no stall, upper limit · "
    f"{incident.manifest['digest'][:12]}",
    fontsize=8,
)
figure.savefig(RESULTS / "main_figure.png", dpi=150)
plt.show()
