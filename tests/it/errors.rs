//! Errors in files and arguments: exact messages, exit code 2, nothing on stdout.

use std::fs;

use crate::program::{folder, pushpull};

/// A valid file.
const GOOD: &str = "name = 'good'\nseed = 1\n[strategies.push]\npush = {}\n[strategies.jit]\npull = {}\n";

/// Appends `lines` to a valid file (from line 7 on) and checks it.
fn complaints(name: &str, lines: &str, arguments: &[&str]) -> Vec<String> {
    let folder = folder(&format!("errors-{name}"));
    fs::write(folder.join("e.toml"), format!("{GOOD}{lines}")).unwrap();
    complaints_in(&folder, "e.toml", arguments)
}

fn complaints_in(folder: &std::path::PathBuf, file: &str, arguments: &[&str]) -> Vec<String> {
    let printed = pushpull(folder, &[&["check", file], arguments].concat());
    assert_eq!(printed.code, Some(2), "{printed:?}");
    assert_eq!(printed.out, "");
    let text = printed.err.strip_prefix("error: ").unwrap_or(&printed.err);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if let Some(first) = lines.first().filter(|line| line.ends_with("problems, so nothing was done:")) {
        assert_eq!(*first, format!("{} problems, so nothing was done:", lines.len() - 1));
        lines.remove(0);
    }
    lines
}

