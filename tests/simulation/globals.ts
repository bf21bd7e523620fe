import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Random } from "../../src/core/backoff.ts";
import type { Planned, Scheduler } from "./scheduler.ts";

/**
 * Puts the scheduler's time and the seed's chance in the place of the machine's while a simulation runs: whatever reads
 * `Date`, waits with `setTimeout` or asks `crypto` without its ports is then a function of the seed as well. WebCrypto works
 * on other threads; what it is asked for here is computed at once.
 *
 * @returns how to put the machine's back.
 */
export function takeGlobals(scheduler: Scheduler, random: Random): () => void {
  const real = {
    Date: globalThis.Date,
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    random: Math.random,
    now: performance.now,
    randomUUID: crypto.randomUUID,
    getRandomValues: crypto.getRandomValues,
    subtle: { ...methodsOf(crypto.subtle) },
  };
  const begun = scheduler.now;
  class SimDate extends real.Date {
    // deno-lint-ignore no-explicit-any -- every form of Date's constructor
    constructor(...args: any[]) {
      super(...(args.length === 0 ? [scheduler.now] : args) as [number]);
    }
    static override now(): number {
      return scheduler.now;
    }
  }
  const timers = new Map<number, Planned>();
  let made = 1;
  const bytes = (length: number) => Uint8Array.from({ length }, () => Math.floor(random() * 256));
  const put = (target: object, name: string, value: unknown) =>
    Object.defineProperty(target, name, { value, configurable: true, writable: true, enumerable: true });
  globalThis.Date = SimDate as DateConstructor;
  put(globalThis, "setTimeout", (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => {
    const id = made++;
    timers.set(
      id,
      scheduler.after(ms, "a timer", () => {
        timers.delete(id);
        run(...args);
      }),
    );
    return id;
  });
  put(globalThis, "clearTimeout", (id: number) => {
    timers.get(id)?.cancel();
    timers.delete(id);
  });
  Math.random = random;
  put(performance, "now", () => scheduler.now - begun);
  put(crypto, "randomUUID", () => {
    const hex = bytes(16).toHex();
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${
      hex.slice(20)
    }`;
  });
  put(crypto, "getRandomValues", (array: Uint8Array) => {
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(bytes(array.byteLength));
    return array;
  });
  for (const [name, method] of Object.entries(SUBTLE)) put(crypto.subtle, name, method);
  return () => {
    globalThis.Date = real.Date;
    put(globalThis, "setTimeout", real.setTimeout);
    put(globalThis, "clearTimeout", real.clearTimeout);
    Math.random = real.random;
    put(performance, "now", real.now);
    put(crypto, "randomUUID", real.randomUUID);
    put(crypto, "getRandomValues", real.getRandomValues);
    for (const [name, method] of Object.entries(real.subtle)) put(crypto.subtle, name, method);
  };
}

interface RawKey {
  readonly secret: Uint8Array;
}

/** What the roles ask of WebCrypto: SHA-256, and HMAC with it. */
const SUBTLE = {
  digest: (_: unknown, data: Uint8Array) => Promise.resolve(sum(createHash("sha256").update(data))),
  importKey: (_: string, secret: Uint8Array) => Promise.resolve({ secret: new Uint8Array(secret) }),
  sign: (_: string, { secret }: RawKey, data: Uint8Array) =>
    Promise.resolve(sum(createHmac("sha256", secret).update(data))),
  verify: (_: string, { secret }: RawKey, mac: Uint8Array, data: Uint8Array) => {
    const wanted = createHmac("sha256", secret).update(data).digest();
    return Promise.resolve(mac.length === wanted.length && timingSafeEqual(mac, wanted));
  },
};

function sum(hash: { digest(): Uint8Array }): ArrayBuffer {
  return new Uint8Array(hash.digest()).buffer;
}

function methodsOf(subtle: SubtleCrypto): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(SUBTLE).map((name) => [name, subtle[name as keyof SubtleCrypto]]),
  );
}
