import { Buffer } from "node:buffer";
import { createECDH, randomBytes } from "node:crypto";
import { expect } from "expect";
import ece from "http_ece";
import type { Page } from "playwright-core";
import { policyViolations, watchedPage } from "./browser.ts";
import { FakeTelegram } from "../../support/fake_telegram.ts";
import { within } from "../../support/gather.ts";
import { HttpPeer } from "../../support/http_peer.ts";
import { readMail } from "../../support/mail_text.ts";
import { masterFile } from "../../support/master_file.ts";
import { mailsIn, runTickbell, startTickbell, until } from "../../support/tickbell.ts";
import { DESK, type Desk, shoot } from "./desk.ts";

/** Self-service, web push, and a push service on this machine. */
const PUSHES = [
  "--self-service",
  "--web-push",
  "--webhook-secret",
  "a-secret-of-the-test",
  "--webhook-local",
];

/** A market of three thousand; one of them stands in no list of well-known names. */
const MARKET = [
  { code: "005930", name: "삼성전자" },
  { code: "000660", name: "SK하이닉스" },
  { code: "123450", name: "가람너울홀딩스" },
  ...Array.from({ length: 3_000 }, (_, at) => ({ code: String(200_000 + 10 * at), name: `모래${at}호` })),
];

/** Has the log know the market, as each morning it does of KIS's files. */
async function updateReference(dataDir: string): Promise<void> {
  const file = `${dataDir}/kospi_code.mst`;
  await Deno.writeFile(file, masterFile("KOSPI", MARKET));
  const { code, err } = await runTickbell(["reference", "update", "--from", file, "--data-dir", dataDir]);
  expect({ code, err }).toEqual({ code: 0, err: expect.any(String) });
}

/** A browser's subscription, its keys here: `http_ece`, an independent library, opens what is sent to it. */
class Subscriber {
  readonly #keys = createECDH("prime256v1");
  readonly #auth = randomBytes(16).toString("base64url");
  readonly #came: Uint8Array[] = [];
  readonly peer = new HttpPeer(({ bytes }) => {
    this.#came.push(bytes);
    return new Response("", { status: 201, headers: { Location: "https://push.example/m/1" } });
  });

  constructor() {
    this.#keys.generateKeys();
  }

  /** What `PushManager.subscribe` of the page answers: headless Chromium has no push service of its own. */
  script(): string {
    const keys = { p256dh: this.#keys.getPublicKey("base64url"), auth: this.#auth };
    const json = JSON.stringify({ endpoint: `${this.peer.url}/push/1`, keys });
    return `
      PushManager.prototype.getSubscription = async () => null;
      PushManager.prototype.subscribe = async (options) => {
        globalThis.subscribedWith = options;
        return { toJSON: () => (${json}), options };
      };`;
  }

  /** The next message, opened. */
  async next(): Promise<string> {
    const body = await until(() => this.#came.shift(), "a push");
    const given = { version: "aes128gcm", privateKey: this.#keys, authSecret: this.#auth } as const;
    return ece.decrypt(Buffer.from(body), given).toString("utf8");
  }
}

/** The notification that a page's service worker shows. */
interface Shown {
  readonly title: string;
  readonly tag: string;
  readonly data: { readonly alert: string; readonly page: string };
}

/**
 * Hands the service worker of an origin a message, as its push service would: through the browser's debugging protocol.
 * Notifications are asked for once it is shown: one that is asked for in the moment between its record and its display is
 * taken for closed by Chromium, and forgotten.
 */
async function deliver(page: Page, origin: string, data: string): Promise<Shown> {
  const session = await page.context().newCDPSession(page);
  const registered = Promise.withResolvers<string>();
  session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
    const own = registrations.find(({ scopeURL }) => scopeURL === `${origin}/`);
    if (own !== undefined) registered.resolve(own.registrationId);
  });
  await session.send("ServiceWorker.enable");
  const registrationId = await within(registered.promise, "the service worker");
  const service = "notifications";
  const displayed = Promise.withResolvers<void>();
  session.on("BackgroundService.backgroundServiceEventReceived", ({ backgroundServiceEvent: event }) => {
    if (event.service === service && event.origin.startsWith(origin)) displayed.resolve();
  });
  await session.send("BackgroundService.startObserving", { service });
  await session.send("BackgroundService.setRecording", { service, shouldRecord: true });
  await session.send("ServiceWorker.deliverPushMessage", { origin, registrationId, data });
  await within(displayed.promise, "the notification");
  await session.detach();
  const notifications = await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    return (await registration.getNotifications()).map(({ title, tag, data }) => ({ title, tag, data }));
  });
  expect(notifications).toHaveLength(1);
  return notifications[0] as Shown;
}