/// Each case: lines added to a valid file, and the only complaint.
#[test]
fn each_mistake_is_named_with_its_place_and_what_is_accepted() {
    for (index, (lines, complaint)) in [
        ("[bus]\nlos = 0.1", "e.toml:8:1: bus.los: unknown key, did you mean loss? Accepted here: delay, loss, burst, pending_limit, no_responders"),
        ("[bus]\nloss = 1.2", "e.toml:8:8: bus.loss: found 1.2, accepted: a probability from 0 to 1"),
        ("[bus]\nloss = -0.1", "e.toml:8:8: bus.loss: found -0.1, accepted: a probability from 0 to 1"),
        ("[bus]\nloss = '110%'", "e.toml:8:8: bus.loss: found \"110%\", accepted: a probability from 0 to 1, or in percent such as \"0.5%\""),
        ("[bus]\nloss = 2-", "e.toml:8:8: found 2-, accepted: a number, or text in quotes: \"2-\""),
        ("[bus]\nloss = 2024-13-45", "e.toml:8:8: found 2024-13-45, accepted: a number, or text in quotes: \"2024-13-45\""),
        ("[bus]\nloss = 12:", "e.toml:8:8: found 12:, accepted: a number, or text in quotes: \"12:\""),
        ("[bus]\nloss = 2024-01-31", "e.toml:8:8: bus.loss: found 2024-01-31, accepted: a probability from 0 to 1"),
        ("[output]\nbin = '40000d'", "e.toml:8:7: output.bin: found \"40000d\", accepted: \"never\" or a duration above zero, such as \"20ms\" or \"1h30m\" (units: ns us ms s m h d); it is longer than 36500d"),
        ("[clients]\nstrangers = '1e10/s'", "e.toml:8:13: clients.strangers: found \"1e10/s\", accepted: a rate, such as \"5/s\", \"300/min\" or \"10/h\"; it is above 1e9/s"),
        ("[bus]\ndelay = { empirical = 'a.csv', quantile = 'q' }", "e.toml:8:32: bus.delay.quantile: empirical has no quantile, accepted: column, unit and weight"),
        ("[bus]\ndelay = { empirical = 'a.csv', unit = 'sec' }", "e.toml:8:39: bus.delay.unit: found \"sec\", accepted: \"ns\", \"us\", \"ms\", \"s\""),
        ("[clients]\narrivals = { every = '1s', unit = 's' }", "e.toml:8:28: clients.arrivals.unit: only a trace has a unit, not every"),
        ("[clients]\narrivals = { trace = 'a.csv', column = 't' }", "e.toml:8:31: clients.arrivals.column: column = \"t\" is given without unit, accepted: beside it unit = one of ns, us, ms, s, iso8601"),
        ("[bus]\nloss = nan", "e.toml:8:8: bus.loss: found nan, accepted: a finite number"),
        ("[bus]\nloss = inf", "e.toml:8:8: bus.loss: found inf, accepted: a finite number"),
        ("[bus]\nloss = true", "e.toml:8:8: bus.loss: found true, accepted: a probability from 0 to 1"),
        ("[bus]\nloss = 0.1\nloss = 0.2", "e.toml:9:1: \"loss\" is set twice in this table"),
        ("[bus]\nloss =", "e.toml:8:7: a value is missing after the equals sign"),
        ("[bus]\ndelay = 20ms", "e.toml:8:9: found 20ms, accepted: a number, true, false, or text in quotes: \"20ms\""),
        ("[bus]\nburst = 'always'", "e.toml:8:9: bus.burst: found \"always\", accepted: \"never\", or a table with good, bad, loss"),
        ("[bus]\nburst = { good = '1m', loss = 1.0 }", "e.toml:8:9: bus.burst.bad: missing, accepted: a duration such as \"20ms\""),
        ("bus = 3", "e.toml:7:1: strategies.jit.bus: unknown key here, it belongs at the top of the file. Accepted here: push, pull, reconcile, watch, evict, expire, persists"),
        ("[gateways]\ncount = 0", "e.toml:8:9: gateways.count: found 0, accepted: a whole number from 1 to 65536"),
        ("[gateways]\ncount = 2.5", "e.toml:8:9: gateways.count: found 2.5, accepted: a whole number from 1 to 65536"),
        ("[gateways]\ncount = 99999999999999999999", "e.toml:8:9: gateways.count: found 99999999999999999999, accepted: at most 9223372036854775807"),
        ("[clients.handshake]\nretry_after = 5", "e.toml:8:15: clients.handshake.retry_after: found 5, accepted: a duration such as \"5s\" or \"5ms\" (units: ns us ms s m h d), or a distribution (uniform, exponential, lognormal, pareto, empirical, quantiles)"),
        ("[clients.handshake]\nretry_after = 'linus'", "e.toml:8:15: clients.handshake.retry_after: found \"linus\", accepted: \"linux\", \"boringtun\", a duration or a distribution; did you mean \"linux\"?"),
        ("[clients.handshake]\nretry_after = '5'", "e.toml:8:15: clients.handshake.retry_after: found \"5\", accepted: a duration above zero, such as \"5s\" or \"5ms\" (units: ns us ms s m h d); it has no unit"),
        ("[clients.handshake]\nretry_after = '0s'", "e.toml:8:15: clients.handshake.retry_after: found \"0s\", accepted: a duration above zero"),
        ("[clients.handshake]\nretry_after = '5 minutes'", "e.toml:8:15: clients.handshake.retry_after: found \"5 minutes\", accepted: a duration above zero, such as \"20ms\" or \"1h30m\" (units: ns us ms s m h d); it has no unit"),
        ("[clients]\nretry_after = '5s'", "e.toml:8:1: clients.retry_after: unknown key here, it belongs in [clients.handshake]. Accepted here: arrivals, session, returns, update_every, revoke_after, existing, existing_gateways, devices, strangers, create_timeout, create_attempts, handshake"),
        ("[clients]\narrivals = '5/s'", "e.toml:8:12: clients.arrivals: found \"5/s\", accepted: one of { poisson = \"5/s\" }, { every = \"200ms\" }, { trace = \"arrivals.csv\" }"),
        ("[clients]\narrivals = { poison = '5/s' }", "e.toml:8:14: clients.arrivals.poison: unknown, did you mean poisson? Accepted here: one of poisson, every, trace"),
        ("[clients]\narrivals = { poisson = '5' }", "e.toml:8:24: clients.arrivals.poisson: found \"5\", accepted: a rate, such as \"5/s\", \"300/min\" or \"10/h\"; it has no unit"),
        ("[clients]\narrivals = { every = '0s' }", "e.toml:8:22: clients.arrivals.every: found \"0s\", accepted: a duration above zero"),
        ("[clients]\narrivals = { every = '1s', peak = { factor = 2, period = '1h' } }", "e.toml:8:28: clients.arrivals.peak: only a Poisson process has a peak, not every"),
        ("[clients]\narrivals = { poisson = '1000000/s' }", "e.toml:8:12: clients.arrivals: found { poisson = \"1000000/s\" }, accepted: at most 1e9 peers in a horizon of 1h, not 3.6e9"),
        ("[clients]\nsession = { exponential = '1s', uniform = ['1s', '2s'] }", "e.toml:8:11: clients.session: found { exponential = \"1s\", uniform = [\"1s\", \"2s\"] }, accepted: exactly one of uniform, exponential, lognormal, pareto, empirical, quantiles"),
        ("[clients]\nsession = { uniform = ['2s', '1s'] }", "e.toml:8:23: clients.session.uniform: found [\"2s\", \"1s\"], accepted: the smaller end first"),
        ("[clients]\nsession = { pareto = { min = '1s' } }", "e.toml:8:22: clients.session.pareto: shape is missing; accepted: a table with min and shape"),
        ("[clients]\nupdate_every = '0s'", "e.toml:8:16: clients.update_every: found \"0s\", accepted: \"never\" or a duration above zero"),
        ("[clients]\nupdate_every = { uniform = ['0s', '0s'] }", "e.toml:8:16: clients.update_every: found { uniform = [\"0s\", \"0s\"] }, accepted: a distribution that is not always zero"),
        ("[path.delay.lognormal]\nmedian = '20ms'\np99 = '10ms'", "e.toml:9:7: path.delay.lognormal.p99: found \"10ms\", accepted: a duration of at least the median, 20ms"),
        ("[output]\nbin = '1us'", "e.toml:8:7: output.bin: found \"1us\", accepted: a width of at least 36ms, so that horizon has at most 100000 bins"),
        ("[strategies.x]", "e.toml:7:1: strategies.x: it never installs a peer, accepted: at least one of push, pull, reconcile and watch"),
        ("[strategies.x]\nevict = {}", "e.toml:7:1: strategies.x: it never installs a peer, accepted: at least one of push, pull, reconcile and watch"),
        ("[strategies.'a b']\npush = {}", "e.toml:7:13: strategies.\"a b\": found \"a b\", accepted: a name of letters, digits, - and _, not starting with -, at most 100 of them"),
        ("[strategies.x]\npush = { transport = 'jetstraem' }", "e.toml:8:22: strategies.x.push.transport: found \"jetstraem\", accepted: \"core\", \"jetstream\", \"http\"; did you mean \"jetstream\"?"),
        ("[strategies.x]\npush = { backoff = ['1s'] }", "e.toml:8:20: strategies.x.push.backoff: found [\"1s\"], accepted: one duration, as transport is \"core\""),
        ("[strategies.x]\npush = { transport = 'jetstream', backoff = '1s' }", "e.toml:8:45: strategies.x.push.backoff: found \"1s\", accepted: a list of durations, as transport is \"jetstream\": [\"1s\"]"),
        ("[strategies.x]\npull = { rate_limit = { rate = '0/s', burst = 1 } }", "e.toml:8:32: strategies.x.pull.rate_limit.rate: found \"0/s\", accepted: a rate above zero"),
        ("[[faults]]\ntarget = 'bus'\nfor = '1s'", "e.toml:7:1: faults.0: accepted: one of at (once) and every (again and again), and not both"),
        ("[[faults]]\ntarget = 'bus'\nat = '1s'", "e.toml:7:1: faults.0.for: missing, accepted: a duration or a distribution such as { exponential = \"3s\" }"),
        ("[[faults]]\ntarget = 'api'\nat = '1s'\nfor = '1s'\ngateways = 0.5", "e.toml:11:12: faults.0.gateways: has no meaning for target = \"api\": leave it out"),
        ("[[faults]]\ntarget = 'gateway'\nat = '1s'\nfor = '1s'\ngateways = [1, 30]", "e.toml:11:12: faults.0.gateways: found [1, 30], accepted: gateways from 0 to 29, as gateways.count is 30"),
        ("[[faults]]\ntarget = 'gateway'\nat = '1s'\nfor = '1s'\ngateways = 1", "e.toml:11:12: faults.0.gateways: found 1, accepted: \"all\", a fraction above 0 and at most 1 such as 0.5, or a list of gateways such as [0, 3] (gateway 1 alone: [1])"),
        ("[[faults]]\ntarget = 'path'\nevery = '0s'\nfor = '1s'", "e.toml:9:9: faults.0.every: found \"0s\", accepted: a duration above zero"),
        ("[[faults]]\ntarget = 'path'\nat = '0s'\nfor = '1s'\neffect = 'delay'", "e.toml:11:10: faults.0.effect: only a bus holds messages, target is \"path\": leave it out"),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(complaints(&format!("file-{index}"), lines, &[]), [complaint], "{lines}");
    }
}

