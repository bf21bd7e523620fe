import { Fifo } from "../../core/fifo.ts";

/** What takes turns: a tenant's, among them a scope's (what fails as one), among them a recipient's. */
export interface Turn {
  readonly tenant: string;
  readonly scope: string;
  readonly recipient: string;
}

interface Recipient<T> {
  readonly name: string;
  readonly items: Fifo<T>;
}

interface Scope<T> {
  readonly name: string;
  readonly tenant: Tenant<T>;
  readonly recipients: Map<string, Recipient<T>>;
  readonly ring: Fifo<Recipient<T>>;
}

interface Tenant<T> {
  readonly name: string;
  readonly scopes: Map<string, Scope<T>>;
  /** Scopes whose turn may come; those that may not be called stand aside. */
  readonly ring: Fifo<Scope<T>>;
  inRing: boolean;
}

/**
 * A queue in which nobody waits for what somebody else has queued: tenants take turns, of a tenant the scopes, of a scope
 * the recipients, and what is for one recipient stays in order. A scope that may not be called now stands aside, and
 * costs nothing, until it is let in again.
 */
export class FairQueue<T extends Turn> {
  readonly #tenants = new Map<string, Tenant<T>>();
  readonly #ring = new Fifo<Tenant<T>>();
  readonly #aside = new Map<string, Set<Scope<T>>>();
  #size = 0;

  /** Everything that waits, also what stands aside. */
  get size(): number {
    return this.#size;
  }

  /** Whether something of the same tenant and scope waits. */
  includes({ tenant, scope }: Turn): boolean {
    return this.#tenants.get(tenant)?.scopes.has(scope) ?? false;
  }

  push(item: T): void {
    this.#size++;
    const tenant = this.#tenant(item.tenant);
    let scope = tenant.scopes.get(item.scope);
    if (scope === undefined) {
      scope = { name: item.scope, tenant, recipients: new Map(), ring: new Fifo() };
      tenant.scopes.set(item.scope, scope);
      this.#enter(scope);
    }
    let recipient = scope.recipients.get(item.recipient);
    if (recipient === undefined) {
      recipient = { name: item.recipient, items: new Fifo() };
      scope.recipients.set(item.recipient, recipient);
      scope.ring.push(recipient);
    }
    recipient.items.push(item);
  }

  /** Takes the next one of a scope that may be called; the others stand aside until {@link letIn}. */
  take(mayCall: (scope: string) => boolean): T | undefined {
    for (;;) {
      const tenant = this.#ring.peek();
      const scope = tenant?.ring.shift();
      if (tenant === undefined) return undefined;
      if (scope !== undefined && mayCall(scope.name)) {
        this.#ring.shift();
        const item = this.#takeOf(scope);
        if (scope.recipients.size > 0) tenant.ring.push(scope);
        else tenant.scopes.delete(scope.name);
        this.#turn(tenant);
        return item;
      }
      if (scope === undefined) {
        this.#ring.shift();
        this.#turn(tenant);
      } else this.#setAside(scope);
    }
  }

  /** A scope may be called again. */
  letIn(name: string): void {
    const aside = this.#aside.get(name);
    if (aside === undefined) return;
    this.#aside.delete(name);
    for (const scope of aside) this.#enter(scope);
  }

  /** Takes everything out, in no order. */
  *drain(): Generator<T> {
    for (const tenant of this.#tenants.values()) {
      for (const scope of tenant.scopes.values()) {
        for (const { items } of scope.recipients.values()) {
          for (let item = items.shift(); item !== undefined; item = items.shift()) yield item;
        }
      }
    }
    this.#tenants.clear();
    this.#aside.clear();
    while (this.#ring.shift() !== undefined);
    this.#size = 0;
  }

  #tenant(name: string): Tenant<T> {
    let tenant = this.#tenants.get(name);
    if (tenant === undefined) {
      tenant = { name, scopes: new Map(), ring: new Fifo(), inRing: false };
      this.#tenants.set(name, tenant);
    }
    return tenant;
  }

  #enter(scope: Scope<T>): void {
    const { tenant } = scope;
    tenant.ring.push(scope);
    if (tenant.inRing) return;
    tenant.inRing = true;
    this.#ring.push(tenant);
  }

  #setAside(scope: Scope<T>): void {
    const aside = this.#aside.get(scope.name);
    if (aside === undefined) this.#aside.set(scope.name, new Set([scope]));
    else aside.add(scope);
  }

  #takeOf(scope: Scope<T>): T {
    const recipient = scope.ring.shift() as Recipient<T>;
    const item = recipient.items.shift() as T;
    if (recipient.items.size > 0) scope.ring.push(recipient);
    else scope.recipients.delete(recipient.name);
    this.#size--;
    return item;
  }

  /** A tenant's turn is over. */
  #turn(tenant: Tenant<T>): void {
    tenant.inRing = tenant.ring.size > 0;
    if (tenant.inRing) this.#ring.push(tenant);
    else if (tenant.scopes.size === 0) this.#tenants.delete(tenant.name);
  }
}