/** Without key or account: the page behind a mail's link adds this browser, and a push leads back to such a page. */
export async function pushedFromAPage({ browser }: Pick<Desk, "browser">): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "tickbell-push-" });
  const subscriber = new Subscriber();
  const given = ["--rate", "300", "--seed", "5", "--web-push", "--webhook-local"];
  const secret = ["--webhook-secret", "a-secret-of-the-test", "--link-secret", "a-secret-of-the-links"];
  const tickbell = await startTickbell(dataDir, [...given, ...secret]);
  try {
    const rule = { id: "r", symbol: "005930", kind: "target_price", comparator: "gte", value: "1000" };
    await tickbell.api("/v1/rules", {
      method: "POST",
      body: JSON.stringify({ ...rule, recipients: ["kim@example.com"] }),
    });
    const mail = await until(async () => (await mailsIn(tickbell.outbox)).at(-1), "the mail");
    const link = /http:\S+\/v1\/pages\/alert\?token=[\w.-]+/.exec(readMail(mail).parts["text/plain"] ?? "")
      ?.[0];
    const { page, context, troubles } = await watchedPage(browser, tickbell.url, {
      viewport: { width: 360, height: 740 },
      locale: "ko-KR",
    });
    await context.grantPermissions(["notifications"], { origin: tickbell.url });
    await page.addInitScript(subscriber.script());
    await page.goto(link ?? "");
    await page.getByRole("link", { name: "이 브라우저로도 받기" }).click();
    await shoot(page, "page-push");
    await page.getByRole("button", { name: "확인" }).click();
    await page.getByText("추가했습니다").waitFor();
    const offered = await (await tickbell.api("/v1/offers")).json();
    const { recipients } = await (await tickbell.api("/v1/rules/r")).json();
    expect(recipients.map((one: string) => one.split(":")[0])).toEqual(["kim@example.com", "push"]);
    expect(offered.pushKey).not.toBeNull();

    // The test message, and the next alert: its notification opens a page that asks for no key.
    const first = JSON.parse(await subscriber.next());
    expect(first.title).toContain("시험");
    await page.goto(`${link}&do=value`);
    await page.getByLabel("새 값").fill("2,000원");
    await page.getByRole("button", { name: "확인" }).click();
    let pushed = "";
    while (!pushed.includes("삼성전자")) pushed = await subscriber.next();
    expect(pushed).not.toContain("보기");
    const shown = await deliver(page, tickbell.url, pushed);
    expect(shown.title).toContain("삼성전자");
    await page.goto(shown.data.page);
    await page.getByRole("link", { name: "1시간 쉬기" }).click();
    await page.getByRole("button", { name: "확인" }).click();
    await page.getByText("한 시간 동안 보내지 않습니다").waitFor();
    expect(troubles.filter((trouble) => !trouble.startsWith("40"))).toEqual([]);
    expect(await policyViolations(page)).toEqual([]);
    await context.close();
  } finally {
    await subscriber.peer.close();
    await tickbell.stop();
    await Deno.remove(dataDir, { recursive: true });
  }
}