#[test]
fn a_sweep_that_cannot_be_is_refused_before_anything_runs() {
    for (index, (lines, complaint)) in [
        ("[[sweep]]\n'bus.los' = [0.0]", "e.toml:8:1: bus.los: there is no key bus.los, did you mean bus.loss?"),
        ("[[sweep]]\nbus.loss = [0.0, 1.5]", "e.toml:8:18: bus.loss: found 1.5, accepted: a probability from 0 to 1"),
        ("[[sweep]]\n'bus.loss' = []", "e.toml:8:14: bus.loss: found [], accepted: at least one value"),
        ("[[sweep]]\n'bus.loss' = 0.1", "e.toml:8:14: bus.loss: found 0.1, accepted: a list such as [0.0, 0.01] or a range such as { from = 1e-4, to = 1e-1, steps = 7, log = true }"),
        ("[[sweep]]\n'bus.loss' = [0.1, 0.2, 0.1]", "e.toml:8:25: bus.loss: found 0.1 twice, accepted: each value once"),
        ("[[sweep]]\n'bus.loss' = [0, 0.1, 0.0]", "e.toml:8:23: bus.loss: found 0.0, which is 0 again, accepted: each value once"),
        ("[[sweep]]\n'bus.delay' = ['1m', '60s']", "e.toml:8:22: bus.delay: found \"60s\", which is \"1m\" again, accepted: each value once"),
        ("[[sweep]]\n'path.delay.lognormal.p99' = ['1m', '60s']", "e.toml:8:37: path.delay.lognormal.p99: found \"60s\", which is \"1m\" again, accepted: each value once"),
        ("[[sweep]]\n'clients.arrivals' = [{ poisson = '60/min' }, { poisson = '1/s' }]", "e.toml:8:47: clients.arrivals: found { poisson = \"1/s\" }, which is { poisson = \"60/min\" } again, accepted: each value once"),
        ("[[sweep]]\n'bus.loss' = ['1%', 0.01]", "e.toml:8:21: bus.loss: found 0.01 twice, accepted: each value once"),
        ("[[sweep]]\n'bus.loss' = { from = 0.0, to = 0.1, step = 3 }", "e.toml:8:14: bus.loss: unknown key step in a range, did you mean steps? Accepted here: from, to, steps, log"),
        ("[[sweep]]\n'bus.loss' = { from = 0.0, to = 2.0, steps = 3 }", "e.toml:8:14: bus.loss: found 2.0, accepted: a probability from 0 to 1"),
        ("[[sweep]]\n'bus.loss' = [0.1, 0.2]\n'path.loss' = [0.1]", "e.toml:7:1: sweep.0: bus.loss has 2, path.loss has 1; keys of one block vary together and need as many values each; put them in blocks of their own to cross them"),
        ("[[sweep]]\n'bus.loss' = [0.1]\n[[sweep]]\n'bus.loss' = [0.2]", "e.toml:10:1: bus.loss: it is swept already, at e.toml:8:1"),
        ("[[sweep]]\n'path.delay' = ['1ms']\n'path.delay.lognormal.median' = ['1ms']", "e.toml:9:1: path.delay.lognormal.median: path.delay is swept already, at e.toml:8:1, and one holds the other"),
        ("[[sweep]]\n'path.delay' = ['1ms']\n[[sweep]]\n'path.delay.lognormal.median' = ['1ms']", "e.toml:10:1: path.delay.lognormal.median: path.delay is swept already, at e.toml:8:1, and one holds the other"),
        ("[[sweep]]\nseed = [1, 2]", "e.toml:8:1: seed: seed cannot be swept: it is the same for all points"),
        ("[[sweep]]\n'bus.burst.loss' = [1]", "e.toml:8:1: bus.burst.loss: bus.burst is \"never\" here, give it a table first"),
        ("[[sweep]]\n'strategies.jti.pull.ttl' = ['1s']", "e.toml:8:1: strategies.jti.pull.ttl: there is no key strategies.jti, did you mean strategies.jit?"),
        ("[[sweep]]\n'strategies.jit.evict.every' = ['1s']", "e.toml:8:1: strategies.jit.evict.every: there is no strategies.jit.evict here, add it first"),
        ("[[sweep]]\n'faults.0.for' = ['1s']", "e.toml:8:1: faults.0.for: there is no faults.0, as faults has 0 entries"),
        ("[[sweep]]", "e.toml:7:1: sweep.0: the block is empty, accepted: a key and its values such as \"bus.loss\" = [0.0, 0.01]"),
        ("[sweep]\n'bus.loss' = [0]", "e.toml:7:1: sweep: found { \"bus.loss\" = [0] }, accepted: a list of blocks: [[sweep]] in double brackets, and below it \"bus.loss\" = [0.0, 0.01]"),
        ("[[sweep]]\nhorizon = ['2m', '1h']", "e.toml: warmup: its default is \"5m\", accepted: a duration below horizon, which is 2m (first at the point horizon = \"2m\")"),
        ("[[sweep]]\n'bus.loss' = [0.1]\nwhere = 'bus.loss > 0.5'", "e.toml:9:9: where: no point meets it, accepted: a condition that leaves at least one"),
        ("[[sweep]]\n'bus.loss' = [0.1]\nwhere = 'bus.loss >'", "e.toml:9:9: where: it ends where a key, a number, a duration or a parenthesis is expected"),
        ("[[sweep]]\nsobol = 100000\n'bus.loss' = { from = 0.0, to = 0.1 }", "e.toml:8:9: sweep.0.sobol: found 100000, accepted: a number of points from 1 to 65536"),
        ("[[sweep]]\nlatin_hypercube = 9\n'bus.loss' = [0.1]", "e.toml:9:14: bus.loss: found [0.1], accepted with latin_hypercube: a range such as { from = 0.0, to = 0.1 }"),
        ("[[sweep]]\ncsv = 'points.csv'", "e.toml:8:7: points.csv cannot be read: No such file or directory"),
        ("[[sweep]]\n'bus.loss' = { from = 0, to = 0.1, steps = 1001 }\n[[sweep]]\n'path.loss' = { from = 0, to = 0.1, steps = 1000 }", "e.toml:7:3: sweep: found 1001 × 1000 points, accepted: at most 1000000"),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(complaints(&format!("sweep-{index}"), lines, &[]), [complaint], "{lines}");
    }
}

