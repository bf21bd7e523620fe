import { messageOf } from "../core/errors.ts";
import { logger } from "../telemetry/log.ts";

const log = logger("start");

interface Running {
  readonly name: string;
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/**
 * Runs the roles of one process. The first that fails stops them all; they are stopped in the order they were started
 * the other way round, so what feeds a role is gone before the role.
 */
export class Supervisor {
  readonly #running: Running[] = [];
  readonly #failed = Promise.withResolvers<never>();

  #hasFailed = false;

  constructor() {
    this.#failed.promise.catch(() => {});
  }

  /** Rejects when a role has failed. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** Starts a role; it works until its signal is aborted. */
  start(name: string, run: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const stop = new AbortController();
    const done = run(stop.signal).catch((error) => {
      // The first failure is reported by whoever awaits `failed`; those that follow from it are only logged.
      if (this.#hasFailed) log.error("{name} failed too: {error}", { name, error: messageOf(error) });
      this.#hasFailed = true;
      this.#failed.reject(error);
    });
    this.#running.push({ name, stop, done });
    return done;
  }

  /**
   * Stops every role, the last started first, each within `timeoutMs`.
   *
   * @returns those that did not end in time.
   */
  async stop(timeoutMs: number): Promise<string[]> {
    const late: string[] = [];
    for (const role of this.#running.splice(0).reverse()) {
      role.stop.abort();
      let timer: ReturnType<typeof setTimeout> | undefined;
      const timeout = new Promise<"late">((resolve) => timer = setTimeout(() => resolve("late"), timeoutMs));
      if (await Promise.race([role.done, timeout]) === "late") late.push(role.name);
      clearTimeout(timer);
    }
    return late;
  }
}
