import { type Deployment, NAMESPACE } from "./deployment.ts";
import { seePage } from "./page.ts";
import { DeployError } from "./shell.ts";
import { within } from "./within.ts";

interface Trade {
  readonly symbol: string;
  /** ISO 8601, or epoch ms. */
  readonly eventTime: string | number;
}

interface AlertEntry {
  readonly id: string;
  readonly ruleId: string;
}

interface DeliveryEntry {
  readonly state: string;
  readonly code?: string;
  readonly reason?: string;
}

/**
 * How long is waited, in ms: for the API to answer, for a trade, for the rule to fire, for the
 * mail, the price and the page.
 */
export const WAITS = {
  api: 60_000,
  trade: 30_000,
  alert: 120_000,
  mail: 60_000,
  price: 60_000,
  page: 60_000,
} as const;
export type Waits = Readonly<Record<keyof typeof WAITS, number>>;

/** The market trades when its newest trade is not older than this, ms. */
const TRADING_MS = 120_000;

export interface SmokeOptions {
  /** The control API's key. */
  readonly key: string;
  /** Grafana's log-in; undefined where it has none. */
  readonly grafana: { readonly user: string; readonly password: string } | undefined;
  /** How many people are called when something is wrong. */
  readonly receivers: number;
}

/**
 * Sees the system work: a rule that the next trade of a symbol fulfils is posted, fires, and its mail is accepted; the price
 * is read back; Grafana has its dashboards. Where nothing trades just now, the rule is only posted, and what was not seen is
 * said.
 *
 * @returns what was seen, and what was not, in words.
 * @throws {DeployError} when the API does not answer, refuses the rule, no alert comes, its mail is not accepted, or no price
 * is stored.
 */
export async function smokeTest(deployment: Deployment, options: SmokeOptions): Promise<string> {
  const seen = await throughPort(
    deployment,
    { namespace: NAMESPACE, target: "service/control", port: 80 },
    (url) => {
      return seeAlertMailAndPrice({ url, key: options.key, recipient: deployment.mailFrom, waits: WAITS });
    },
  );
  const grafana = options.grafana;
  if (grafana !== undefined) {
    const target = { namespace: "monitoring", target: "service/grafana", port: 3000 };
    seen.push(await throughPort(deployment, target, (url) => seeDashboards(url, grafana, WAITS)));
  }
  if (options.receivers === 0) {
    seen.push("NOBODY IS CALLED when something is wrong: name somebody in `pages` of terraform.tfvars");
  } else {
    const target = { namespace: "monitoring", target: "service/alertmanager", port: 9093 };
    seen.push(await throughPort(deployment, target, (url) => seePage(url, WAITS)));
  }
  return seen.join("; ");
}

/** Does something with a service of the cluster, through a port of this machine. */
async function throughPort<T>(
  deployment: Deployment,
  service: { readonly namespace: string; readonly target: string; readonly port: number },
  work: (url: string) => Promise<T>,
): Promise<T> {
  const port = freePort();
  const forward = deployment.shell.start("kubectl", [
    "-n",
    service.namespace,
    "port-forward",
    "--address=127.0.0.1",
    service.target,
    `${port}:${service.port}`,
  ]);
  try {
    return await work(`http://127.0.0.1:${port}`);
  } finally {
    try {
      forward.kill("SIGTERM");
    } catch {
      // It has ended already, which is what is wanted.
    }
    await forward.status;
  }
}

/**
 * A rule fires, its mail is accepted, a price is read back.
 *
 * @returns what was seen, in words.
 * @throws {DeployError} naming what was not.
 */
export async function seeAlertMailAndPrice(
  options: { url: string; key: string; recipient: string; waits: Waits },
): Promise<string[]> {
  const { recipient, waits } = options;
  const api = new Api(options.url, options.key, waits);
  await api.untilReady();
  const trading = await within(waits.trade, async () => {
    const last = await api.get("/v1/market/last") as { data?: readonly Trade[] } | undefined;
    return last?.data?.find(({ eventTime }) => Date.now() - new Date(eventTime).getTime() < TRADING_MS);
  });
  const symbol = trading?.symbol ?? "005930";
  const id = `smoke-${crypto.randomUUID()}`;
  const started = Date.now();
  await api.post("/v1/rules", {
    id,
    symbol,
    kind: "target_price",
    comparator: "gte",
    value: "1",
    recipients: [recipient],
    note: "smoke test",
  });
  try {
    if (trading === undefined) {
      return [
        `a rule for ${symbol} was accepted; nothing trades now, so no alert, mail or price was seen: ` +
        "run the same command again when it does",
      ];
    }
    const alert = await untilAlert(api, id, symbol);
    const fired = `a rule for ${symbol} fired ${
      ((Date.now() - started) / 1000).toFixed(1)
    } s after it was posted`;
    return [fired, await untilMailed(api, alert.id, recipient), await untilPriced(api, symbol)];
  } finally {
    await api.delete(`/v1/rules/${id}`);
  }
}

