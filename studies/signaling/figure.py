"""Draws the comparison of signaling protocols: theory as lines, simulation as points.

    python3 studies/signaling/figure.py results/signaling/theory.csv studies/signaling/signaling

The CSV file comes from `cargo run --release --package pushpull-signaling`. Writes FILE.svg and FILE.png, and prints the tables of
studies/signaling/README.md.
"""

import csv
import sys

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt

# Okabe and Ito's colours; each protocol has a marker and a line style of its own as well.
STYLES = {
    "ss": ("SS", "#D55E00", "o", "-"),
    "ss-er": ("SS+ER", "#E69F00", "s", "--"),
    "ss-rt": ("SS+RT", "#009E73", "^", "-."),
    "ss-rtr": ("SS+RTR", "#0072B2", "D", (0, (5, 1, 1, 1, 1, 1))),
    "hs": ("HS", "#000000", "*", ":"),
}
LOSS = 0.02
REFRESH = 5.0


def read(path):
    """The rows of one state: its two measures side by side."""
    states = {}
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            key = (row["protocol"], row["timers"], row["refresh_s"], row["loss"], row["n"])
            state = states.setdefault(key, {})
            state["protocol"], state["timers"] = row["protocol"], row["timers"]
            state["refresh"] = float(row["refresh_s"]) if row["refresh_s"] else None
            state["loss"] = float(row["loss"])
            state["n"] = int(row["n"])
            cells = [row[name] for name in ("theory", "lockstep", "mean", "ci_low", "ci_high")]
            state[row["measure"]] = [float(cell) if cell else None for cell in cells]
    return list(states.values())


def near(value, wanted):
    return value is None or abs(value / wanted - 1) < 1e-9


def draw(axes, states, timers, across, keep, hs_line=True):
    """Draws inconsistency against `across`, theory and simulation, of the states that `keep` accepts.

    Where hard state is a single point, its theory is a ring.
    """
    for protocol, (label, colour, marker, line) in STYLES.items():
        mine = [state for state in states if state["protocol"] == protocol and state["timers"] == timers and keep(state)]
        mine.sort(key=across)
        theory = [(across(state), state["inconsistency"][0]) for state in mine]
        runs = [state for state in mine if state["n"] > 1]
        if protocol == "hs" and not hs_line:
            theory = [(state["message_rate"][0], state["inconsistency"][0]) for state in mine]
            axes.plot(*theory[0], marker="o", markersize=12, markerfacecolor="none", color=colour, linestyle="none")
        else:
            axes.plot(*zip(*theory), color=colour, linestyle=line, linewidth=1.3)
        x = [across(state) for state in runs]
        y = [state["inconsistency"][2] for state in runs]
        low = [state["inconsistency"][2] - state["inconsistency"][3] for state in runs]
        high = [state["inconsistency"][4] - state["inconsistency"][2] for state in runs]
        size = 9 if marker == "*" else 5
        axes.errorbar(
            x, y, yerr=[low, high], color=colour, marker=marker, markersize=size, linestyle="none", capsize=2, label=label
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.grid(which="major", color="#DDDDDD", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def ticks(axes, values, text):
    axes.set_xticks(values, [text(value) for value in values])
    axes.minorticks_off()


def table(states):
    """Prints theory and simulation side by side, and their distance in half-widths of the interval."""
    for measure, scale in (("inconsistency", 100), ("message_rate", 1)):
        print(f"\n{measure}\n")
        print("| protocol | timers | one message at a time | theory | simulation, 95 % | off by |")
        print("|---|---|---:|---:|---:|---:|")
        for timers in ("constant", "exponential"):
            for protocol, (label, *_) in STYLES.items():
                here = lambda s: s["n"] > 1 and near(s["refresh"], REFRESH) and near(s["loss"], LOSS)
                mine = [s for s in states if s["protocol"] == protocol and s["timers"] == timers and here(s)]
                theory, chain, mean, low, high = (scale * value for value in mine[0][measure])
                off = 100 * (mean / theory - 1)
                print(f"| {label} | {timers} | {chain:.4f} | {theory:.4f} | {mean:.4f} [{low:.4f}, {high:.4f}] | {off:+.2f} % |")
    runs = [state for state in states if state["n"] > 1]
    for measure in ("inconsistency", "message_rate"):
        inside = sum(s[measure][3] <= s[measure][0] <= s[measure][4] for s in runs)
        worst = max(runs, key=lambda s: abs(s[measure][2] / s[measure][0] - 1))
        off = 100 * (worst[measure][2] / worst[measure][0] - 1)
        print(f"\n{measure}: theory inside the 95 % interval in {inside} of {len(runs)}; the largest gap is {off:+.2f} % "
              f"({worst['protocol']}, {worst['timers']}, T = {worst['refresh']}, loss {worst['loss']})")


def main(source, target):
    plt.rcParams.update({"font.size": 9, "svg.hashsalt": "signaling", "svg.fonttype": "none"})
    states = read(source)
    figure, panels = plt.subplots(2, 2, figsize=(9, 7.2), sharey=True, layout="constrained")
    rate = lambda state: state["message_rate"][0 if state["n"] == 0 else 2]
    swept = lambda state: near(state["loss"], LOSS)

    draw(panels[0][0], states, "constant", rate, swept, hs_line=False)
    panels[0][0].set_title("Timers that tick, loss 2 %, T from 1.5 s to 60 s", loc="left", fontsize=9)
    draw(panels[0][1], states, "exponential", rate, swept, hs_line=False)
    panels[0][1].set_title("Exponential timers, the same", loc="left", fontsize=9)
    for axes in panels[0]:
        axes.set_xlabel("messages per second and live peer")
        ticks(axes, [0.1, 0.2, 0.5, 1, 2], lambda value: f"{value:g}")

    draw(panels[1][0], states, "constant", lambda state: state["refresh"] or REFRESH, swept)
    hs = next(s for s in states if s["protocol"] == "hs" and s["timers"] == "constant" and near(s["loss"], LOSS))
    panels[1][0].axhline(hs["inconsistency"][0], color="#000000", linestyle=":", linewidth=1.3)
    panels[1][0].set_title("Timers that tick, loss 2 %", loc="left", fontsize=9)
    panels[1][0].set_xlabel("refresh timer T, s (expiry X = 3 T)")
    ticks(panels[1][0], [2, 5, 10, 20, 50], lambda value: f"{value:g}")

    draw(panels[1][1], states, "constant", lambda state: state["loss"], lambda state: near(state["refresh"], REFRESH))
    panels[1][1].set_title("Timers that tick, T = 5 s", loc="left", fontsize=9)
    panels[1][1].set_xlabel("probability that a message is lost")
    ticks(panels[1][1], [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2], lambda value: f"{value * 100:g} %")

    for row in panels:
        row[0].set_ylabel("inconsistency ratio")
    runs = max(state["n"] for state in states)
    figure.suptitle(
        f"API and gateway disagree: theory (lines; rings for HS) and simulation (points; 95 % intervals of {runs} runs)",
        fontsize=10,
    )
    handles, labels = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5, frameon=False)
    figure.savefig(f"{target}.svg", metadata={"Date": None})
    figure.savefig(f"{target}.png", dpi=150, metadata={"Software": None})
    table(states)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(f"usage: {sys.argv[0]} THEORY.csv FILE-WITHOUT-ENDING")
    main(sys.argv[1], sys.argv[2])
