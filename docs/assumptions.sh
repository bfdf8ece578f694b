#!/usr/bin/env bash
# Prints the table of docs/assumptions.md: what stalls and times become when one assumption of experiments/incident.toml
# is changed, at a message loss of 1 %.
#
#   docs/assumptions.sh                run all and print the table
#
# PUSHPULL names the program; without it target/release/pushpull is taken. Result folders are results/assumptions/N.
set -euo pipefail
cd "$(dirname "$0")/.."

pushpull=${PUSHPULL:-target/release/pushpull}
strategies=(push push-retry pull-initiate push-pull)

# What changes | the settings that change it.
settings=(
    "nothing"
    "losses in bursts of 7 s, the same mean|bus.loss=0.0 bus.burst={good=\"10m\",bad=\"7s\",loss=0.9}"
    "bus delays with a long tail|bus.delay={lognormal={median=\"78ms\",p99=\"2s\"}}"
    "API, client and gateway at equal distances|bus.delay=\"78ms\" http.delay=\"78ms\" api.client_delay=\"78ms\""
    "packets over UDP, 1 % lost|path.loss=0.01"
    "requests lost at 1 %|http.failure=0.01"
    "the same, fetches given up after 1 s|http.failure=0.01 strategies.pull-initiate.pull.timeout=1s strategies.push-pull.pull.timeout=1s"
    "a new connection per request|http.setup_rtts=3"
    "fetches of 200 ms|api.fetch_service.exponential=200ms"
    "an API of one worker, creates of 100 ms|api.workers=1 api.create_service.exponential=100ms"
    "a crowd of ten times the rate|clients.arrivals={poisson=\"5/s\",peak={factor=10.0,period=\"30m\"}}"
    "all clients at one gateway|gateways.count=1"
    "the same, removals of 50 ms|gateways.count=1 gateways.remove=50ms"
    "the same, installs of 20 ms too|gateways.count=1 gateways.remove=50ms gateways.install=20ms"
    "installs of 1 us more per record, 10,000 stale ones per gateway|gateways.install_per_peer=1us clients.existing=300000"
    "sessions with a long tail|clients.session={pareto={min=\"1m\",shape=1.5}}"
    "four of five clients return|clients.returns.probability=0.8"
    "clients with 5 s of patience|clients.handshake.patience=5s"
    "a stall is 15 s|stall_after=15s"
    "timers of Linux|clients.handshake.retry_after=linux"
    "timers of boringtun|clients.handshake.retry_after=boringtun"
    "packets over UDP, 1 % lost, a stall is 15 s|path.loss=0.01 stall_after=15s"
    "the same, the application sends every 15 s|path.loss=0.01 stall_after=15s clients.handshake.traffic_every=15s"
    "all clients at one gateway, which takes 20 handshakes a second|gateways.count=1 gateways.handshake_limit=20"
)

echo "| changed | stalls, %: \`push\` | \`push-retry\` | \`pull-initiate\` | \`push-pull\` | create to connected, p50, s: \`push-retry\` | \`pull-initiate\` |"
echo "|---|---:|---:|---:|---:|---:|---:|"
number=0
unchanged=()
without_effect=
for setting in "${settings[@]}"; do
    label=${setting%%|*}
    arguments=(--set bus.loss=0.01)
    if [ "$label" != "$setting" ]; then
        for pair in ${setting#*|}; do arguments+=(--set "$pair"); done
    fi
    for strategy in "${strategies[@]}"; do arguments+=(--strategy "$strategy"); done
    folder=results/assumptions/$number
    "$pushpull" run experiments/incident.toml "${arguments[@]}" --out "$folder" --overwrite --quiet > /dev/null
    cells=$(awk -F, -v order="${strategies[*]}" '
        NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
        $column["measure"] == "stall_rate" {
            format = $column["mean"] < 0.001 ? "%.3f [%.3f, %.3f]" : "%.2f [%.2f, %.2f]"
            cell[$column["strategy"]] = sprintf(format, 100 * $column["mean"], 100 * $column["ci_low"],
                100 * $column["ci_high"])
        }
        $column["measure"] == "time_to_connect_p50_s" {
            time[$column["strategy"]] = sprintf("%.3f [%.3f, %.3f]", $column["mean"], $column["ci_low"], $column["ci_high"])
        }
        END {
            n = split(order, names, " ")
            for (i = 1; i <= n; i++) print cell[names[i]]
            print time["push-retry"]
            print time["pull-initiate"]
        }' "$folder/summary.csv")
    mapfile -t cells <<< "$cells"
    [ "$number" -gt 0 ] || unchanged=("${cells[@]}")
    if [ "$number" -gt 0 ] && [ "${cells[*]}" = "${unchanged[*]}" ]; then
        without_effect+="${without_effect:+; }$label"
    else
        row="| $label |"
        for i in "${!cells[@]}"; do
            [ "$number" -eq 0 ] || [ "${cells[i]}" != "${unchanged[i]}" ] || cells[i]="="
            row+=" ${cells[i]} |"
        done
        echo "$row"
    fi
    number=$((number + 1))
done
echo
echo "Without effect on any cell: $without_effect."
