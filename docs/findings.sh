#!/usr/bin/env bash
# Runs the experiments of docs/findings.md and brings its tables up to date.
#
#   docs/findings.sh                run all, print the tables
#   docs/findings.sh NAME...        run these only
#   docs/findings.sh --tables ...   do not run: print from the result folders that are there
#   docs/findings.sh --write ...    write the tables into docs/findings.md
#   docs/findings.sh --check ...    say where docs/findings.md differs; exit 1 if it does
#
# PUSHPULL names the program; without it a release build is made. Result folders are results/NAME. A table stands in the
# document between `<!-- table NAME -->` and `<!-- end -->`. The figures are drawn by plots/gallery.sh.
set -euo pipefail
cd "$(dirname "$0")/.."

document=docs/findings.md
mode=print
run=yes
names=()
for argument in "$@"; do
    case $argument in
        --write | --check) mode=${argument#--} ;;
        --tables) run=no ;;
        -*) sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
        *) names+=("$argument") ;;
    esac
done
all=(incident restart api-outage bus-outage staleness strangers flood answer websockets jetstream replica fleet watch storm bound morning)
[ ${#names[@]} -gt 0 ] || names=("${all[@]}")

pushpull=${PUSHPULL:-target/release/pushpull}
[ $run = no ] || [ -n "${PUSHPULL:-}" ] || cargo build --release --quiet --locked

# Runs an experiment: folder, file, further arguments.
simulate() {
    [ $run = yes ] || return 0
    local folder=$1 file=$2 TIMEFORMAT="$1: %U s of processor time, %R s in all"
    shift 2
    time "$pushpull" run "experiments/$file.toml" --out "results/$folder" --overwrite --quiet "$@" > /dev/null
}

# A table of a result file: folder, file (summary or compare), key columns, strategies, columns, and a condition.
# Key columns: key=title,… ; a block of strategies: name,… or - for all in file order.
# Columns: measure=format=title,… ; formats: p (a share, in %), d (a difference of shares, in percentage points), s (s), n,
# k (a share of a counted span of 1,000 s, in s). A count without an event is shown as "< x", x the upper end of its interval.
# A table of one strategy does not name it.
# A condition: key=value,… keeps the points with these values; key=a|b keeps both (a comma inside a value is written as a semicolon).
table() { rows across=0 "$@"; }

# The same, with one column for each point; the only measure's title is not shown. `=` is the value to the left.
pivot() { rows across=1 "$@"; }

rows() {
    awk -v "$1" -v file="$3" -v keys="$4" -v strategies="$5" -v columns="$6" -v condition="${7:-}" '
        function fields(line, cell,    n, i, c, quoted, text) {
            n = 0; quoted = 0; text = ""
            for (i = 1; i <= length(line); i++) {
                c = substr(line, i, 1)
                if (c == "\"") {
                    if (quoted && substr(line, i + 1, 1) == "\"") { text = text c; i++ } else quoted = !quoted
                } else if (c == "," && !quoted) { cell[++n] = text; text = "" } else text = text c
            }
            cell[++n] = text
            return n
        }
        # Three digits that count, and no exponent.
        function digits(x,    a, places) {
            a = x < 0 ? -x : x
            if (a == 0) return "0"
            places = 2 - int(log(a) / log(10) + (a < 1 ? -1 : 0) + 1e-9)
            if (places < 0) places = 0
            if (places > 6) places = 6
            return sprintf("%." places "f", x)
        }
        # Down to the first digit of the half-width.
        function rounded(x, half,    places) {
            places = half < 1 ? int(-log(half) / log(10)) + 1 : 0
            if (places > 5) places = 5
            x = sprintf("%." places "f", x)
            sub(/^-0(\.0+)?$/, substr(x, 2), x)
            return x
        }
        function show(mean, low, high, format,    f, half, m) {
            if (mean == "") return "–"
            if (mean == "inf") return "∞"
            f = (format == "p" || format == "d") ? 100 : format == "k" ? 1000 : 1
            m = mean * f
            if (low == "" || high == "" || low == "inf" || high == "inf") return digits(m)
            half = (high - low) / 2 * f
            if (mean == 0 && low == 0 && high > 0) return "<" rounded(high * f, half)
            if (half == 0) return digits(m)
            return rounded(m, half) " [" rounded(low * f, half) ", " rounded(high * f, half) "]"
        }
        BEGIN {
            nk = split(keys, key, ","); if (keys == "-") nk = 0
            for (i = 1; i <= nk; i++) { split(key[i], part, "="); key[i] = part[1]; title[i] = part[2] }
            nc = split(columns, column, ",")
            for (i = 1; i <= nc; i++) {
                split(column[i], part, "="); measure[i] = part[1]; format[i] = part[2]; head[i] = part[3]
            }
            nw = split(condition, want, ",")
            for (i = 1; i <= nw; i++) {
                at = index(want[i], "="); text = substr(want[i], at + 1); gsub(/;/, ",", text)
                wanted[substr(want[i], 1, at - 1)] = text
            }
            ns = split(strategies, strategy, ","); if (strategies == "-") ns = 0
        }
        NR == 1 { n = fields($0, name); for (i = 1; i <= n; i++) place[name[i]] = i; next }
        {
            fields($0, cell)
            for (k in wanted) if (!index("|" wanted[k] "|", "|" cell[place[k]] "|")) next
            p = cell[place["point"]]; s = cell[place["strategy"]]
            if (!(p in seen)) { seen[p] = 1; point[++np] = p; for (i = 1; i <= nk; i++) value[p, i] = cell[place[key[i]]] }
            if (strategies == "-" && !(s in known)) { known[s] = 1; strategy[++ns] = s }
            m = cell[place["measure"]]
            mean = file == "compare" ? cell[place["difference"]] : cell[place["mean"]]
            data[p, s, m] = mean SUBSEP cell[place["ci_low"]] SUBSEP cell[place["ci_high"]]
        }
        # The cell of a point, a strategy and a column.
        function at_cell(p, s, i,    part) {
            if (!((p, s, measure[i]) in data)) return ""
            split(data[p, s, measure[i]], part, SUBSEP)
            return show(part[1], part[2], part[3], format[i])
        }
        END {
            if (across) {
                line = "| strategy |"; rule = "|---|"
                for (a = 1; a <= np; a++) {
                    text = ""
                    for (i = 1; i <= nk; i++) text = text (i > 1 ? ", " : "") (title[i] == "" ? "" : title[i] " ") value[point[a], i]
                    line = line " " text " |"; rule = rule "---:|"
                }
                print line; print rule
                for (b = 1; b <= ns; b++) {
                    line = "| `" strategy[b] "` |"; left = ""
                    for (a = 1; a <= np; a++) {
                        text = at_cell(point[a], strategy[b], 1)
                        line = line " " (text == left ? "=" : text) " |"; left = text
                    }
                    if (line ~ /[0-9]/) print line
                }
                exit
            }
            line = "|"; rule = "|"
            for (i = 1; i <= nk; i++) { line = line " " title[i] " |"; rule = rule "---|" }
            if (ns > 1) { line = line " strategy |"; rule = rule "---|" }
            for (i = 1; i <= nc; i++) { line = line " " head[i] " |"; rule = rule "---:|" }
            print line; print rule
            for (a = 1; a <= np; a++) for (b = 1; b <= ns; b++) {
                p = point[a]; s = strategy[b]
                line = "|"
                for (i = 1; i <= nk; i++) line = line " " value[p, i] " |"
                if (ns > 1) line = line " `" s "` |"
                for (i = 1; i <= nc; i++) line = line " " at_cell(p, s, i) " |"
                print line
            }
        }' "results/$2/$3.csv"
}

# Prints a table, writes it into the document, or compares it with what stands there.
differs=0
put() {
    local name=$1 text
    text=$(cat)
    if [ $mode = print ]; then
        printf '\n%s\n%s\n' "$name" "$text"
        return
    fi
    grep -qxF "<!-- table $name -->" $document || { echo "$document has no table $name" >&2; exit 1; }
    TEXT=$text awk -v begin="<!-- table $name -->" '
        $0 == begin { print; print ENVIRON["TEXT"]; skip = 1; next }
        skip && $0 == "<!-- end -->" { skip = 0 }
        !skip { print }' $document > $document.new
    if [ $mode = check ]; then
        cmp -s $document $document.new || { echo "table $name differs" >&2; differs=1; }
        rm $document.new
    else
        mv $document.new $document
    fi
}

# Whether an experiment is asked for.
asked() { for name in "${names[@]}"; do [ "$name" = "$1" ] && return; done; false; }

if asked incident; then
    simulate incident incident
    pivot incident summary bus.loss=loss push,push-ack,push-retry,pull-retry,pull-inline,push-pull stall_rate=p "bus.loss=0.0|0.001|0.01|0.1" | put incident
    table incident summary - - \
        "failed=n=never connected,handshake_wait_p50_s=s=wait p50 (s),handshake_wait_p99_s=s=wait p99 (s),time_to_connect_p50_s=s=create to connected p50 (s)" \
        bus.loss=0.01 | put incident-waits
fi

if asked restart; then
    simulate restart restart
    table restart summary gateways.reload_per_peer=reload push,push-stream,pull \
        "stalled=n=stalls,failed=n=never connected,recovery_max_s=s=recovery (s)" \
        "api.workers=8,gateways.reload_per_peer=100us|1600us" | put restart-reload
    table restart summary api.workers=workers pull,pull-bounded \
        "late=n=late,create_failed=n=creates failed,recovery_max_s=s=recovery (s)" \
        "gateways.install_per_peer=0s,api.workers=1|2" | put restart-workers
    pivot restart compare api.workers=workers pull,pull-bounded,pull-replica late=n gateways.install_per_peer=0s | put restart-differences
fi

if asked api-outage; then
    simulate api-outage api-outage
    pivot api-outage summary faults.0.for=outage push,pull,pull-kept,pull-block,pull-replica,push-pull stall_rate=p | put api-outage-lengths
    table api-outage summary - - \
        "late_rate=p=late (%),stalled_return=n=returns stalled,stalled_reconnect=n=reconnects stalled,failed=n=never connected" \
        faults.0.for=20m | put api-outage
fi

if asked bus-outage; then
    simulate bus-outage bus-outage
    pivot bus-outage summary faults.0.for= - late_rate=p faults.0.effect=drop | put bus-outage-late
    table bus-outage summary faults.0.effect=effect push,push-retry,push-stream,push-reconcile,pull-bus \
        "stalled=n=stalls,failed=n=never connected,create_failed=n=creates failed" \
        faults.0.for=5m | put bus-outage
fi

if asked staleness; then
    simulate staleness staleness
    table staleness summary - - \
        "stale_fraction=p=records stale (%),stale_connect_fraction=p=connected stale (%),revoked_exposure_mean_s=s=revoked stays (s),stall_rate=p=stall rate (%),bus_sent=n=messages,api_fetches=n=fetches" \
        bus.loss=0.01,strategies.poll.reconcile.every=2m | put staleness
    pivot staleness summary strategies.poll.reconcile.every=period soft,push-reconcile,poll,pull-ttl,pull-ttl-block stale_fraction=p \
        bus.loss=0.01 | put staleness-periods
fi

if asked strangers; then
    simulate strangers strangers
    pivot strangers summary clients.strangers= open,negative-5s,negative-30s,negative-2m,limited,bounded,push stall_rate=p "clients.strangers=5/s|10/s|20/s" | put strangers-rates
    table strangers summary - - "late_rate=p=late (%),api_fetches=n=fetches,api_utilization=p=API busy (%)" \
        clients.strangers=10/s | put strangers
fi

if asked flood; then
    simulate flood strangers --vary clients.strangers=0/s --vary clients.arrivals.poisson=5/s,40/s,60/s
    table flood summary clients.arrivals.poisson=creates open,limited,push \
        "stall_rate=p=stall rate (%),late_rate=p=late (%),create_failed=n=creates failed" \
        "clients.arrivals.poisson=40/s|60/s" | put flood
fi

if asked answer; then
    simulate answer answer
    pivot answer summary path.loss=loss - stall_rate=p "path.loss=0.0|0.001|0.005|0.01|0.05" | put answer
fi

if asked websockets; then
    simulate websockets answer --vary path.loss=0 --set 'path.setup={ lognormal = { median = "120ms", p99 = "600ms" } }'
    table websockets summary - pull-initiate,pull-inline,push \
        "stall_rate=p=stall rate (%),handshake_wait_p50_s=s=wait p50 (s),time_to_connect_p50_s=s=create to connected p50 (s)" |
        put websockets
fi

if asked jetstream; then
    simulate jetstream jetstream
    table jetstream summary - - \
        "stall_rate=p=stall rate (%),create_time_p99_s=s=create p99 (s),bus_sent=n=messages" \
        bus.loss=0.01,bus.burst=never | put jetstream
    table jetstream summary - - "stall_rate=p=stall rate (%),failed=n=never connected" \
        "bus.loss=0.0,bus.burst={ good = \"297s\"; bad = \"3s\"; loss = 1.0 }" | put jetstream-bursts
fi

if asked replica; then
    simulate replica replica
    table replica summary - - \
        "stall_rate=p=stall rate (%),handshake_wait_p50_s=s=wait p50 (s),handshake_wait_p99_s=s=wait p99 (s),api_fetches=n=fetches from the API" \
        replica.sync_every=1s,path.setup=1s | put replica-1s
    table replica summary path.setup=setup replica-fallback,replica-only \
        "stall_rate=p=stall rate (%),api_fetches=n=fetches from the API" "replica.sync_every=30s,path.setup=1s|10s" | put replica
fi

if asked fleet; then
    simulate fleet fleet
    table fleet summary - - \
        "stall_rate=p=stall rate (%),failed=n=never connected,table_max=n=largest table,bus_sent=n=messages,api_fetches=n=fetches" |
        put fleet
fi

herd="stream_down_fraction=k=stream down of 1000 s (s),relists=n=lists,api_wasted=n=served in vain,late_rate=p=late (%)"

if asked watch; then
    simulate watch watch
    table watch summary gateways.count=gateways,faults.0.for=outage watch "$herd" \
        "gateways.count=30|300|1000,faults.0.for=5s|5m" | put watch
    pivot watch summary faults.0.for=outage - late_rate=p gateways.count=1000 | put watch-strategies
fi

if asked storm; then
    simulate storm watch --strategy watch --vary gateways.count=600,700,800,850,900,1000 --vary faults.0.for=5s,1m,5m
    pivot storm summary gateways.count=gateways watch stream_down_fraction=k \
        "gateways.count=600|800|850|900|1000,faults.0.for=5s" | put storm
fi

if asked bound; then
    simulate bound watch --strategy watch --vary gateways.count=1000 --vary faults.0.for=5s --vary api.queue_limit=50,100,200,400,1000
    table bound summary api.queue_limit=limit - \
        "stream_down_fraction=k=stream down of 1000 s (s),api_wasted=n=served in vain,create_failed=n=creates failed,late_rate=p=late (%)" \
        faults.0.for=5s | put bound
fi

if asked morning; then
    simulate morning morning
    pivot morning summary api.fetch_service.exponential=fetch - stall_rate=p | put morning
    table morning summary api.fetch_service.exponential=fetch pull "failed=n=never connected,api_fetches=n=fetches,api_wasted=n=served in vain" |
        put morning-pull
fi

exit $differs