/// Settings that would keep a run busy for hours, partly without an event, are refused with key, value and bound.
#[test]
fn a_process_of_too_many_steps_is_refused_before_it_runs() {
    for (index, (lines, complaint)) in [
        ("[bus]\nburst = { good = '1us', bad = '1us', loss = 1.0 }", "e.toml:8:9: bus.burst: found { good = \"1us\", bad = \"1us\", loss = 1.0 }, with 1.1e11 changes of the links between good and bad in a run, accepted: at most events_max, which is 10000000000"),
        ("[strategies.x]\npull = { source = 'replica' }\n[replica]\nsync_every = '1ns'", "e.toml:10:14: replica.sync_every: found \"1ns\", with 5.0e8 writes under way at once, accepted: at least 5us, so that replica.transfer holds at most 100000"),
        ("[strategies.x]\npush = { refresh_every = '1ns' }", "e.toml:8:26: strategies.x.push.refresh_every: found \"1ns\", with 3.2e16 refreshes in a run, accepted: at most events_max, which is 10000000000"),
        ("[strategies.x]\nreconcile = { every = '1ns' }", "e.toml:8:23: strategies.x.reconcile.every: found \"1ns\", with 1.1e14 lists in a run, accepted: at most events_max, which is 10000000000"),
        ("[strategies.x]\nwatch = { lifetime = '1ns' }\n[http]\ndelay = '0s'\n[api]\nfetch_service = '0s'", "e.toml:8:22: strategies.x.watch.lifetime: found \"1ns\", with 1.1e14 streams in a run, accepted: at most events_max, which is 10000000000"),
        ("[strategies.x]\nwatch = { backoff = '0s' }\n[http]\ndelay = '0s'", "e.toml:8:21: strategies.x.watch.backoff: found \"0s\", with endless requests that the API turns away in a run, accepted: at most events_max, which is 10000000000"),
        ("[strategies.x]\nwatch = { timeout = '1ns', backoff = '0s' }", "e.toml:8:21: strategies.x.watch.timeout: found \"1ns\", with 1.1e14 requests without an answer in a run, accepted: at most events_max, which is 10000000000"),
        ("[strategies.x]\npush = {}\nevict = { every = '1ns' }", "e.toml:9:19: strategies.x.evict.every: found \"1ns\", with 1.1e14 sweeps in a run, accepted: at most events_max, which is 10000000000"),
        ("[[faults]]\ntarget = 'path'\nevery = '1ns'\nfor = '1ns'", "e.toml:9:9: faults.0.every: found \"1ns\", with 5.4e13 steps of this fault in a run, accepted: at most events_max, which is 10000000000"),
        ("[clients]\nupdate_every = '1ns'", "e.toml:8:16: clients.update_every: found \"1ns\", with 1.1e16 updates in a run, accepted: at most events_max, which is 10000000000"),
        ("[clients]\nstrangers = '1e9/s'", "e.toml:8:13: clients.strangers: found \"1e9/s\", with 3.6e12 arrivals of strangers in a run, accepted: at most events_max, which is 10000000000"),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(complaints(&format!("steps-{index}"), lines, &[]), [complaint], "{lines}");
    }
    let few = complaints("steps-few", "", &["--set", "events_max=1000"]);
    let found = "clients.arrivals: its default is { poisson = \"5/s\" }, with 1.8e4 arrivals in a run";
    assert_eq!(few, [format!("e.toml: {found}, accepted: at most events_max, which is 1000")]);
    // The same values are accepted where they have no effect, and so are values near the bound.
    for (index, lines) in ["[replica]\nsync_every = '1ns'", "[bus]\nburst = { good = '1ms', bad = '1ms', loss = 1.0 }"]
        .into_iter()
        .enumerate()
    {
        let folder = folder(&format!("errors-steps-accepted-{index}"));
        fs::write(folder.join("e.toml"), format!("{GOOD}{lines}")).unwrap();
        assert_eq!(pushpull(&folder, &["check", "e.toml"]).code, Some(0), "{lines}");
    }
}