async function untilAlert(api: Api, ruleId: string, symbol: string): Promise<AlertEntry> {
  const { waits } = api;
  const found = await within(waits.alert, async () => {
    const answer = await api.get(`/v1/alerts?ruleId=${ruleId}`) as
      | { data: readonly AlertEntry[] }
      | undefined;
    return answer?.data.find((entry) => entry.ruleId === ruleId);
  });
  if (found !== undefined) return found;
  throw new DeployError(
    `No alert came within ${waits.alert / 1000} s of posting a rule that any trade of ${symbol} fulfils`,
    "Follow the trade: docs/deployment/runbooks.md#no-alerts. Everything is deployed; run the same command again when it is mended.",
  );
}

/** The mail is accepted, or SES says why not: in its sandbox it refuses who is not verified. */
async function untilMailed(api: Api, alertId: string, recipient: string): Promise<string> {
  const { waits } = api;
  let newest: DeliveryEntry | undefined;
  const sent = await within(waits.mail, async () => {
    const answer = await api.get(`/v1/alerts/${encodeURIComponent(alertId)}`) as
      | { deliveries?: readonly DeliveryEntry[] }
      | undefined;
    newest = answer?.deliveries?.[0];
    return newest?.state === "sent" || newest?.state === "dead" ? newest : undefined;
  });
  if (sent?.state === "sent") return `its mail to ${recipient} was accepted`;
  const why = [newest?.code, newest?.reason].filter(Boolean).join(": ") ||
    `it is ${newest?.state ?? "not begun"}`;
  throw new DeployError(
    `The mail of the smoke test's alert to ${recipient} was not accepted within ${
      waits.mail / 1000
    } s (${why})`,
    'In SES\'s sandbox both sender and recipient must be verified: docs/deployment/first-deployment.md, "Mail". Everything else is deployed; run the same command again when it is mended.',
  );
}

async function untilPriced(api: Api, symbol: string): Promise<string> {
  const { waits } = api;
  const stored = await within(waits.price, async () => {
    const answer = await api.get(`/v1/market/${symbol}/candles`) as { data?: readonly unknown[] } | undefined;
    return (answer?.data?.length ?? 0) > 0 ? true : undefined;
  });
  if (stored) return `prices of ${symbol} are read back`;
  throw new DeployError(
    `No price of ${symbol} was stored within ${waits.price / 1000} s of its trade`,
    `See why: kubectl -n ${NAMESPACE} logs deployment/consumer; its /readyz names what InfluxDB answers.`,
  );
}

async function seeDashboards(
  url: string,
  { user, password }: { user: string; password: string },
  waits: Waits,
): Promise<string> {
  const headers = { authorization: `Basic ${btoa(`${user}:${password}`)}` };
  const titles = await within(waits.api, async () => {
    const answer = await fetch(`${url}/api/search?type=dash-db`, { headers }).catch(() => undefined);
    if (answer?.ok !== true) {
      await answer?.body?.cancel();
      return undefined;
    }
    const found = await answer.json() as readonly { readonly title: string }[];
    return found.length > 0 ? found.map(({ title }) => title) : undefined;
  });
  if (titles !== undefined) return `Grafana has ${titles.length} dashboards`;
  throw new DeployError(
    `Grafana showed no dashboard within ${waits.api / 1000} s`,
    "The application runs without it. See why: kubectl -n monitoring logs deployment/grafana.",
  );
}

/** The control API, as far as this test needs it. */
class Api {
  readonly waits: Waits;
  readonly #url: string;
  readonly #headers: Record<string, string>;

  constructor(url: string, key: string, waits: Waits) {
    this.waits = waits;
    this.#url = url;
    this.#headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  }

  async untilReady(): Promise<void> {
    const ready = await within(this.waits.api, () =>
      fetch(`${this.#url}/readyz`).then(async (answer) => {
        await answer.body?.cancel();
        return answer.ok || undefined;
      }, () => undefined));
    if (ready) return;
    throw new DeployError(
      `The control API was not ready within ${this.waits.api / 1000} s`,
      `See why: kubectl -n ${NAMESPACE} logs deployment/control; its /readyz names what it waits for.`,
    );
  }

  /** The JSON of a path, or undefined when there is none. */
  async get(path: string): Promise<unknown> {
    const answer = await fetch(`${this.#url}${path}`, { headers: this.#headers });
    if (answer.ok) return await answer.json();
    await answer.body?.cancel();
    return undefined;
  }

  async post(path: string, body: unknown): Promise<void> {
    const answer = await fetch(`${this.#url}${path}`, {
      method: "POST",
      headers: this.#headers,
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (answer.status !== 201 && answer.status !== 200) {
      throw new DeployError(
        `The control API refused the smoke test's rule (${answer.status}): ${text}`,
        "A 401 means the key in the Secret api is not the one control was started with: run with --rotate api.",
      );
    }
  }

  async delete(path: string): Promise<void> {
    const answer = await fetch(`${this.#url}${path}`, { method: "DELETE", headers: this.#headers });
    await answer.body?.cancel();
  }
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}
