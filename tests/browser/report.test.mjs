// Opens reports in a real browser: desktop and phone, light and dark, with and without scripts, and on paper.
//
//   node report.test.mjs FOLDER... [--page FOLDER]...
//
// Each folder holds report.html and page.html; one behind --page has page.html alone.
//
// Says what is wrong and exits 1, or says what was checked and exits 0.
import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { inflateSync } from "node:zlib";
import { SCHEMES, SIZES, launch, open } from "./browser.mjs";

const BYTES_MAX = 4_000_000;
/** Sheets that a whole report may take. */
const SHEETS_MAX = 8;
const PAPERS = ["A4", "Letter"];
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let checks = 0;
const problems = [];
let place = "";
const expect = (holds, what) => {
  checks += 1;
  if (!holds) {
    problems.push(`${place}: ${what}`);
    console.error(`FAILED ${place}: ${what}`);
  }
};

/** Nothing sticks out of the window: the page itself never scrolls sideways. */
const overhang = (page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

async function everyFigureHasItsAlternative(page) {
  const figures = await page.$$eval("figure", (all) =>
    all.map((figure) => {
      const svg = figure.querySelector("svg");
      const named = (svg?.getAttribute("aria-labelledby") ?? "").split(" ").filter(Boolean);
      return {
        role: svg?.getAttribute("role"),
        texts: named.map((id) => document.getElementById(id)?.textContent.trim() ?? ""),
        // the figure of the first sheet is among the others again, or in the report, with its numbers
        rows: figure.matches(".main") ? 1 : figure.querySelectorAll("details tbody tr").length,
        hover: svg?.querySelectorAll("g > title").length ?? 0,
      };
    }),
  );
  expect(figures.length > 0, "there is no figure");
  for (const [index, { role, texts, rows, hover }] of figures.entries()) {
    expect(role === "img", `figure ${index} has the role ${role}`);
    expect(texts.length === 2 && texts.every((text) => text.length > 10), `figure ${index} has no alternative text`);
    expect(rows > 0, `figure ${index} has no numbers`);
    expect(hover > 0, `figure ${index} has no values to hover over`);
  }
}

/** The legend of each figure stands below it exactly where the screen is too narrow for the whole figure. */
async function everyLegendIsInView(page, size) {
  const figures = await page.$$eval("figure", (all) =>
    all.map((figure) => {
      const plot = figure.querySelector(".plot");
      const key = figure.querySelector(".key");
      const words = [...(key?.querySelectorAll("li span") ?? [])].map((entry) => entry.textContent.trim());
      return {
        id: figure.id,
        isShown: figure.checkVisibility(),
        isNarrow: plot.scrollWidth > plot.clientWidth,
        hasKey: Boolean(key),
        isKeyShown: Boolean(key?.checkVisibility()),
        samples: key?.querySelectorAll("li svg > *").length ?? 0,
        words,
      };
    }),
  );
  const shown = figures.filter((figure) => figure.isShown);
  expect(shown.some((figure) => figure.hasKey), "no figure has a legend");
  for (const { id, isNarrow, hasKey, isKeyShown, samples, words } of shown) {
    expect(isNarrow === (size === "phone"), `${id} scrolls: ${isNarrow}`);
    if (!hasKey) continue;
    expect(isKeyShown === isNarrow, `the legend of ${id} is shown below it: ${isKeyShown}`);
    expect(words.every((entry) => entry.length > 0) && samples >= words.length, `the legend of ${id} has gaps`);
  }
}

async function tablesSort(page) {
  const columns = await page.$$eval("table.sortable", (tables) =>
    tables
      .filter((table) => table.checkVisibility() && table.tHead.querySelector("button"))
      .flatMap((table) =>
        [...table.tHead.rows[0].cells].map((heading, column) => {
          const keys = () =>
            [...table.tBodies[0].rows].map(({ cells }) => cells[column].dataset.key ?? cells[column].textContent.trim());
          const press = () => {
            heading.querySelector("button").click();
            return { keys: keys(), says: heading.getAttribute("aria-sort") };
          };
          return { name: heading.textContent.trim(), before: keys(), up: press(), down: press() };
        }),
      ),
  );
  expect(columns.length > 0, "no table could be sorted");
  for (const { name, before, up, down } of columns) {
    expect(up.says === "ascending" && down.says === "descending", `${name} says ${up.says}, ${down.says}`);
    expect(isSorted(up.keys, 1), `${name} is not ascending: ${up.keys.join(" ")}`);
    expect(isSorted(down.keys, -1), `${name} is not descending: ${down.keys.join(" ")}`);
    expect([...before].sort().join() === [...up.keys].sort().join(), `${name} lost rows`);
  }
  // and once as a reader does it
  const heading = page.locator("#points .point:visible table.wide thead th").nth(1);
  await heading.getByRole("button").focus();
  await page.keyboard.press("Enter");
  expect((await heading.getAttribute("aria-sort")) === "ascending", "the keyboard does not sort");
}

/** Numbers in order; then what is no number; undefined values last. */
function isSorted(keys, sign) {
  const value = (key) => (key === "inf" ? Infinity : Number(key));
  const isNumber = (key) => key !== "" && key !== "–" && !Number.isNaN(value(key));
  const defined = keys.filter((key) => key !== "" && key !== "–");
  if (keys.slice(0, defined.length).some((key) => key === "" || key === "–")) return false;
  if (!defined.every(isNumber)) return true; // words: the order of a language, which is the browser's business
  return defined.every((key, index) => index === 0 || sign * compare(value(key), value(defined[index - 1])) >= 0);
}

/** As numbers, infinite ones included. */
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

async function pointsSwitch(page) {
  const points = await page.$$("#points > .point");
  const select = await page.$("#point-select");
  if (points.length < 2) {
    expect(!select, "one point has a switch");
    return;
  }
  const visible = async () => {
    const shown = [];
    for (const point of points) if (await point.isVisible()) shown.push(await point.getAttribute("id"));
    return shown.join(" ");
  };
  const ids = await Promise.all(points.map((point) => point.getAttribute("id")));
  expect((await visible()) === ids[0], `at first ${await visible()} is shown`);
  await select.selectOption(ids.at(-1));
  expect((await visible()) === ids.at(-1), `after choosing the last, ${await visible()} is shown`);
  await page.getByRole("button", { name: "Previous" }).click();
  expect((await visible()) === ids.at(-2), `after Previous, ${await visible()} is shown`);
  await page.getByRole("button", { name: "Next" }).click();
  expect((await visible()) === ids.at(-1), `after Next, ${await visible()} is shown`);
  expect(await page.getByRole("button", { name: "Next" }).isDisabled(), "Next goes past the last point");
}

async function isAccessible(page) {
  await page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const told = violations.map(({ id, help, nodes }) => `${id} (${help}): ${nodes.length} × ${nodes[0].html.slice(0, 160)}`);
  expect(violations.length === 0, `axe-core finds ${told.join("; ")}`);
}

/** Pages of a PDF: its page objects, in the plain or in compressed streams. */
function sheets(pdf) {
  const text = pdf.toString("latin1");
  let all = text;
  for (const { index, 0: found } of text.matchAll(/stream\r?\n/g)) {
    const start = index + found.length;
    const end = text.indexOf("endstream", start);
    try {
      all += inflateSync(pdf.subarray(start, end)).toString("latin1");
    } catch {
      // a stream of another kind
    }
  }
  return (all.match(/\/Type\s*\/Page(?![a-zA-Z])/g) ?? []).length;
}

/** The one page: complete, accessible, and one sheet of paper of either size. */
async function isOnePage(browser, file) {
  for (const size of Object.keys(SIZES)) {
    for (const scheme of SCHEMES) {
      const { page, seen, close } = await open(browser, file, { size, scheme });
      for (const id of ["conclusion", "figure-main", "again"]) expect((await page.locator(`#${id}`).count()) === 1, `#${id} is not there`);
      expect((await page.locator("#conclusion .lead").innerText()).length > 20, "there is no conclusion");
      expect((await page.locator("h1").innerText()).length > 5, "there is no question");
      expect((await overhang(page)) <= 0, `the page scrolls sideways by ${await overhang(page)} px`);
      await isAccessible(page);
      expect(seen.console.length === 0, `the console says ${seen.console.join("; ")}`);
      expect(seen.requests.length === 0, `the page asks for ${seen.requests.join(", ")}`);
      await close();
    }
  }
  for (const format of PAPERS) {
    const { page, close } = await open(browser, file, { size: "desktop", scheme: "dark", media: "print" });
    const count = sheets(await page.pdf({ format }));
    expect(count === 1, `it prints on ${count} sheets of ${format}`);
    await close();
  }
}

async function works(browser, report, size, scheme) {
  const { page, seen, close } = await open(browser, report, { size, scheme });
  const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  expect(scheme === "dark" ? ground !== "rgb(255, 255, 255)" : ground === "rgb(255, 255, 255)", `the ground is ${ground}`);
  expect((await overhang(page)) <= 0, `the page scrolls sideways by ${await overhang(page)} px`);
  await everyFigureHasItsAlternative(page);
  await everyLegendIsInView(page, size);
  await pointsSwitch(page);
  if (scheme === "light") await tablesSort(page);
  await isAccessible(page);
  expect((await overhang(page)) <= 0, `unfolded, the page scrolls sideways by ${await overhang(page)} px`);
  expect(seen.console.length === 0, `the console says ${seen.console.join("; ")}`);
  expect(seen.requests.length === 0, `the page asks for ${seen.requests.join(", ")}`);
  await close();
}

async function readsWithoutScripts(browser, report) {
  const { page, seen, close } = await open(browser, report, { size: "desktop", scripts: false });
  for (const id of ["sheet", "question", "comparison", "figures", "assumptions", "parameters", "reproduce", "limits"]) {
    const section = page.locator(`#${id}`);
    expect((await section.count()) === 1 && (await section.isVisible()), `#${id} is not there`);
  }
  expect((await page.locator("#conclusion .lead").innerText()).length > 20, "there is no conclusion");
  const points = page.locator("#points > .point");
  for (let index = 0; index < (await points.count()); index += 1) {
    expect(await points.nth(index).isVisible(), `point ${index} is hidden`);
  }
  expect((await page.locator("#point-select").count()) === 0, "there is a switch that does nothing");
  expect(seen.requests.length === 0, `the page asks for ${seen.requests.join(", ")}`);
  await close();
}

async function prints(browser, report) {
  for (const format of PAPERS) {
    // As a reader does who has looked at it: with the scripts, at another point than the one that tells most.
    const { page, close } = await open(browser, report, { size: "desktop", scheme: "dark", media: "print" });
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(ground === "rgb(255, 255, 255)", `paper is ${ground}`);
    const shown = await page.$$eval(".point", (all) => all.filter((point) => getComputedStyle(point).display !== "none").map((point) => point.className));
    expect(shown.length === 1 && shown[0].includes("telling"), `points on paper: ${shown.join("; ")}`);
    const count = sheets(await page.pdf({ format }));
    expect(count > 1 && count <= SHEETS_MAX, `it prints on ${count} sheets of ${format}`);
    console.log(`${place}: ${count} sheets of ${format}`);
    await close();
  }
}

async function tellsStories(browser, report) {
  const { page, close } = await open(browser, report, { size: "phone" });
  const stories = page.locator("#stories details");
  expect((await stories.count()) > 0, "there is no story");
  for (let index = 0; index < (await stories.count()); index += 1) {
    const open = await stories.nth(index).evaluate((story) => story.open);
    expect(open === (index === 0), `story ${index} is ${open ? "open" : "folded"} at first`);
    if (!open) await stories.nth(index).locator("summary").click();
    expect((await stories.nth(index).innerText()).includes("It stalled because"), `story ${index} has no end`);
  }
  expect((await overhang(page)) <= 0, `with stories the page scrolls sideways by ${await overhang(page)} px`);
  await close();
}

const words = process.argv.slice(2);
const pages = words.filter((_, index) => words[index - 1] === "--page");
const folders = words.filter((word) => word !== "--page" && !pages.includes(word));
if (folders.length + pages.length === 0) {
  console.error("usage: node report.test.mjs FOLDER... [--page FOLDER]...");
  process.exit(2);
}
const browser = await launch();
try {
  for (const folder of pages) {
    place = `${basename(folder)}, one page`;
    const before = checks;
    await isOnePage(browser, join(folder, "page.html"));
    console.log(`${place}: ${checks - before} checks`);
  }
  for (const folder of folders) {
    const name = basename(folder);
    const report = join(folder, "report.html");
    place = `${name}, one page`;
    await isOnePage(browser, join(folder, "page.html"));
    place = name;
    const { size: bytes } = statSync(report);
    expect(bytes < BYTES_MAX, `it has ${bytes} bytes`);
    for (const size of Object.keys(SIZES)) {
      for (const scheme of SCHEMES) {
        place = `${name}, ${size}, ${scheme}`;
        const before = checks;
        await works(browser, report, size, scheme);
        console.log(`${place}: ${checks - before} checks`);
      }
    }
    place = `${name}, without scripts`;
    await readsWithoutScripts(browser, report);
    place = `${name}, on paper`;
    await prints(browser, report);
    place = `${name}, stories`;
    await tellsStories(browser, report);
    console.log(`${name}: ${bytes} bytes`);
  }
} finally {
  await browser.close();
}
console.log(problems.length === 0 ? `${checks} checks passed` : `${problems.length} of ${checks} checks failed`);
process.exit(problems.length === 0 ? 0 : 1);
