import { systemClock } from "../../src/core/clock.ts";
import { type KisOptions, KisSource } from "../../src/adapters/kis/kis_source.ts";
import type { KisTimings } from "../../src/adapters/kis/environment.ts";
import { MarketCalendar } from "../../src/market/calendar.ts";
import type { SourceEvent } from "../../src/ports/tick_source.ts";
import { FakeKis, type FakeKisOptions } from "./fake_kis.ts";

/** A record of a trade of Samsung Electronics, made up, to be changed. */
export const TRADE_RECORD =
  "005930^101512^61950^2^1150^1.89^61690.50^61000^62300^60600^62000^61900^3^7305216^449270784000^20000^25000^5000^125.00^3000000^3750000^5^0.55^27.30^090011^2^950^091000^5^-350^090100^2^1350^20260310^20^N^81000^95000^1500000^900000^0.13^9800000^81.20^0^^61000";

/** A trade record of a symbol with a volume and cumulative volume. */
export function tradeRecord(symbol: string, volume: number, accVolume: number): string {
  return TRADE_RECORD.split("^").with(0, symbol).with(12, String(volume)).with(13, String(accVolume)).join(
    "^",
  );
}

/** What of the rig differs from the ordinary. */
export interface RigOptions {
  readonly fake?: Partial<FakeKisOptions>;
  readonly source?: Omit<Partial<KisOptions>, "timings"> & { readonly timings?: Partial<KisTimings> };
  readonly reads?: boolean;
}

/** The adapter against the fake over a real WebSocket, with everything that came from it. */
export class KisRig {
  readonly fake: FakeKis;
  readonly source: KisSource;
  readonly events: SourceEvent[] = [];
  readonly #stop = new AbortController();
  readonly #reading: Promise<void>;

  /** @param options.reads false: the source's events are read by someone else. */
  constructor(options: RigOptions = {}) {
    const apps = options.fake?.apps ?? { "app-key-one": "secret-one" };
    this.fake = new FakeKis({ apps, fastestPaceMs: 0, ...options.fake });
    this.source = new KisSource({
      environment: {
        name: "real",
        restUrl: this.fake.restUrl,
        socketUrl: this.fake.socketUrl,
        complete: true,
      },
      apps: Object.entries(apps).map(([key, secret]) => ({ key, secret })),
      venue: "KRX",
      tradesOnly: true,
      registrations: 41,
      customerType: "P",
      always: true,
      calendar: new MarketCalendar(),
      clock: systemClock,
      random: Math.random,
      ...options.source,
      timings: {
        paceMs: 2,
        approvalPaceMs: 5,
        watchMs: 20,
        takeoverMs: 300,
        afterSilenceMs: 50,
        inUseWaitsMs: [60, 60],
        ackTimeoutMs: 300,
        backoff: { baseMs: 50, capMs: 100, floorMs: 20 },
        ...options.source?.timings,
      },
    });
    this.#reading = options.reads === false ? Promise.resolve() : this.#read();
  }

  async #read(): Promise<void> {
    for await (const events of this.source.events(this.#stop.signal)) this.events.push(...events);
  }

  /** Frames that came, as text. */
  get frames(): readonly string[] {
    return this.events.flatMap((event) =>
      event.type === "frame" ? [new TextDecoder().decode(event.bytes)] : []
    );
  }

  /** Resolves when the condition is met; fails after a while. */
  async until(condition: () => boolean, what: string, ms = 5000): Promise<void> {
    const end = Date.now() + ms;
    while (!condition()) {
      if (Date.now() > end) {
        throw new Error(`waited ${ms} ms for ${what}: ${JSON.stringify(this.source.status())}`);
      }
      await systemClock.sleep(5);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#reading;
    await this.fake.close();
  }
}
