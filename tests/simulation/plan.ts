import { type Random, seededRandom } from "../../src/core/backoff.ts";
import type { DeliveryState } from "../../src/alerts/ledger.ts";
import type { Weather } from "./host.ts";
import type { MailWeather } from "./mail_service.ts";
import { PROCESSES, type ProcessName, type Setup, type Tenant, TENANTS } from "./world.ts";

/** What is done to the world. A step's own chance comes from its own seed: without another step it does the same. */
export type Action =
  /** Trades of a stretch of time, some of them given twice, some old. */
  | { readonly do: "trades"; readonly seed: number; readonly count: number; readonly agoMs: number }
  /** Somebody else writes what no feed of ours does. */
  | { readonly do: "odd trade"; readonly seed: number; readonly kind: "old" | "future" | "no trade" }
  /** The feed says that something may have been missed. */
  | { readonly do: "gap" }
  /** A zombie writes an alert that is there once more. */
  | { readonly do: "alert again"; readonly seed: number }
  | {
    readonly do: "make rule" | "change rule" | "delete rule";
    readonly seed: number;
    readonly tenant: Tenant;
  }
  | { readonly do: "suppress" | "lift"; readonly recipient: number }
  | { readonly do: "stop address"; readonly tenant: Tenant; readonly recipient: number }
  | { readonly do: "quiet hours"; readonly recipient: number; readonly minutes: number }
  | { readonly do: "silence"; readonly tenant: Tenant; readonly seed: number }
  /** What a tenant is shown is its own. */
  | { readonly do: "look" | "listen"; readonly tenant: Tenant }
  | { readonly do: "start" | "stop" | "kill"; readonly who: ProcessName }
  | {
    readonly do: "kill at effect";
    readonly who: ProcessName;
    readonly effects: number;
    readonly side: "before" | "after" | "long after";
  }
  /** It dies when such a state is in the ledger; `hushed`: and who it is for asks not to be written to. */
  | {
    readonly do: "kill at state";
    readonly who: ProcessName;
    readonly state: DeliveryState;
    readonly hushed: boolean;
  }
  | {
    readonly do: "freeze at state";
    readonly who: ProcessName;
    readonly state: DeliveryState;
    readonly ms: number;
  }
  | { readonly do: "freeze"; readonly who: ProcessName; readonly ms: number }
  | { readonly do: "step clock"; readonly who: ProcessName; readonly byMs: number }
  | { readonly do: "weather"; readonly who: ProcessName; readonly weather: Partial<Weather> }
  | { readonly do: "full disk"; readonly ms: number }
  | { readonly do: "store away"; readonly ms: number }
  | { readonly do: "mail weather"; readonly weather: MailWeather }
  /** Everything comes to rest, and every promise is examined; then some rules are changed while nothing is traded. */
  | { readonly do: "calm"; readonly seed: number };

/** A step: so much time passes, then something is done. */
export type Step = { readonly waitMs: number } & Action;

/** What a seed means. */
export interface Plan {
  readonly setup: Setup;
  readonly steps: readonly Step[];
}

/** How often each thing is done, where a seed does it at all. */
const WEIGHTS = {
  trades: 30,
  "odd trade": 3,
  gap: 1,
  "alert again": 2,
  "make rule": 4,
  "change rule": 5,
  "delete rule": 2,
  suppress: 2,
  lift: 1,
  "stop address": 1,
  "quiet hours": 1,
  silence: 1,
  look: 2,
  listen: 1,
  start: 5,
  stop: 4,
  kill: 3,
  "kill at effect": 5,
  "kill at state": 4,
  "freeze at state": 7,
  freeze: 2,
  "step clock": 1,
  weather: 3,
  "full disk": 1,
  "store away": 1,
  "mail weather": 3,
} as const satisfies Record<Exclude<Action["do"], "calm">, number>;

/** Those of which most promises are; trouble comes to them more often. */
const BUSY: readonly ProcessName[] = ["stream-1", "notifier-1"];

/** What every seed does. */
const ALWAYS: readonly string[] = ["trades", "make rule", "start", "look"];
/** So many steps lie between two calms. */
const STRETCH = 40;

