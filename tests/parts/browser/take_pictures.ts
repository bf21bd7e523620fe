/**
 * Pictures of the console for the docs, of a program that runs and has traded for a while. Chromium is needed.
 *
 *     deno task start
 *     deno task pictures http://127.0.0.1:8000 data/api-key
 *
 * @module
 */
import type { BrowserContextOptions, Page } from "playwright-core";
import { indexedPng, type Pixels } from "./indexed_png.ts";
import { launchBrowser } from "./browser.ts";

const FOLDER = new URL("../../../docs/pictures/", import.meta.url).pathname;
const [url = "http://127.0.0.1:8000", keyFile = "data/api-key"] = Deno.args;

interface Picture {
  readonly name: string;
  readonly options: BrowserContextOptions;
  readonly hash: string;
  readonly pose: (page: Page) => Promise<void>;
}

const DESK = { viewport: { width: 1280, height: 800 }, locale: "ko-KR", colorScheme: "dark" } as const;
const CHART = ".chart canvas";

const PICTURES: readonly Picture[] = [
  {
    name: "desk",
    options: DESK,
    hash: "#/000660",
    pose: async (page) => {
      await page.locator(".nav-button[data-view=rules]").click();
      await page.locator(CHART).first().waitFor();
    },
  },
  {
    name: "form",
    options: { ...DESK, colorScheme: "light" },
    hash: "#/005930",
    pose: async (page) => {
      await page.locator(CHART).first().waitFor();
      await page.locator(".detail-head").getByRole("button", { name: "규칙 추가" }).click();
      await page.locator(".condition-value").fill("7만");
      await page.getByText(/지난 장\(/).first().waitFor();
    },
  },
  {
    name: "phone",
    options: { viewport: { width: 360, height: 740 }, locale: "ko-KR", colorScheme: "dark", isMobile: true },
    hash: "#/000660?interval=3m",
    pose: (page) => page.locator(CHART).first().waitFor(),
  },
];

const key = (await Deno.readTextFile(keyFile)).trim();
const browser = await launchBrowser();
await Deno.mkdir(FOLDER, { recursive: true });
try {
  for (const { name, options, hash, pose } of PICTURES) {
    const context = await browser.newContext({ ...options, reducedMotion: "reduce" });
    const page = await context.newPage();
    await context.request.post(`${url}/v1/session`, { data: { key } });
    await page.goto(`${url}/${hash}`);
    await pose(page);
    await page.waitForTimeout(1_500);
    const picture = indexedPng(await pixelsOf(page, await page.screenshot()));
    await Deno.writeFile(`${FOLDER}${name}.png`, picture);
    console.log(`${name}.png: ${Math.round(picture.length / 1_000)} kB`);
    await context.close();
  }
} finally {
  await browser.close();
}

/** Has the browser take a picture apart. */
async function pixelsOf(page: Page, png: Uint8Array): Promise<Pixels> {
  const data = `data:image/png;base64,${png.toBase64()}`;
  const { width, height, base64 } = await page.evaluate(async (source) => {
    const image = new Image();
    image.src = source;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d")!;
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    let text = "";
    for (let at = 0; at < data.length; at += 30_000) {
      text += String.fromCharCode(...data.subarray(at, at + 30_000));
    }
    return { width: image.width, height: image.height, base64: btoa(text) };
  }, data);
  return { width, height, rgba: Uint8Array.fromBase64(base64) };
}
