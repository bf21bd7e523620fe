import { quantile, ruleOf, withStart } from "./control_start.ts";

interface Load {
  /** How long it is measured. */
  readonly seconds: number;
  /** Lines of each of the two imports. */
  readonly lines: number;
}

/**
 * What others wait while all that is dear is asked for at once: two imports, 80,000 fields with a key and without one, the
 * audit, rules and alerts a thousand at a time, event streams from their beginning, posts of SNS. Meanwhile `/healthz` is asked
 * every 20 ms, from when it was due, and twenty rules a second are made that fire at their symbol's next trade, each mailed to
 * somebody else: what stream and notifier take for those is what they say in their own metrics.
 */
export async function dearRequests({ seconds, lines }: Load): Promise<Record<string, unknown>> {
  return await withStart(async ({ url, key }) => {
    const symbols = await symbolsOf({ url, key });
    const ending = new AbortController();
    const ended = new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    void ended.then(() => ending.abort());
    const api = { url, key, signal: ending.signal };
    const counts = { dear: 0, rules: 0 };
    const asking = dear(lines).map(async (request) => {
      while (!ending.signal.aborted) if (await answered(api, request) !== undefined) counts.dear++;
    });
    const rules = firing(api, symbols, counts);
    const times = await health(api);
    await Promise.all([...asking, rules]);
    const metrics = await text(`${url}/metrics`, { authorization: `Bearer ${key}` });
    return {
      scenario: "control-load",
      seconds,
      dear_requests: counts.dear,
      rules_made: counts.rules,
      healthz_p50_ms: quantile(times, 0.5),
      healthz_p99_ms: quantile(times, 0.99),
      healthz_max_ms: quantile(times, 1),
      ...share(metrics, "stream", "tickbell_stream_trade_to_alert_seconds"),
      ...share(metrics, "notifier", "tickbell_notifier_handover_seconds"),
    };
  });
}

interface Api {
  readonly url: string;
  readonly key: string;
  readonly signal: AbortSignal;
}

interface Request {
  readonly method?: string;
  readonly path: string;
  readonly type?: string;
  /** Without a key. */
  readonly open?: boolean;
  readonly body?: () => string;
}

function dear(lines: number): Request[] {
  const fields = `{${Array.from({ length: 80_000 }, (_, at) => `"x${at}":1`).join(",")}}`;
  const post = { method: "POST", type: "application/json" };
  let from = 0;
  const imported: Request = {
    method: "POST",
    path: "/v1/rules:bulk",
    type: "application/x-ndjson",
    body: () => {
      from += lines;
      return Array.from({ length: lines }, (_, index) => JSON.stringify(ruleOf(from + index))).join("\n");
    },
  };
  return [
    imported,
    imported,
    { ...post, path: "/v1/rules", body: () => fields },
    { ...post, path: "/v1/session", open: true, body: () => fields },
    { ...post, path: "/v1/ses/notifications", open: true, type: "text/plain", body: () => fields },
    { path: "/v1/audit?limit=1000" },
    { path: "/v1/rules?limit=1000" },
    { path: "/v1/alerts?limit=1000" },
    { path: "/v1/alerts/stream?lastEventId=0.0" },
  ];
}

/** The status of the answer, once it is read; an event stream goes on until the end. @returns undefined at the end. */
async function answered({ url, key, signal }: Api, request: Request): Promise<number | undefined> {
  const { method = "GET", path, type, open = false, body } = request;
  const headers = {
    ...(open ? {} : { authorization: `Bearer ${key}` }),
    ...(type === undefined ? {} : { "content-type": type }),
  };
  try {
    const response = await fetch(`${url}${path}`, { method, headers, body: body?.() ?? null, signal });
    await response.body?.pipeTo(new WritableStream());
    return response.status;
  } catch (thrown) {
    if (signal.aborted) return undefined;
    throw thrown;
  }
}

/** Makes rules that fire at the next trade of their symbol, each for a recipient of its own. */
async function firing(api: Api, symbols: readonly string[], counts: { rules: number }): Promise<void> {
  const pending = new Set<Promise<unknown>>();
  for (let index = 0; !api.signal.aborted; index++) {
    const rule = {
      symbol: symbols[index % symbols.length],
      when: "price >= 1",
      recipients: [`bench-${index}@example.com`],
    };
    const asked = answered(api, {
      method: "POST",
      path: "/v1/rules",
      type: "application/json",
      body: () => JSON.stringify(rule),
    }).then((made) => counts.rules += made === 201 ? 1 : 0).finally(() => pending.delete(asked));
    pending.add(asked);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await Promise.all(pending);
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
