import { Registry } from "prom-client";
import { openSqliteLog } from "../../src/adapters/sqlite/event_log.ts";
import { SqliteSeriesStore } from "../../src/adapters/sqlite/series_store.ts";
import { Control } from "../../src/control/control.ts";
import type { ControlDeps } from "../../src/control/deps.ts";
import { type Clock, systemClock } from "../../src/core/clock.ts";
import { SymbolDirectory } from "../../src/market/directory.ts";
import type { EventLog } from "../../src/ports/event_log.ts";
import type { SeriesStore } from "../../src/ports/series_store.ts";
import { Health } from "../../src/telemetry/health.ts";

/** A key with every right. */
export const ROOT_KEY = "root-key-of-the-tests";

/** The symbols that the tests know. */
export const LISTED = [
  ["005930", "삼성전자", "Samsung Electronics", 71_900],
  ["000660", "SK하이닉스", "SK hynix", 560_000],
  ["035720", "카카오", "Kakao", 60_100],
].map(([symbol, name, nameEn, basePrice]) => ({
  symbol: symbol as string,
  name: name as string,
  nameEn: nameEn as string,
  market: "KOSPI" as const,
  type: "stock" as const,
  basePrice: basePrice as number,
}));

/** A control role over an embedded log, to be asked by `request`. */
export interface TestControl {
  readonly control: Control;
  readonly log: EventLog;
  readonly series: SeriesStore;
  readonly health: Health;
  /** Asks as the root key, unless headers say another Authorization. */
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  /** The same, with the answer's JSON. */
  json(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; headers: Headers; body: Json }>;
}

// deno-lint-ignore no-explicit-any
export type Json = any;

/** A control role of the tests that does not run yet. */
export function makeControl(
  options: Partial<ControlDeps> & Pick<ControlDeps, "log" | "series" | "clock" | "health">,
): Control {
  return new Control({
    directory: new SymbolDirectory(LISTED),
    registry: new Registry(),
    rootKey: ROOT_KEY,
    ...options,
  });
}

/** Runs `body` with a control role on a log in memory, or on the one that is given, and stops it. */
export async function withControl(
  body: (test: TestControl) => Promise<void>,
  options: Partial<ControlDeps> & { readonly partitions?: number } = {},
): Promise<void> {
  const clock: Clock = options.clock ?? systemClock;
  const log = options.log ??
    await openSqliteLog({ path: ":memory:", partitions: options.partitions ?? 4, clock });
  const series = options.series ??
    new SqliteSeriesStore({
      path: ":memory:",
      clock,
      retention: { tickDays: 3, candleDays: 30, maxBytes: 2 ** 28 },
    });
  const stop = new AbortController();
  const health = new Health();
  const control = makeControl({ ...options, log, series, clock, health });
  const running = control.run(stop.signal);
  try {
    await control.ready;
    await body({ control, log, series, health, ...asking(control) });
  } finally {
    stop.abort();
    await running;
    if (options.log === undefined) await log.close();
    if (options.series === undefined) await series.close();
  }
}

function asking(control: Control): Pick<TestControl, "request" | "json"> {
  const request = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ) => {
    const raw = typeof body === "string" || body instanceof Uint8Array;
    return await control.app.request(path, {
      method,
      headers: {
        authorization: `Bearer ${ROOT_KEY}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: raw ? body as BodyInit : JSON.stringify(body) }),
    });
  };
  return {
    request,
    async json(method, path, body, headers) {
      const response = await request(method, path, body, headers);
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: text === "" ? undefined : JSON.parse(text),
      };
    },
  };
}
