import { unlessRefused } from "../../control/client/refusal.ts";
import type { ApiAlert } from "../../control/client/types.ts";
import type { ApiClient } from "../api/client.ts";
import { readAlert } from "../api/read.ts";
import type { Tabs } from "../api/tabs.ts";
import type { ShownAlert, ShownDelivery } from "../api/types.ts";
import { poll } from "../base/poll.ts";
import type { AppState } from "../state/app_state.ts";
import { isSettled } from "../state/delivery.ts";
import { refresh } from "./refresh.ts";

/** Most alerts that are kept and shown. */
const MOST_ALERTS = 200;
/** Of more alerts than this the deliveries are fetched in one answer. */
const MOST_ASKED = 5;
/** Most deliveries of one answer. */
const MOST_DELIVERIES = 1_000;
const DELIVERIES_MS = 1_000;
/** Longest wait between two readings of one alert's deliveries: those that wait for quiet hours to end take long. */
const MOST_WAIT_MS = 60_000;

/** Alerts that come within so long are shown at once, ms: three hundred are one change of the page. */
const GATHER_MS = 50;

/** Keeps the list of alerts: what fired before, what fires now, and what became of each. */
export class AlertsSync {
  readonly #state: Pick<AppState, "alerts">;
  readonly #client: ApiClient;
  readonly #tabs: Pick<Tabs, "follow">;
  readonly #fired: (alerts: readonly ShownAlert[]) => void;
  readonly #missed: (count: number) => void;
  /** By alert: when its deliveries are asked for again. */
  readonly #asked = new Map<string, { readonly waitMs: number; readonly again: number }>();
  #pending: ShownAlert[] = [];

  /**
   * @param options.fired Called with the alerts that fire while the page is open.
   * @param options.missed Called with how many fired while the page had no connection.
   */
  constructor(options: {
    readonly state: Pick<AppState, "alerts">;
    readonly client: ApiClient;
    readonly tabs: Pick<Tabs, "follow">;
    readonly fired: (alerts: readonly ShownAlert[]) => void;
    readonly missed: (count: number) => void;
  }) {
    this.#state = options.state;
    this.#client = options.client;
    this.#tabs = options.tabs;
    this.#fired = options.fired;
    this.#missed = options.missed;
  }

  async start(signal: AbortSignal): Promise<void> {
    this.#tabs.follow({
      url: "/v1/alerts/stream",
      signal,
      state: () => {},
      resumed: () => void this.#catchUp(),
      on: { alert: (data) => this.#gather(readAlert(JSON.parse(data) as ApiAlert)) },
    });
    await this.load();
    poll(signal, DELIVERIES_MS, () => this.#followUp());
  }

  async load(): Promise<void> {
    await refresh(this.#state.alerts, async () => {
      const newest = await this.#client.alerts(MOST_ALERTS);
      // What came by the stream meanwhile, and older ones that were asked for, stay; so does what is known of deliveries.
      const known = new Map(this.#known().map((alert) => [alert.id, alert]));
      return byTime([...new Map([...newest.map((alert) => [alert.id, alert] as const), ...known]).values()]);
    });
  }

  /** Fetches the alerts before the oldest that is shown; false when there are none. */
  async loadOlder(): Promise<boolean> {
    const known = this.#known();
    const oldest = known.at(-1)?.eventTime;
    if (oldest === undefined) return false;
    const older = await this.#client.alertsBefore(oldest + 1, MOST_ALERTS);
    const ids = new Set(known.map(({ id }) => id));
    const fresh = older.filter(({ id }) => !ids.has(id));
    if (fresh.length > 0) this.#state.alerts.set({ state: "ready", value: byTime([...known, ...fresh]) });
    return fresh.length > 0;
  }

  async #catchUp(): Promise<void> {
    const newest = this.#known()[0]?.eventTime ?? Infinity;
    const before = new Set(this.#known().map(({ id }) => id));
    await this.load();
    const fresh = this.#known().filter(({ id, eventTime }) => eventTime >= newest && !before.has(id));
    if (fresh.length > 0) this.#missed(fresh.length);
  }

  /** Has an alert in the list, fetched where it is an old one; undefined when it is not kept any more. */
  async need(id: string): Promise<ShownAlert | undefined> {
    const known = this.#known().find((alert) => alert.id === id);
    if (known !== undefined) return known;
    const alert = await unlessRefused([404], () => this.#client.alert(id));
    if (alert === undefined) return undefined;
    const value = byTime([...this.#known().filter((other) => other.id !== id), alert]);
    this.#state.alerts.set({ state: "ready", value });
    return alert;
  }

  #gather(alert: ShownAlert): void {
    if (this.#pending.push(alert) > 1) return;
    setTimeout(() => this.#take(this.#pending.splice(0)), GATHER_MS);
  }

  #take(alerts: readonly ShownAlert[]): void {
    const known = this.#known();
    const ids = new Set(known.map(({ id }) => id));
    const fresh = alerts.filter(({ id }) => !ids.has(id)).reverse();
    if (fresh.length === 0) return;
    const most = Math.max(MOST_ALERTS, known.length);
    this.#state.alerts.set({ state: "ready", value: [...fresh, ...known].slice(0, most) });
    this.#fired(fresh);
  }

  /** Asks again about alerts whose deliveries are not at their end: soon at first, more and more seldom later. */
  async #followUp(): Promise<void> {
    const now = Date.now();
    const due = (alert: ShownAlert) => (this.#asked.get(alert.id)?.again ?? 0) <= now;
    const open = this.#known().filter((alert) => !isSettled(alert) && due(alert));
    if (open.length === 0) return;
    for (const { id } of open) {
      const waitMs = Math.min(MOST_WAIT_MS, 2 * (this.#asked.get(id)?.waitMs ?? DELIVERIES_MS / 2));
      this.#asked.set(id, { waitMs, again: now + waitMs });
    }
    const answered = await this.#askAgain(open);
    const known = this.#known();
    const value = known.map((alert) => {
      const deliveries = answered.get(alert.id);
      const same = JSON.stringify(deliveries) === JSON.stringify(alert.deliveries);
      // What says the same is no change: what is drawn of it stays.
      return deliveries === undefined || same ? alert : { ...alert, deliveries };
    });
    const unsettled = new Set(value.filter((alert) => !isSettled(alert)).map((alert) => alert.id));
    for (const id of this.#asked.keys()) if (!unsettled.has(id)) this.#asked.delete(id);
    if (value.some((alert, at) => alert !== known[at])) this.#state.alerts.set({ state: "ready", value });
  }

  /** The deliveries of alerts by their ids: of a few one by one, of many in one answer. A failure is tried again later. */
  async #askAgain(open: readonly ShownAlert[]): Promise<ReadonlyMap<string, readonly ShownDelivery[]>> {
    const listed = open.length > MOST_ASKED
      ? await this.#client.deliveries(Math.min(...open.map(({ eventTime }) => eventTime)), MOST_DELIVERIES)
        .catch(() => undefined)
      : undefined;
    const answered = new Map(listed);
    const others = open.filter(({ id }) => !answered.has(id)).slice(0, MOST_ASKED);
    for (const answer of await Promise.allSettled(others.map(({ id }) => this.#client.alert(id)))) {
      if (answer.status === "fulfilled") answered.set(answer.value.id, answer.value.deliveries);
    }
    return answered;
  }

  #known(): readonly ShownAlert[] {
    const now = this.#state.alerts.value;
    return now.state === "loading" ? [] : now.value ?? [];
  }
}

function byTime(alerts: ShownAlert[]): ShownAlert[] {
  return alerts.sort((a, b) => b.eventTime - a.eventTime);
}