/** Signs in by a mailed link, adds this browser as a channel, and is pushed the alert of a rule of one's own. */
export async function pushedToWhoSignedIn({ browser }: Pick<Desk, "browser">): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "tickbell-push-" });
  const subscriber = new Subscriber();
  const telegram = new FakeTelegram();
  await updateReference(dataDir);
  const bot = ["--telegram-token", telegram.token, "--telegram-api", telegram.peer.url];
  const tickbell = await startTickbell(dataDir, ["--rate", "300", "--seed", "5", ...PUSHES, ...bot]);
  try {
    const { page, context, troubles } = await watchedPage(browser, tickbell.url, DESK);
    await context.grantPermissions(["notifications"], { origin: tickbell.url });
    await page.addInitScript(subscriber.script());
    await page.goto(tickbell.url);
    const address = "kim@example.com";
    await page.getByLabel("메일 주소").fill(address);
    await page.getByRole("button", { name: "로그인 링크 받기" }).click();
    await page.getByText("메일을 보냈습니다").waitFor();
    const mail = await until(async () => (await mailsIn(tickbell.outbox)).at(-1), "the mail");
    const link = /http:\/\/127\.0\.0\.1:\d+\/v1\/pages\/sign-in\?token=[\w.-]+/.exec(
      readMail(mail).parts["text/plain"] ?? "",
    )?.[0] ??
      "";
    await page.goto(link);
    await page.getByRole("button", { name: "로그인" }).click();
    await page.locator("tr[data-symbol]").first().waitFor();
    await page.locator(".nav-button[data-view=system]").waitFor({ state: "hidden" });

    await page.getByText("내 계정").click();
    await page.getByRole("button", { name: "이 브라우저로 알림 받기" }).click();
    await page.locator("#toasts").getByText("이 브라우저를 채널에 추가했습니다.").waitFor();
    await shoot(page, "account");
    const offered = await (await tickbell.api("/v1/offers")).json();
    expect(await page.evaluate("subscribedWith.applicationServerKey")).toBe(offered.pushKey);

    // The account's Telegram chat, linked by its code, takes a rule too.
    await page.getByRole("button", { name: "텔레그램 연결" }).click();
    const said = await page.getByText(/\/start \w+/).textContent();
    telegram.write(`/start ${/\/start (\w+)/.exec(said ?? "")?.[1]}`);
    telegram.write("하이닉스 1원 넘으면");
    await until(
      () => telegram.sent.some(({ text }) => text.includes("1번 규칙을 만들었습니다")),
      "the bot's answer",
    );
    await until(() => telegram.sent.some(({ text }) => text.includes("[목표가")), "the alert in the chat");
    await page.getByText("내 계정").click();

    // A rule in the console's form: the channels stand in it already.
    // All symbols of the reference are found, by their initial consonants too, here and in the form.
    await page.getByLabel("종목명·코드 검색").fill("ㄱㄹㄴㅇ");
    await page.locator("tr[data-symbol='123450']").getByText("가람너울홀딩스").waitFor();
    await page.getByLabel("종목명·코드 검색").fill("삼성전자");
    await page.locator("tr[data-symbol='005930']").click();
    await page.locator(".detail-head").getByRole("button", { name: "규칙 추가" }).click();
    const form = page.getByRole("dialog");
    const symbol = form.getByRole("combobox", { name: "종목", exact: true });
    for (
      const [typed, meant] of [["가람너울", "가람너울홀딩스 123450"], ["삼전", "삼성전자 005930"]] as const
    ) {
      await symbol.fill(typed);
      await form.getByRole("option").first().click();
      expect(await symbol.inputValue()).toBe(meant);
    }
    await form.getByLabel("기준값").fill("1,000");
    expect(await form.getByLabel("받는 사람").inputValue()).toContain("push:http://127.0.0.1");
    await form.getByRole("button", { name: "지금 울림" }).click();
    await form.getByRole("button", { name: "저장" }).click();
    await form.waitFor({ state: "detached" });

    // What the push service got is opened by another library, and handed to the worker as it would be.
    let pushed = "";
    while (!pushed.includes("삼성전자")) pushed = await subscriber.next();
    const { title, alert } = JSON.parse(pushed);
    expect(title).toContain("삼성전자");
    const shown = await deliver(page, tickbell.url, pushed);
    expect(shown).toMatchObject({ title, data: { alert } });

    // Pressed, it leads to its alert.
    const worker = context.serviceWorkers()[0]!;
    await worker.evaluate(`(async () => {
      const [notification] = await self.registration.getNotifications();
      self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
    })()`);
    await page.waitForURL(`**/#/alerts/${encodeURIComponent(alert)}`);
    expect(await page.evaluate("caches.keys()")).toEqual([]);
    expect(troubles.filter((trouble) => !trouble.startsWith("40"))).toEqual([]);
    expect(await policyViolations(page)).toEqual([]);
    await context.close();
  } finally {
    await subscriber.peer.close();
    await tickbell.stop();
    await telegram.peer.close();
    await Deno.remove(dataDir, { recursive: true });
  }
}
