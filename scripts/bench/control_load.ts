import { alertTimes } from "./alert_times.ts";
import type { DearOptions } from "./control_dear.ts";
import { quantile, withStart } from "./control_start.ts";

interface Load {
  /** How long it is measured. */
  readonly seconds: number;
  /** Lines of each of the two imports. */
  readonly lines: number;
}

/**
 * What others wait while all that is dear is asked for at once: two imports, 80,000 fields with a key and without one, the
 * audit, rules and alerts a thousand at a time, an export, a trial, event streams from their beginning, posts of SNS. Meanwhile
 * `/healthz` is asked every 20 ms, from when it was due, and twenty rules a second are made that fire at their symbol's next
 * trade, each mailed to somebody else. What the stream takes for those, from the trade's arrival, stands in the log; what the
 * notifier takes is what its metrics say.
 */
export async function dearRequests({ seconds, lines }: Load): Promise<Record<string, unknown>> {
  return await withStart(async ({ url, key, folder, stop }) => {
    const symbols = await symbolsOf({ url, key });
    const dear = new Dear({ url, key, seconds, lines });
    await dear.ready;
    const signal = AbortSignal.timeout(seconds * 1_000);
    const [times, rules, dearCount] = await Promise.all([
      health({ url, key, signal }),
      firing({ url, key, signal }, symbols),
      dear.count,
    ]);
    const metrics = await text(`${url}/metrics`, { authorization: `Bearer ${key}` });
    await stop();
    const alerts = alertTimes(`${folder}/events.db`);
    return {
      scenario: "control-load",
      seconds,
      dear_requests: dearCount,
      rules_made: rules,
      healthz_p50_ms: quantile(times, 0.5),
      healthz_p99_ms: quantile(times, 0.99),
      healthz_max_ms: quantile(times, 1),
      stream_alerts: alerts.length,
      stream_p50_ms: quantile(alerts, 0.5),
      stream_p99_ms: quantile(alerts, 0.99),
      ...share(metrics, "notifier", "tickbell_notifier_handover_seconds"),
    };
  });
}

/** What asks for what is dear, in a thread of its own. */
class Dear {
  /** Its bodies are made; it asks from now on. */
  readonly ready: Promise<void>;
  /** How many answers there were, once its time is over. */
  readonly count: Promise<number>;

  constructor(options: DearOptions) {
    const worker = new Worker(new URL("./control_dear.ts", import.meta.url).href, { type: "module" });
    const [ready, count] = [Promise.withResolvers<void>(), Promise.withResolvers<number>()];
    worker.onmessage = ({ data }: MessageEvent<"ready" | number>) =>
      data === "ready" ? ready.resolve() : count.resolve(data);
    worker.onerror = ({ message }) => [ready, count].forEach(({ reject }) => reject(new Error(message)));
    worker.postMessage(options);
    [this.ready, this.count] = [ready.promise, count.promise];
  }
}

interface Api {
  readonly url: string;
  readonly key: string;
  readonly signal: AbortSignal;
}

/**
 * Makes rules that fire at the next trade of their symbol, each for a recipient of its own.
 *
 * @returns how many were made.
 */
async function firing({ url, key, signal }: Api, symbols: readonly string[]): Promise<number> {
  const asked: Promise<number>[] = [];
  for (let index = 0; !signal.aborted; index++) {
    const symbol = symbols[index % symbols.length];
    const rule = { symbol, when: "price >= 1", recipients: [`bench-${index}@example.com`] };
    asked.push(made(`${url}/v1/rules`, key, rule));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return (await Promise.all(asked)).filter((status) => status === 201).length;
}

async function made(url: string, key: string, rule: Record<string, unknown>): Promise<number> {
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(rule),
  });
  await response.body?.cancel();
  return response.status;
}

/** What each request to `/healthz` took, in ms, from when it was due. */
async function health({ url, signal }: Api): Promise<number[]> {
  const times: number[] = [];
  const asked: Promise<void>[] = [];
  const begun = performance.now();
  for (let index = 0; !signal.aborted; index++) {
    const due = begun + index * 20;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    asked.push(text(`${url}/healthz`).then(() => void times.push(performance.now() - due)));
  }
  await Promise.all(asked);
  return times;
}

/** Symbols that trade, once there are some. */
async function symbolsOf({ url, key }: Pick<Api, "url" | "key">): Promise<string[]> {
  for (;;) {
    const page = JSON.parse(await text(`${url}/v1/market/last`, { authorization: `Bearer ${key}` }));
    if (page.data.length >= 20) return (page.data as { symbol: string }[]).map(({ symbol }) => symbol);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function text(url: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(url, { headers });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return await response.text();
}

/** Of a histogram: how many there are, how many took 50 ms at most, and which bucket's bound 99 of 100 are within. */
function share(metrics: string, who: string, name: string): Record<string, unknown> {
  const buckets = new Map<number, number>();
  for (
    const [, labels, value] of metrics.matchAll(new RegExp(`^${name}_bucket\\{([^}]*)\\} (\\S+)$`, "gm"))
  ) {
    const bound = Number(/le="([^"]+)"/.exec(labels as string)?.[1]?.replace("+Inf", "Infinity"));
    buckets.set(bound, (buckets.get(bound) ?? 0) + Number(value));
  }
  const all = buckets.get(Infinity) ?? 0;
  const within = [...buckets].sort(([a], [b]) => a - b).find(([, count]) => count >= 0.99 * all)?.[0] ?? NaN;
  return {
    [`${who}_alerts`]: all,
    [`${who}_within_50_ms`]: `${Math.round((buckets.get(0.05) ?? 0) / Math.max(1, all) * 1_000) / 10} %`,
    [`${who}_p99_up_to_ms`]: within * 1_000,
  };
}
