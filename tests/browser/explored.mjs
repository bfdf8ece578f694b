// What the tests of the explorer share: the program writes a page, a browser opens it, and what fails is counted.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ALL_SIZES, launch } from "./browser.mjs";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const program = process.argv[2];
export const work = mkdtempSync(join(tmpdir(), "explorer-"));
process.on("exit", () => rmSync(work, { recursive: true }));

let checks = 0;
const problems = [];
export const expect = (holds, what) => {
  checks += 1;
  if (!holds) {
    problems.push(what);
    console.error(`FAILED ${what}`);
  }
};

const browser = await launch();
/** What a page may take to open, to make its runs, or for one step of a reader, ms. */
const LIMIT = 120_000;
export const done = (page) => page.waitForFunction(() => document.body.dataset.done, null, { timeout: LIMIT });

/**
 * Opens a page of disk without a network, waits for its runs, and visits it. Whatever fails is a problem of this page, with
 * what the page says at that moment; the next page is opened all the same. STEP=WORDS in the environment leaves out the
 * pages without these words.
 */
export async function look(what, file, { size = "desktop", scheme = "light", hash = "", init = null }, visit) {
  if (!what.includes(process.env.STEP ?? "")) return null;
  const phone = size === "phone";
  const context = await browser.newContext({ viewport: ALL_SIZES[size], colorScheme: scheme, isMobile: phone, hasTouch: phone, offline: true });
  const page = await context.newPage();
  if (init) await page.addInitScript(init);
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

/** Runs the program; where it refuses, its words are the problem. */
export function run(what, ...words) {
  try {
    execFileSync(program, words, { stdio: "pipe", cwd: work });
  } catch (error) {
    expect(false, `${what}: ${error.stderr}`);
  }
}

/** Presses a button that saves `count` files, and saves them into a folder of that name. */
export async function saved(page, button, count, name) {
  const folder = join(work, name);
  mkdirSync(folder, { recursive: true });
  const downloads = [];
  const all = new Promise((go) => {
    page.on("download", (download) => {
      downloads.push(download);
      if (downloads.length === count) go();
    });
  });
  await page.click(button);
  await all;
  for (const download of downloads) await download.saveAs(join(folder, download.suggestedFilename()));
  return { folder, names: downloads.map((download) => download.suggestedFilename()) };
}

/** Follows what the page says under "The same on the command line", in a shell; the folder of results. */
export async function followed(page, name) {
  const files = (await page.textContent("#saved")).split(", ");
  const { folder } = await saved(page, "#file", files.length, name);
  const command = await page.textContent("#words");
  const there = `pushpull() { '${program}' "$@" --quiet --no-double-check --out results; }\n${command}`;
  execFileSync("sh", ["-ec", there], { stdio: "pipe", cwd: folder });
  return join(folder, "results");
}

/** Closes the browser, and says what failed or how much was checked. */
export async function end(what) {
  await browser.close();
  if (problems.length > 0) {
    console.error(`${what}: ${problems.length} of ${checks} checks failed`);
    process.exit(1);
  }
  console.log(`${what}: ${checks} checks passed`);
}
