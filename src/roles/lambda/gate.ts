import { CANARY_TENANT } from "../../rules/tenancy.ts";
import { type ConsentPolicy, NOBODY_IS_ASKED, type Standing, standingOf } from "../../alerts/consent.ts";
import type { DeliveryEvent, Verdict } from "../../alerts/delivery_machine.ts";
import { parseQuietHours } from "../../alerts/gate.ts";
import type { Delivery, LedgerFault } from "../../alerts/ledger.ts";
import { ADOPTED, type RecipientSettings } from "../../alerts/recipient_settings.ts";
import { type DayLimits, isOverDay, nextMorning } from "../../alerts/quota.ts";
import type { Template } from "../../alerts/template.ts";
import type { Silence } from "../../alerts/silences.ts";
import type { FindEndpoint, WebhookEndpoint } from "../../alerts/webhook_endpoint.ts";
import { dateOf } from "../../market/seoul_time.ts";
import type { CountedMessage, DeliveryStore } from "../../ports/delivery_store.ts";
import { hushOf } from "../delivery/hush.ts";
import { keptBack } from "../delivery/kept_back.ts";

const MINUTE_MS = 60_000;
/** Whether a recipient has agreed is examined after a minute, and then ever more seldom, at most so seldom. */
const MOST_LOOK_MS = 15 * MINUTE_MS;

/** What is known of a recipient for one delivery. */
interface Known {
  readonly everybody: RecipientSettings | undefined;
  readonly tenants: RecipientSettings | undefined;
}

export interface BatchGateOptions {
  /** Messages a minute, tenant and recipient; 0 is no limit. */
  readonly perMinute: number;
  readonly perDay: DayLimits;
  /** Who is asked before they are written to. */
  readonly consent?: ConsentPolicy;
}

/**
 * Whether a recipient gets a message now, for a notifier that remembers nothing: suppression, silences, consent and quiet
 * hours are read from the store, and the storm breaker counts there, so that all that run at once count together.
 */
export class BatchGate {
  readonly #store: DeliveryStore;
  readonly #silences: readonly Silence[];
  readonly #options: BatchGateOptions;
  readonly #webhooks: readonly WebhookEndpoint[];
  readonly #templates: readonly Template[];
  readonly #adopted: boolean;

  private constructor(
    store: DeliveryStore,
    read: {
      readonly silences: readonly Silence[];
      readonly webhooks: readonly WebhookEndpoint[];
      readonly templates: readonly Template[];
      readonly adopted: boolean;
    },
    options: BatchGateOptions,
  ) {
    this.#store = store;
    this.#silences = read.silences;
    this.#webhooks = read.webhooks;
    this.#templates = read.templates;
    this.#adopted = read.adopted;
    this.#options = options;
  }

  static async open(store: DeliveryStore, options: BatchGateOptions): Promise<BatchGate> {
    const [silences, webhooks, templates, adopted] = await Promise.all([
      store.silences(),
      store.webhooks(),
      store.templates(),
      options.consent?.asks ? store.recipient(ADOPTED.recipient, ADOPTED.tenant) : undefined,
    ]);
    return new BatchGate(store, { silences, webhooks, templates, adopted: adopted !== undefined }, options);
  }

  /** The endpoint of a name in a tenant. */
  readonly endpoints: FindEndpoint = (tenant, id) =>
    this.#webhooks.find((endpoint) => endpoint.tenant === tenant && endpoint.id === id);

  /** A tenant's templates; undefined where it has none. */
  templateOf(tenant: string): Template | undefined {
    return this.#templates.find((template) => template.tenant === tenant);
  }

  /** Why a delivery is not to be made now. */
  async hush(delivery: Delivery, now: number): Promise<LedgerFault | undefined> {
    return this.#hush(delivery, await this.#known(delivery), now);
  }

  /** What is found when a delivery is examined whose recipient had not agreed yet. */
  async look(delivery: Delivery, at: number): Promise<DeliveryEvent> {
    const known = await this.#known(delivery);
    const fault = this.#hush(delivery, known, at);
    if (fault !== undefined) return { type: "hushed", at, fault };
    const agreed = this.#standing(delivery, known) === "confirmed";
    return { type: "looked", at, agreed, lookAt: nextLook(delivery, at) };
  }

  /** What becomes of a new delivery; `ask`: nobody has asked its recipient yet. */
  async verdict(
    delivery: Delivery,
    now: number,
  ): Promise<{ readonly verdict: Verdict; readonly ask: boolean }> {
    const known = await this.#known(delivery);
    const standing = this.#standing(delivery, known);
    const { quietHours = null } = known.everybody ?? {};
    const verdict = keptBack(delivery, {
      hush: this.#hush(delivery, known, now),
      standing,
      lookAt: nextLook(delivery, now),
      quietHours: quietHours === null ? undefined : parseQuietHours(quietHours),
      now,
    });
    const ask = verdict?.consent !== undefined && standing === "open";
    return { verdict: verdict ?? await this.#count(delivery, now), ask };
  }

  async #count({ recipient, tenant = "" }: Delivery, now: number): Promise<Verdict> {
    if (tenant === CANARY_TENANT) return {};
    const { perMinute } = this.#options;
    const who = { tenant, recipient };
    const quota = { digest: { until: nextMorning(now), why: "quota" } } as const;
    if (await this.#isOverDay(who, now, async (message) => 1 + await this.#store.counted(message))) {
      return quota;
    }
    const minute = Math.floor(now / MINUTE_MS);
    if (perMinute > 0 && await this.#store.count({ ...who, period: minute }) > perMinute) {
      return { digest: { until: (minute + 1) * MINUTE_MS, why: "storm" } };
    }
    // Others may have counted meanwhile.
    return await this.#isOverDay(who, now, (message) => this.#store.count(message)) ? quota : {};
  }

  /** @param ask how many messages a day has, this one among them. */
  async #isOverDay(
    { tenant, recipient }: { readonly tenant: string; readonly recipient: string },
    now: number,
    ask: (message: CountedMessage) => Promise<number>,
  ): Promise<boolean> {
    const { perDay } = this.#options;
    const period = dateOf(now);
    const counts = {
      tenant: perDay.tenant === 0 ? 0 : await ask({ tenant, recipient: "", period }),
      recipient: perDay.recipient === 0 ? 0 : await ask({ tenant, recipient, period }),
    };
    return isOverDay(counts, perDay);
  }

  async #known({ recipient, tenant = "" }: Delivery): Promise<Known> {
    const [everybody, tenants] = await Promise.all([
      this.#store.recipient(recipient),
      this.#store.recipient(recipient, tenant),
    ]);
    return { everybody, tenants };
  }

  #hush(delivery: Delivery, { everybody, tenants }: Known, now: number): LedgerFault | undefined {
    return hushOf(delivery, {
      suppression: everybody?.suppression ?? tenants?.suppression,
      consent: tenants?.consent,
      policy: this.#policy,
      silences: this.#silences,
      endpoints: this.endpoints,
      now,
    });
  }

  #standing({ recipient }: Delivery, { tenants }: Known): Standing {
    return standingOf(recipient, {
      consent: tenants?.consent,
      policy: this.#policy,
      adopted: this.#adopted,
    });
  }

  get #policy(): ConsentPolicy {
    return this.#options.consent ?? NOBODY_IS_ASKED;
  }
}

/** When to look again whether a recipient has agreed, epoch ms. */
function nextLook(delivery: Delivery, now: number): number {
  const waited = now - (delivery.since ?? now);
  return now + Math.min(MOST_LOOK_MS, Math.max(MINUTE_MS, waited));
}
