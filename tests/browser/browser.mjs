// A page in a real browser: what it logs and requests, and pictures of it.
import { chromium } from "playwright-core";
import { pathToFileURL } from "node:url";

/** Where Debian puts Chromium, unless CHROMIUM says otherwise. */
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

export const SIZES = {
  desktop: { width: 1400, height: 900 },
  phone: { width: 390, height: 844 },
};
/** With a size between both, where the explorer's page changes its order. */
export const ALL_SIZES = { ...SIZES, tablet: { width: 768, height: 1024 } };
export const SCHEMES = ["light", "dark"];

/** Starts the browser; the caller closes it. */
export const launch = () =>
  chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"] });

/** Opens a file; `seen` collects what must not happen. */
export async function open(browser, file, { size, scheme = "light", scripts = true, media = "screen" }) {
  const context = await browser.newContext({
    viewport: ALL_SIZES[size],
    colorScheme: scheme,
    javaScriptEnabled: scripts,
    isMobile: size === "phone",
    hasTouch: size === "phone",
    offline: true,
  });
  const page = await context.newPage();
  const url = pathToFileURL(file).href;
  const seen = { console: [], requests: [] };
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) seen.console.push(message.text());
  });
  page.on("pageerror", (error) => seen.console.push(String(error)));
  page.on("request", (request) => {
    if (request.url() !== url && !request.url().startsWith("data:")) seen.requests.push(request.url());
  });
  await page.emulateMedia({ media, colorScheme: scheme });
  await page.goto(url);
  return { page, seen, close: () => context.close() };
}
