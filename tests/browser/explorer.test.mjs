// The explorer: the bytes of every shipped experiment under Node.js and in a real browser.
//
//   node explorer.test.mjs PUSHPULL [MODULE]
//
// PUSHPULL is the program, MODULE another WebAssembly module (gzipped) whose runs are compared, too.
// Says what is wrong and exits 1, or says what was checked and exits 0.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { end, expect, followed, look, root, run, work } from "./explored.mjs";

const other = process.argv[3];

/** What makes an experiment short; others are cut to a minute. */
const SHORT = {
  restart: ["horizon=80s", "warmup=20s", "faults.0.at=40s", "clients.existing=3000"],
  "api-outage": ["horizon=80s", "warmup=20s", "faults.0.at=30s", "faults.1.at=40s", "clients.session=20s"],
  "bus-outage": ["horizon=80s", "warmup=20s", "faults.0.at=30s"],
  staleness: ["horizon=3m", "warmup=30s", "clients.revoke_after=1m", "clients.update_every=30s"],
  fleet: ["horizon=2m", "warmup=20s", "faults.0.at=70s", "faults.1.at=30s", "clients.existing=5500"],
  watch: ["horizon=100s", "warmup=20s", "faults.0.at=40s"],
  morning: [
    "horizon=3m",
    "clients.devices.count=3000",
    "clients.devices.first.uniform=['10s','90s']",
    "clients.session.uniform=['30s','50s']",
    "clients.returns.after.uniform=['20s','30s']",
    "gateways.count=20",
    "faults.0.at=50s",
    "output.bin=10s",
  ],
};
const REPLICATIONS = 2;

/** The module under Node.js: a function that asks. */
function start(gzipped) {
  const module = new WebAssembly.Module(gunzipSync(readFileSync(gzipped)));
  expect(WebAssembly.Module.imports(module).length === 0, `${gzipped} imports something`);
  const { exports } = new WebAssembly.Instance(module, {});
  const call = (name, bytes) => {
    const room = exports.give_room(bytes.length);
    new Uint8Array(exports.memory.buffer, room, bytes.length).set(bytes);
    const at = exports[name](room, bytes.length);
    const length = new DataView(exports.memory.buffer).getUint32(at, true);
    const answer = Buffer.from(new Uint8Array(exports.memory.buffer, at + 4, length));
    exports.take_room(room, bytes.length);
    exports.take_room(at, length + 4);
    const kind = String.fromCharCode(answer[0]);
    if (kind === "e") throw new Error(answer.subarray(1).toString());
    return kind === "j" ? JSON.parse(answer.subarray(1)) : answer.subarray(1);
  };
  return { ask: ({ seed, ...request }) => call("ask", Buffer.from(JSON.stringify({ ...request, seed: seed && Number(seed) }))), take: (run) => call("take", run) };
}

/** runs.csv of all runs. */
function explored(gzipped, load) {
  const [runner, teller] = [start(gzipped), start(gzipped)];
  runner.ask(load);
  const plan = teller.ask(load);
  for (let replication = 0; replication < plan.replications; replication++)
    for (let point = 0; point < plan.points.length; point++)
      for (let strategy = 0; strategy < plan.strategies.length; strategy++)
        teller.take(runner.ask({ op: "run", point, strategy, replication, budget: 1e12 }));
  return teller.ask({ op: "csv" }).toString();
}

// The bytes.
const modules = [join(root, "crates/explorer/explorer.wasm.gz"), ...(other ? [other] : [])];
for (const file of readdirSync(join(root, "experiments")).filter((name) => name.endsWith(".toml"))) {
  const name = file.slice(0, -5);
  const short = SHORT[name] ?? ["horizon=60s", "warmup=20s"];
  const html = join(work, `${name}.html`);
  run(name, "explore", join(root, "experiments", file), "--out", html, ...short.flatMap((one) => ["--set", one]), "--replications", String(REPLICATIONS));
  await look(name, html, {}, async (page) => {
    const { csv, load } = await page.evaluate(async () => ({ csv: await teller.ask({ op: "csv" }), load: request() }));
    const native = readFileSync(join(await followed(page, name), "runs.csv"), "utf8");
    expect(native.split("\n").length > REPLICATIONS, `${name} has no runs`);
    expect(native === csv, `${name}: the browser's runs.csv is not the program's`);
    for (const module of modules) expect(native === explored(module, load), `${name}: runs.csv of ${module} under Node.js is not the program's`);
  });
}
await end("bytes of the explorer");