#[test]
fn a_key_of_too_many_names_is_named_with_its_line() {
    let accepted = "it is nested too deeply, accepted: at most 80 levels";
    let deep = complaints("deep", &format!("{}b = 1", "a.".repeat(200)), &[]);
    assert_eq!(deep, [format!("e.toml:7:1: {accepted}")]);
    let header = complaints("deep-header", &format!("\n[{}b]\nc = 1", "a.".repeat(200)), &[]);
    assert_eq!(header, [format!("e.toml:8:1: {accepted}")]);
}

#[test]
fn what_a_sweep_leads_through_must_be_a_table() {
    for (index, (lines, complaints_wanted)) in [
        (
            "[[sweep]]\n'faults.0.for' = ['1s', '2s']",
            &[
                "--set faults=[\"1s\"]: faults.0: found \"1s\", accepted: a table of { target = \"api\", at = \"10m\", for = \"30s\" }",
                "e.toml:8:1: faults.0.for: faults.0 is \"1s\" here, accepted: a table",
            ][..],
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let mut found = complaints(&format!("through-{index}"), lines, &["--set", "faults=[\"1s\"]"]);
        found.sort();
        assert_eq!(found, complaints_wanted, "{lines}");
    }
}

#[test]
fn a_points_file_may_have_a_mark_comments_and_blank_lines_but_no_column_twice() {
    let folder = folder("errors-points");
    fs::write(folder.join("e.toml"), format!("{GOOD}[[sweep]]\ncsv = 'points.csv'\n")).unwrap();
    for text in [
        "\u{feff}bus.loss,bus.delay\n0,1ms\n0.1,2ms\n",
        "# made by me\nbus.loss,bus.delay\n# between\n0,1ms\n0.1,2ms\n",
        "\n\nbus.loss,bus.delay\n\n0,1ms\n0.1,2ms\n",
        "bus.loss;bus.delay\r\n0%;1ms\r\n10%;2ms\r\n",
        "bus.loss\tbus.delay\n0\t1ms\n0.1\t2ms\n",
    ] {
        fs::write(folder.join("points.csv"), text).unwrap();
        let printed = pushpull(&folder, &["check", "e.toml"]);
        assert_eq!(printed.code, Some(0), "{text:?}: {}", printed.err);
        assert!(printed.out.contains("#             1: bus.loss = 0.1, bus.delay = 2ms"), "{text:?}: {}", printed.out);
    }
    for (text, complaint) in [
        (
            "bus.loss,bus.loss\n0.1,0.2\n",
            "e.toml:8:7: points.csv:1: found the column bus.loss twice, accepted: each key once",
        ),
        (
            "# mine\nbus.loss,\n0.1,0.2\n",
            "e.toml:8:7: points.csv:2: found a column without a name, accepted: the name of a key",
        ),
        ("bus.loss\n0.1,0.2\n", "e.toml:8:7: points.csv:2: a row has as many fields as the header, 1"),
        ("bus.loss\n0\n0.0\n", "e.toml:8:7: bus.loss: found 0.0, which is 0 again, accepted: each value once"),
    ] {
        fs::write(folder.join("points.csv"), text).unwrap();
        assert_eq!(complaints_in(&folder, "e.toml", &[]), [complaint], "{text:?}");
    }
}

#[test]
fn a_trace_of_which_no_arrival_is_within_the_horizon_is_refused() {
    let folder = folder("errors-trace");
    fs::write(folder.join("unix.csv"), "t_s\n1700000000\n1700000001\n").unwrap();
    fs::write(folder.join("e.toml"), format!("{GOOD}[clients]\narrivals = {{ trace = 'unix.csv' }}\n")).unwrap();
    let accepted = "a trace that begins before horizon, which is 1h; its first arrival is at 19675d22h13m20s";
    let hint = "of clock times say the unit, then they count from the first row";
    let found = "found { trace = \"unix.csv\" }";
    assert_eq!(
        complaints_in(&folder, "e.toml", &[]),
        [format!("e.toml:8:12: clients.arrivals: {found}, accepted: {accepted}; {hint}")]
    );
    let arrivals = "clients.arrivals={trace=\"unix.csv\",column=\"t_s\",unit=\"s\"}";
    assert_eq!(pushpull(&folder, &["check", "e.toml", "--set", arrivals]).code, Some(0));
}

#[test]
fn an_argument_is_named_as_it_was_given() {
    for (index, (argument, value, complaint)) in [
        ("--set", "bus.loss=1.2", "--set bus.loss=1.2: found 1.2, accepted: a probability from 0 to 1"),
        ("--set", "bus.loss", "--set bus.loss: accepted: KEY=VALUE, such as bus.loss=0.01"),
        ("--set", "bus.los=0.1", "--set bus.los=0.1: unknown key, did you mean loss? Accepted here: delay, loss, burst, pending_limit, no_responders"),
        ("--set", "bus.delay=[1", "--set bus.delay=[1: [1: not valid TOML: unclosed array, expected `]`"),
        ("--set", "path.delay.lognormal.p99=1ms", "--set path.delay.lognormal.p99=1ms: found \"1ms\", accepted: a duration of at least the median, 20ms"),
        ("--set", "path.delay.uniform.x=1ms", "--set path.delay.uniform.x=1ms: found { x = \"1ms\" }, accepted: the two ends, such as [\"10ms\", \"30ms\"]"),
        ("--set", "strategies.jti.pull.ttl=5s", "--set strategies.jti.pull.ttl=5s: there is no strategy jti, accepted: push, jit; did you mean jit?"),
        ("--set", "horizon=1m", "e.toml: warmup: its default is \"5m\", accepted: a duration below horizon, which is 1m"),
        ("--set", "sweep=1", "--set sweep=1: a sweep is given with --vary, such as --vary bus.loss=0,0.01,0.1"),
        ("--vary", "bus.loss=0..2:3", "--vary bus.loss=0..2:3: found 2, accepted: a probability from 0 to 1"),
        ("--vary", "bus.loss=0,2", "--vary bus.loss=0,2: found 2, accepted: a probability from 0 to 1"),
        ("--vary", "bus.loss=0..1", "--vary bus.loss=0..1: found 0..1, accepted: FROM..TO:STEPS with both ends, such as 0..0.1:11, or 1e-4..1e-1:7log by equal factors"),
        ("--vary", "bus.los=0,1", "--vary bus.los=0,1: there is no key bus.los, did you mean bus.loss?"),
        ("--vary", "loss=0,1", "--vary loss=0,1: there is no key loss, it belongs in [path] or in [bus] or in [bus.burst] or in [rare]"),
        ("--strategy", "jti", "--strategy jti: found \"jti\", accepted: a strategy of this experiment: push, jit; did you mean \"jit\"?"),
        ("--replications", "2000000", "--replications 2000000: found 2000000, accepted: a whole number from 1 to 1000000"),
        ("--seed", "18446744073709551615", "--seed 18446744073709551615: found \"18446744073709551615\", accepted: a whole number from 0 to 9223372036854775807"),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(complaints(&format!("argument-{index}"), "", &[argument, value]), [complaint], "{argument} {value}");
    }
    let twice = complaints("argument-twice", "", &["--vary", "bus.loss=0,1", "--vary", "bus.loss=0.5"]);
    assert_eq!(twice, ["--vary bus.loss=0.5: bus.loss is varied twice"]);
    let folder = folder("errors-argument-csv");
    fs::write(folder.join("points.csv"), "bus.loss,path.loss\n0.1,7\n").unwrap();
    fs::write(folder.join("e.toml"), format!("{GOOD}[[sweep]]\ncsv = 'points.csv'\n")).unwrap();
    let column = complaints_in(&folder, "e.toml", &["--set", "bus.loss=0.5"]);
    assert_eq!(column.len(), 1, "{column:?}");
    assert!(
        column[0].contains("path.loss: found 7, accepted: a probability from 0 to 1"),
        "the other column stays: {column:?}"
    );
    let both = complaints("argument-both", "", &["--vary", "bus.loss=0,1", "--set", "bus.loss=0.5"]);
    assert_eq!(both, ["--vary bus.loss=0,1: bus.loss is both set and varied"]);
}

#[test]
fn all_problems_are_reported_at_once_in_the_order_of_the_file() {
    let folder = folder("errors-all");
    let text = "name = 'a b'\nhorizont = '1h'\nstall_after = 5\nwarmup = '2h'\nbaseline = 'jti'\n[bus]\nloss = 1.2\n\
                delay = 20ms\n[strategies.jit]\npul = {}\n[[sweep]]\n'bus.los' = [1]\n";
    fs::write(folder.join("all.toml"), text).unwrap();
    let complaints = complaints_in(&folder, "all.toml", &["--vary", "path.loss=2,3"]);
    let starts = [
        "all.toml:1:8: name: found",
        "all.toml:2:1: horizont: unknown key, did you mean horizon?",
        "all.toml:3:15: stall_after: found 5,",
        "all.toml:4:10: warmup: found \"2h\", accepted: a duration below horizon, which is 1h",
        "all.toml:5:12: baseline: found \"jti\", accepted: a strategy of this experiment: jit; did you mean \"jit\"?",
        "all.toml:7:8: bus.loss: found 1.2,",
        "all.toml:8:9: found 20ms,",
        "all.toml:10:1: strategies.jit.pul: unknown key, did you mean pull?",
        "all.toml:12:1: bus.los: there is no key",
    ];
    for (complaint, start) in complaints.iter().zip(starts) {
        assert!(complaint.starts_with(start), "{complaint}\nshould start with\n{start}");
    }
    assert_eq!(complaints.len(), starts.len(), "{complaints:#?}");
}

#[test]
fn a_file_that_is_no_experiment_is_refused_in_a_word() {
    let folder = folder("errors-files");
    fs::write(folder.join("empty.toml"), " \n").unwrap();
    fs::write(folder.join("latin.toml"), b"name = 'x'\ndescription = '\xe9'\n").unwrap();
    fs::write(folder.join("comment.toml"), "# nothing\n").unwrap();
    fs::File::create(folder.join("huge.toml")).unwrap().set_len(100_000_000).unwrap();
    for (file, expected) in [
        ("empty.toml", vec!["empty.toml: the experiment file is empty"]),
        ("latin.toml", vec!["latin.toml: the experiment file is not UTF-8 text (line 2)"]),
        ("huge.toml", vec!["huge.toml: the experiment file is too large: accepted: at most 1 MiB, it has 100 MB"]),
        (".", vec![".: the experiment file is a folder, not a file"]),
        (
            "emty.toml",
            vec!["emty.toml: the experiment file cannot be read: No such file or directory; did you mean empty.toml?"],
        ),
        (
            "comment.toml",
            vec![
                "comment.toml: name: missing, accepted: a name such as \"incident\"",
                "comment.toml: strategies: missing, accepted: at least one strategy, such as [strategies.push] with push = {}",
            ],
        ),
    ] {
        assert_eq!(complaints_in(&folder, file, &[]), expected);
    }
}

#[test]
fn a_data_file_is_named_with_its_line() {
    let folder = folder("errors-data");
    fs::write(folder.join("latency.csv"), "seconds\n0.1\n-3\n").unwrap();
    fs::write(folder.join("points.csv"), "bus.loss,bus.delay\n0.1,20ms\n1.3,20ms\n").unwrap();
    fs::write(folder.join("arrivals.csv"), "t_s,gateway\n1,0\n2,30\n").unwrap();
    for (lines, complaint) in [
        (
            "[bus]\ndelay = { empirical = 'latency.csv' }",
            "e.toml:8:23: bus.delay.empirical: latency.csv:3: found \"-3\", accepted: seconds, from 0 to 3153600000",
        ),
        (
            "[[sweep]]\ncsv = 'points.csv'",
            "e.toml:8:7: bus.loss: found 1.3, accepted: a probability from 0 to 1 (row 2 of points.csv)",
        ),
        (
            "[clients]\narrivals = { trace = 'arrivals.csv' }",
            "e.toml:8:12: clients.arrivals: arrivals.csv: found gateway 30, accepted: from 0 to 29, as gateways.count is 30",
        ),
    ] {
        fs::write(folder.join("e.toml"), format!("{GOOD}{lines}")).unwrap();
        assert_eq!(complaints_in(&folder, "e.toml", &[]), [complaint]);
    }
}

#[test]
fn wrong_usage_ends_with_exit_2() {
    let folder = folder("errors-usage");
    for arguments in
        [&["chekc"][..], &["check"], &["check", "a", "--replications", "0"], &["check", "a", "--nonsense"], &[]]
    {
        let printed = pushpull(&folder, arguments);
        assert_eq!(printed.code, Some(2), "{arguments:?}: {printed:?}");
        assert_eq!(printed.out, "", "{arguments:?}");
        assert!(!printed.err.is_empty());
    }
}
