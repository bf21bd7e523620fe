import { type ConsentPolicy, NOBODY_IS_ASKED, type Standing, standingOf } from "../../alerts/consent.ts";
import type { Verdict } from "../../alerts/delivery_machine.ts";
import { parseQuietHours, quietUntil } from "../../alerts/gate.ts";
import { type Delivery, type Fault, isNotice } from "../../alerts/ledger.ts";
import { ADOPTED, type RecipientSettings } from "../../alerts/recipient_settings.ts";
import { type DayLimits, dayOf, isOverDay, nextMorning } from "../../alerts/quota.ts";
import type { Template } from "../../alerts/template.ts";
import type { Silence } from "../../alerts/silences.ts";
import type { FindEndpoint, WebhookEndpoint } from "../../alerts/webhook_endpoint.ts";
import type { DeliveryStore } from "../../ports/delivery_store.ts";
import { hushOf } from "../delivery/hush.ts";

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
  async hush(delivery: Delivery, now: number): Promise<Fault | undefined> {
    return this.#hush(delivery, await this.#known(delivery), now);
  }

  /** How a delivery's recipient stands to its tenant. */
  async standing(delivery: Delivery): Promise<Standing> {
    return this.#standing(delivery, await this.#known(delivery));
  }

  /** When to look again whether a recipient has agreed, epoch ms. */
  nextLook(delivery: Delivery, now: number): number {
    const waited = now - (delivery.since ?? now);
    return now + Math.min(MOST_LOOK_MS, Math.max(MINUTE_MS, waited));
  }

  /** What becomes of a new delivery. */
  async verdict(delivery: Delivery, now: number): Promise<Verdict> {
    const { recipient, tenant = "" } = delivery;
    const known = await this.#known(delivery);
    const hush = this.#hush(delivery, known, now);
    if (hush !== undefined) return { hush };
    if (isNotice(delivery)) return {};
    if (this.#standing(delivery, known) !== "confirmed") {
      return { consent: { lookAt: this.nextLook(delivery, now) } };
    }
    const { quietHours = null } = known.everybody ?? {};
    const hours = quietHours === null ? undefined : parseQuietHours(quietHours);
    const quiet = hours && quietUntil(hours, now);
    if (quiet !== undefined) return { digest: { until: quiet, why: "quiet" } };
    const { perMinute } = this.#options;
    if (await this.#isOverDay(tenant, recipient, now)) {
      return { digest: { until: nextMorning(now), why: "quota" } };
    }
    if (perMinute === 0) return {};
    const minute = Math.floor(now / MINUTE_MS);
    if (await this.#store.count({ tenant, recipient, period: minute }) <= perMinute) return {};
    return { digest: { until: (minute + 1) * MINUTE_MS, why: "storm" } };
  }

  async #isOverDay(tenant: string, recipient: string, now: number): Promise<boolean> {
    const { perDay } = this.#options;
    const period = dayOf(now);
    const count = (limit: number, whose: string) =>
      limit === 0 ? 0 : this.#store.count({ tenant, recipient: whose, period });
    const counts = {
      tenant: await count(perDay.tenant, ""),
      recipient: await count(perDay.recipient, recipient),
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

  #hush(delivery: Delivery, { everybody, tenants }: Known, now: number): Fault | undefined {
    return hushOf(delivery, {
      suppression: everybody?.suppression ?? tenants?.suppression,
      consent: tenants?.consent,
      silences: this.#silences,
      endpoints: this.endpoints,
      now,
    });
  }

  #standing({ recipient }: Delivery, { tenants }: Known): Standing {
    const { consent: policy = NOBODY_IS_ASKED } = this.#options;
    return standingOf(recipient, { consent: tenants?.consent, policy, adopted: this.#adopted });
  }
}
