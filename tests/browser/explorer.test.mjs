// The explorer: the bytes of every shipped experiment under Node.js and in a real browser, and the page as its readers
// use it.
//
//   node explorer.test.mjs PUSHPULL [MODULE]
//
// PUSHPULL is the program, MODULE another WebAssembly module (gzipped) whose runs are compared, too.
// Says what is wrong and exits 1, or says what was checked and exits 0.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { ALL_SIZES, SCHEMES, launch } from "./browser.mjs";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const [program, other] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const work = mkdtempSync(join(tmpdir(), "explorer-"));
process.on("exit", () => rmSync(work, { recursive: true }));

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

let checks = 0;
const problems = [];
const expect = (holds, what) => {
  checks += 1;
  if (!holds) {
    problems.push(what);
    console.error(`FAILED ${what}`);
  }
};

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
  return { ask: (request) => call("ask", Buffer.from(JSON.stringify(request))), take: (run) => call("take", run) };
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

const browser = await launch();
/** What a page may take to open, to make its runs, or for one step of a reader, ms. */
const LIMIT = 120_000;
const done = (page) => page.waitForFunction(() => document.body.dataset.done, null, { timeout: LIMIT });

/**
 * Opens a page of disk without a network, waits for its runs, and visits it. Whatever fails is a problem of this page, with
 * what the page says at that moment; the next page is opened all the same.
 */
async function look(what, file, { size = "desktop", scheme = "light", hash = "" }, visit) {
  const phone = size === "phone";
  const context = await browser.newContext({ viewport: ALL_SIZES[size], colorScheme: scheme, isMobile: phone, hasTouch: phone, offline: true });
  const page = await context.newPage();
  page.setDefaultTimeout(LIMIT);
  const seen = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && seen.push(message.text()));
  page.on("pageerror", (error) => seen.push(String(error)));
  page.on("request", (request) => /^(file|data|blob):/.test(request.url()) || seen.push(request.url()));
  let timer;
  const late = new Promise((_, stop) => {
    timer = setTimeout(() => stop(new Error(`not finished after ${(5 * LIMIT) / 1000} s`)), 5 * LIMIT);
  });
  const visited = async () => {
    await page.goto(pathToFileURL(file).href + hash);
    await done(page);
    return visit(page);
  };
  try {
    return await Promise.race([visited(), late]);
  } catch (error) {
    const words = async (id) => (await page.textContent(`#${id}`, { timeout: 1000 }).catch(() => "")) ?? "";
    expect(false, `${what}: ${error.message.split("\n")[0]}; the page says: ${await words("state")} ${await words("alarm")}`);
    return null;
  } finally {
    clearTimeout(timer);
    expect(seen.length === 0, `${what}: ${seen.join("; ")}`);
    await context.close();
  }
}
/** Writes the page of an experiment; where the program refuses, its words are the problem, and opening the page another. */
function explore(what, ...words) {
  try {
    execFileSync(program, ["explore", ...words], { stdio: "pipe" });
  } catch (error) {
    expect(false, `${what}: ${error.stderr}`);
  }
}

// The bytes.
const modules = [join(root, "crates/explorer/explorer.wasm.gz"), ...(other ? [other] : [])];
for (const file of readdirSync(join(root, "experiments")).filter((name) => name.endsWith(".toml"))) {
  const name = file.slice(0, -5);
  const short = SHORT[name] ?? ["horizon=60s", "warmup=20s"];
  const html = join(work, `${name}.html`);
  explore(name, join(root, "experiments", file), "--out", html, ...short.flatMap((one) => ["--set", one]), "--replications", String(REPLICATIONS));
  await look(name, html, {}, async (page) => {
    const command = await page.textContent("#words");
    const { csv, load } = await page.evaluate(async () => ({ csv: await teller.ask({ op: "csv" }), load: request() }));
    // The page's own command, as a shell takes it.
    const out = join(work, name);
    execFileSync("sh", ["-c", `${command.replace("pushpull", `'${program}'`)} --quiet --no-double-check --out '${out}'`], { stdio: "pipe" });
    const native = readFileSync(join(out, "runs.csv"), "utf8");
    expect(native.split("\n").length > REPLICATIONS, `${name} has no runs`);
    expect(native === csv, `${name}: the browser's runs.csv is not the program's`);
    for (const module of modules) expect(native === explored(module, load), `${name}: runs.csv of ${module} under Node.js is not the program's`);
  });
}