/** The steps of a seed. */
export function planOf(seed: number, count: number): Plan {
  const random = seededRandom(seed);
  const setup: Setup = {
    unknown: random() < 0.3 ? "hold" : "resend",
    stormPerMinute: random() < 0.5 ? 0 : 3,
    shortWindows: random() < 0.4,
  };
  // Each seed does about half of what there is: rare things meet each other more often so.
  const kinds = (Object.keys(WEIGHTS) as (keyof typeof WEIGHTS)[])
    .filter((kind) => random() < 0.6 || ALWAYS.includes(kind));
  const total = kinds.reduce((sum, kind) => sum + WEIGHTS[kind], 0);
  const steps: Step[] = [];
  while (steps.length < count - 1) {
    if (steps.length % STRETCH === STRETCH - 1) {
      steps.push({ waitMs: 500, do: "calm", seed: seedOf(random) });
      continue;
    }
    let roll = random() * total;
    const kind = kinds.find((one) => (roll -= WEIGHTS[one]) < 0) ?? "trades";
    steps.push({ waitMs: Math.floor(random() ** 2 * 1_500), ...action(kind, random) });
  }
  steps.push({ waitMs: 500, do: "calm", seed: seedOf(random) });
  return { setup, steps };
}

function action(kind: keyof typeof WEIGHTS, random: Random): Action {
  const seed = seedOf(random);
  const tenant = oneOf(TENANTS, random);
  const who = random() < 0.5 ? oneOf(BUSY, random) : oneOf(PROCESSES, random);
  switch (kind) {
    case "trades": {
      const overload = random() < 0.06;
      const agoMs = random() < 0.25 ? Math.floor(random() * 33_000) : 0;
      return { do: kind, seed, count: overload ? 300 : 1 + Math.floor(random() * 12), agoMs };
    }
    case "odd trade":
      return { do: kind, seed, kind: oneOf(["old", "future", "no trade"] as const, random) };
    case "gap":
      return { do: kind };
    case "alert again":
      return { do: kind, seed };
    case "make rule":
    case "change rule":
    case "delete rule":
      return { do: kind, seed, tenant };
    case "suppress":
    case "lift":
      return { do: kind, recipient: seed };
    case "stop address":
      return { do: kind, tenant, recipient: seed };
    case "quiet hours":
      return { do: kind, recipient: seed, minutes: 1 };
    case "silence":
      return { do: kind, tenant, seed };
    case "look":
    case "listen":
      return { do: kind, tenant };
    case "start":
      return { do: kind, who: oneOf(["stream-2", "notifier-2"] as const, random) };
    case "stop":
    case "kill":
      return { do: kind, who };
    case "kill at effect": {
      const side = oneOf(["before", "after", "long after"] as const, random);
      return { do: kind, who, effects: 1 + Math.floor(random() * 8), side };
    }
    case "kill at state": {
      const state = oneOf(["calling", "calling", "gathered", "waiting", "sent", "failed"] as const, random);
      return { do: kind, who: oneOf(["notifier-1", "notifier-2"], random), state, hushed: random() < 0.4 };
    }
    case "freeze at state": {
      const state = oneOf(["calling", "failed", "failed", "waiting"] as const, random);
      const ms = 11_000 + Math.floor(random() * 15_000);
      return { do: kind, who: oneOf(["notifier-1", "notifier-2"], random), state, ms };
    }
    case "freeze":
      return { do: kind, who, ms: 1_000 + Math.floor(random() * 25_000) };
    case "step clock":
      return { do: kind, who: clockOf(who), byMs: Math.floor((random() - 0.5) * 120_000) };
    case "weather":
      return { do: kind, who, weather: weather(random) };
    case "full disk":
    case "store away":
      return { do: kind, ms: Math.floor(random() * 15_000) };
    case "mail weather":
      return { do: kind, weather: mailWeather(random) };
  }
}

/** The feed's clock says when trades arrived: it is right. */
function clockOf(who: ProcessName): ProcessName {
  return who === "feed" ? "notifier-1" : who;
}

function weather(random: Random): Partial<Weather> {
  const kind = Math.floor(random() * 6);
  if (kind === 0) return { requestLost: 0.1, answerLost: 0.1 };
  if (kind === 1) return { late: 0.05 };
  if (kind === 2) return { slowMs: 2_000 };
  if (kind === 3) return { crash: 0.03 };
  if (kind === 4) return { appendFails: 0.3 };
  return {};
}

function mailWeather(random: Random): MailWeather {
  const kind = Math.floor(random() * 5);
  return {
    throttled: kind === 0 ? 0.4 : 0,
    lying: kind === 1 ? 0.3 : 0,
    down: kind === 2,
    slowMs: kind === 3 ? 8_000 : 300,
  };
}

function seedOf(random: Random): number {
  return Math.floor(random() * 2 ** 31);
}

export function oneOf<T>(items: readonly T[], random: Random): T {
  return items[Math.floor(random() * items.length)] as T;
}
