import type { ApiAlert } from "../../control/client/types.ts";
import type { ApiClient } from "../api/client.ts";
import { isFailure } from "../api/failure.ts";
import { readAlert } from "../api/read.ts";
import { follow } from "../api/stream.ts";
import type { ShownAlert } from "../api/types.ts";
import { poll } from "../base/poll.ts";
import type { AppState } from "../state/app_state.ts";
import { isSettled } from "../state/delivery.ts";
import { refresh } from "./refresh.ts";

/** Most alerts that are kept and shown. */
const MOST_ALERTS = 200;
/** Most alerts whose deliveries are asked for at one look. */
const MOST_ASKED = 10;
const DELIVERIES_MS = 1_000;
/** Longest wait between two looks at one alert's deliveries: those that wait for quiet hours to end take long. */
const MOST_WAIT_MS = 60_000;

/** Keeps the list of alerts: what fired before, what fires now, and what became of each. */
export class AlertsSync {
  readonly #state: AppState;
  readonly #client: ApiClient;
  readonly #fired: (alert: ShownAlert) => void;
  /** By alert: when its deliveries are asked for again. */
  readonly #asked = new Map<string, { readonly waitMs: number; readonly again: number }>();

  /** @param fired Called for each alert that fires while the page is open. */
  constructor(options: { state: AppState; client: ApiClient; fired: (alert: ShownAlert) => void }) {
    this.#state = options.state;
    this.#client = options.client;
    this.#fired = options.fired;
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.load();
    follow({
      url: "/v1/alerts/stream",
      signal,
      state: () => {},
      resumed: () => void this.load(),
      on: { alert: (data) => this.#take(readAlert(data as ApiAlert)) },
    });
    poll(signal, DELIVERIES_MS, () => this.#followUp());
  }

  async load(): Promise<void> {
    await refresh(this.#state.alerts, () => this.#client.alerts(MOST_ALERTS));
  }

  /** Has an alert in the list, fetched where it is an old one; false when it is not kept any more. */
  async need(id: string): Promise<boolean> {
    if (this.#known().some((alert) => alert.id === id)) return true;
    try {
      const alert = await this.#client.alert(id);
      const value = [...this.#known().filter((known) => known.id !== id), alert];
      value.sort((a, b) => b.eventTime - a.eventTime);
      this.#state.alerts.set({ state: "ready", value });
      return true;
    } catch (thrown) {
      if (isFailure(thrown)) return false;
      throw thrown;
    }
  }

  #take(alert: ShownAlert): void {
    const known = this.#known();
    if (known.some((one) => one.id === alert.id)) return;
    this.#state.alerts.set({ state: "ready", value: [alert, ...known].slice(0, MOST_ALERTS) });
    this.#fired(alert);
  }

  /** Asks again about alerts whose deliveries are not at their end: soon at first, more and more seldom later. */
  async #followUp(): Promise<void> {
    const now = Date.now();
    const due = (alert: ShownAlert) => (this.#asked.get(alert.id)?.again ?? 0) <= now;
    const open = this.#known().filter((alert) => !isSettled(alert) && due(alert)).slice(0, MOST_ASKED);
    if (open.length === 0) return;
    for (const { id } of open) {
      const waitMs = Math.min(MOST_WAIT_MS, 2 * (this.#asked.get(id)?.waitMs ?? DELIVERIES_MS / 2));
      this.#asked.set(id, { waitMs, again: now + waitMs });
    }
    const answers = await Promise.allSettled(open.map((alert) => this.#client.alert(alert.id)));
    const fresh = new Map<string, ShownAlert>();
    for (const answer of answers) if (answer.status === "fulfilled") fresh.set(answer.value.id, answer.value);
    if (fresh.size === 0) return;
    const value = this.#known().map((alert) => fresh.get(alert.id) ?? alert);
    const unsettled = new Set(value.filter((alert) => !isSettled(alert)).map((alert) => alert.id));
    for (const id of this.#asked.keys()) if (!unsettled.has(id)) this.#asked.delete(id);
    this.#state.alerts.set({ state: "ready", value });
  }

  #known(): readonly ShownAlert[] {
    const now = this.#state.alerts.value;
    return now.state === "loading" ? [] : now.value ?? [];
  }
}