// The page at each size, in each theme.
const html = join(work, "page.html");
explore("incident", join(root, "experiments/incident.toml"), "--out", html, "--set", "horizon=5m", "--set", "warmup=1m", "--replications", "4");
for (const size of Object.keys(ALL_SIZES)) {
  for (const scheme of SCHEMES) {
    const place = `${size}, ${scheme}`;
    await look(place, html, { size, scheme }, async (page) => {
      expect((await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)) <= 0, `${place}: the page scrolls sideways`);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => axe.run(document));
      for (const { id, nodes } of violations) expect(false, `${place}: axe ${id}: ${nodes[0].html.slice(0, 200)}`);
      expect(violations.length === 0, `${place}: axe`);
    });
  }
}

// A reader's steps.
/** Of the first value; a pinned one stands behind. */
const limits = (page) => page.textContent("#table tbody tr td small");
const moved = await look("a slider", html, {}, async (page) => {
  const before = await limits(page);
  await page.click("#pin");
  await page.focus("input[type=range]");
  for (let step = 0; step < 10; step++) await page.keyboard.press("PageUp");
  await page.waitForFunction(() => location.hash.includes("bus.loss"));
  await done(page);
  expect((await limits(page)) !== before, "a slider that is moved with the keyboard changes the table");
  expect((await page.textContent("#table")).includes("pinned:"), "the pinned setting stands beside");
  expect((await page.$$(".pinfigure svg")).length > 0, "and so do its figures");
  const ids = await page.$$eval("[id]", (all) => all.map(({ id }) => id));
  expect(new Set(ids).size === ids.length, "ids are unique");
  const now = { hash: await page.evaluate(() => location.hash), limits: await limits(page) };
  await page.evaluate(() => document.activeElement.blur());
  // Each press is a step.
  for (let step = 0; step < 10; step++) await page.keyboard.press("Control+z");
  await page.waitForFunction(() => !location.hash.includes("bus.loss") && document.getElementById("undo").disabled);
  await done(page);
  expect((await limits(page)) === before, "undo comes back to the results before");
  return now;
});
await look("an address", html, { hash: moved?.hash ?? "" }, async (page) => {
  expect((await limits(page)) === moved?.limits, "the address gives the same results");
});
await look("an address of nonsense", html, { hash: "#s=nonsense%3D1&s=%%&k=x&off=nobody&along=y&seed=-1&n=0&&=" }, async (page) => {
  expect((await page.textContent("#alarm")) === "" && (await page.$$("#table tbody tr")).length > 1, "nonsense in the address is left out");
});
await look("files", html, {}, async (page) => {
  const saved = async (button) => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.click(button)]);
    return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
  };
  const runs = await saved("#save");
  expect(runs.name === "runs.csv" && runs.text === (await page.evaluate(() => teller.ask({ op: "csv" }))), "runs.csv is saved");
  const file = await saved("#file");
  expect(file.name === "incident.toml" && file.text === readFileSync(join(root, "experiments/incident.toml"), "utf8"), "the experiment is saved");
});
await look("a story", html, {}, async (page) => {
  await page.click("#table tbody tr button");
  await page.waitForFunction(() => /stalled because|no counted attempt/.test(document.getElementById("tale").textContent));
  await page.keyboard.press("Escape");
});
await look("a wrong value", html, {}, async (page) => {
  await page.fill(".knob input[type=text]", "2");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.getElementById("alarm").textContent.includes("accepted"));
  await page.fill(".knob input[type=text]", "0.02");
  await page.keyboard.press("Enter");
  await done(page);
  expect((await page.textContent("#alarm")) === "", "a right value takes the message away");
});
// A run of too many events panics: the page says how to see that again, and works on.
await look("a panic", html, {}, async (page) => {
  await page.fill("#key", "events_max");
  await page.keyboard.press("Enter");
  const field = page.locator("#knobs .knob", { hasText: "events_max" }).locator("input[type=text]");
  const events = await field.inputValue();
  await field.fill("5000");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.getElementById("alarm").textContent.includes("pushpull trace"));
  await field.fill(events);
  await page.keyboard.press("Enter");
  await done(page);
  expect((await page.textContent("#alarm")) === "", "after a panic the page works on");
});
await browser.close();

if (problems.length > 0) {
  console.error(`${problems.length} of ${checks} checks failed`);
  process.exit(1);
}
console.log(`the explorer: ${checks} checks passed`);
