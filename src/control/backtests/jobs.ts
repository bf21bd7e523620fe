import type { BacktestJob, BacktestRunner } from "../../backtest/job.ts";
import type { Clock } from "../../core/clock.ts";
import { InputError, messageOf, OutsideError } from "../../core/errors.ts";
import { logger } from "../../telemetry/log.ts";
import { HttpProblem } from "../http/problem.ts";
import type { BacktestShelf, BacktestState, KnownBacktest } from "./shelf.ts";

const log = logger("control");

/** How many may wait or run: of one tenant, and of all. */
const OPEN_A_TENANT = 3;
const OPEN_AT_MOST = 20;
/** How many that have ended are kept, with their reports. */
const KEPT_A_TENANT = 10;
const KEPT_AT_MOST = 50;
/** How long one may run, ms. */
const MOST_MS = 30 * 60_000;

/** What is said of one that a stop of the server has ended. */
const RESTARTED = "the server was restarted before it had ended: ask for it again";

/** Backtests of this instance: they run one after the other; where there is a shelf, what they found outlives it. */
export class BacktestJobs {
  readonly #shelf: BacktestShelf | undefined;
  /** What is known of earlier ones has been read. */
  readonly loaded: Promise<void>;
  #saved: Promise<void> = Promise.resolve();
  /** What is to be run, by the backtest's id. */
  readonly #tasks = new Map<string, BacktestJob>();
  readonly #runner: BacktestRunner;
  readonly #clock: Clock;
  readonly #stopping: AbortSignal;
  /** In the order in which they were asked for. */
  readonly #jobs = new Map<string, KnownBacktest>();
  /** Cancels the one that runs. */
  #cancel: AbortController | undefined;
  #running = false;
  #ended: Promise<void> = Promise.resolve();

  /** @param options.stopping ends what runs. */
  constructor(
    options: {
      readonly runner: BacktestRunner;
      readonly clock: Clock;
      readonly stopping: AbortSignal;
      readonly shelf?: BacktestShelf;
    },
  ) {
    this.#runner = options.runner;
    this.#clock = options.clock;
    this.#stopping = options.stopping;
    this.#shelf = options.shelf;
    this.loaded = this.#load();
  }

  /** Resolves when nothing runs any more, and what was found is kept. */
  get idle(): Promise<void> {
    return this.#ended.then(() => this.#saved);
  }

  async #load(): Promise<void> {
    await this.#kept(async (shelf) => {
      for (const known of await shelf.all()) {
        this.#jobs.set(known.id, known);
        if (known.endedAt === null) this.#fail(known, RESTARTED);
      }
    });
  }

  /** Does something with the shelf, after what was done before; a shelf that fails is reported, and nothing else. */
  #kept(work: (shelf: BacktestShelf) => Promise<void>): Promise<void> {
    const shelf = this.#shelf;
    if (shelf === undefined) return Promise.resolve();
    return this.#saved = this.#saved.then(() => work(shelf)).catch((thrown) => {
      if (!(thrown instanceof OutsideError)) throw thrown;
      log.warn("backtests are not kept over a restart: {error}", { error: messageOf(thrown) });
    });
  }

  #keep(known: KnownBacktest): void {
    void this.#kept((shelf) => shelf.put(known));
  }

  /** @throws {HttpProblem} 429 when too many wait. */
  add(
    { job, ...given }: Pick<KnownBacktest, "id" | "tenant" | "sweep"> & { readonly job: BacktestJob },
  ): KnownBacktest {
    const open = [...this.#jobs.values()].filter(({ state }) => state === "queued" || state === "running");
    const own = open.filter(({ tenant }) => tenant === given.tenant).length;
    if (own >= OPEN_A_TENANT || open.length >= OPEN_AT_MOST) {
      throw new HttpProblem(429, "too_many_backtests", "Too many backtests wait already", {
        headers: { "Retry-After": "10" },
      });
    }
    const { from, to, rules } = job;
    const known: KnownBacktest = {
      ...given,
      from,
      to,
      rules: rules.length,
      createdAt: this.#clock.now(),
      state: "queued",
      startedAt: null,
      endedAt: null,
      progress: { date: null, days: 0, daysTotal: to - from + 1, trades: 0, fires: 0 },
      problem: null,
      report: null,
    };
    this.#jobs.set(known.id, known);
    this.#tasks.set(known.id, job);
    this.#keep(known);
    if (!this.#running) this.#ended = this.#runAll();
    return known;
  }

  /** A tenant's, the newest first. */
  list(tenant: string): readonly KnownBacktest[] {
    return [...this.#jobs.values()].filter((job) => job.tenant === tenant).reverse();
  }

  get(tenant: string, id: string): KnownBacktest | undefined {
    const known = this.#jobs.get(id);
    return known?.tenant === tenant ? known : undefined;
  }

  /** Ends one that waits or runs, and forgets one that has ended. */
  remove(known: KnownBacktest): void {
    if (known.state === "queued") this.#end(known, "cancelled");
    else if (known.state === "running") this.#cancel?.abort();
    else this.#forget(known.id);
  }

  #forget(id: string): void {
    this.#jobs.delete(id);
    void this.#kept((shelf) => shelf.remove(id));
  }

  async #runAll(): Promise<void> {
    this.#running = true;
    try {
      for (;;) {
        const next = [...this.#jobs.values()].find(({ state }) => state === "queued");
        if (next === undefined || this.#stopping.aborted) return;
        await this.#run(next);
      }
    } finally {
      this.#running = false;
    }
  }

  async #run(known: KnownBacktest): Promise<void> {
    const cancel = this.#cancel = new AbortController();
    const late = new AbortController();
    const ended = new AbortController();
    const signal = AbortSignal.any([cancel.signal, late.signal, this.#stopping]);
    void this.#clock.sleep(MOST_MS, ended.signal).then(() => late.abort());
    known.state = "running";
    known.startedAt = this.#clock.now();
    try {
      const run = this.#runner.run(this.#tasks.get(known.id) as BacktestJob, signal);
      for (let step = await run.next();; step = await run.next()) {
        if (step.done) {
          known.report = step.value;
          break;
        }
        known.progress = step.value;
      }
      this.#end(known, "done");
    } catch (thrown) {
      if (cancel.signal.aborted) this.#end(known, "cancelled");
      else if (this.#stopping.aborted) this.#fail(known, "the server was stopped");
      else if (late.signal.aborted) {
        this.#fail(known, "it took longer than 30 minutes: ask for fewer days or symbols");
      } else this.#failed(known, thrown);
    } finally {
      ended.abort();
    }
  }

  #failed(known: KnownBacktest, thrown: unknown): void {
    const expected = thrown instanceof InputError || thrown instanceof OutsideError;
    if (!expected) log.error("a backtest failed: {error}", { error: messageOf(thrown), id: known.id });
    this.#fail(known, expected ? messageOf(thrown) : "something went wrong here; the log has it");
  }

  #fail(known: KnownBacktest, problem: string): void {
    known.problem = problem;
    this.#end(known, "failed");
  }

  #end(known: KnownBacktest, state: BacktestState): void {
    known.state = state;
    known.endedAt = this.#clock.now();
    this.#tasks.delete(known.id);
    this.#keep(known);
    this.#forgetOld();
  }

  #forgetOld(): void {
    const ended = [...this.#jobs.values()].filter(({ endedAt }) => endedAt !== null);
    ended.reverse().sort((one, other) => other.endedAt! - one.endedAt!);
    const kept = new Map<string, number>();
    for (const [place, { id, tenant }] of ended.entries()) {
      const count = (kept.get(tenant) ?? 0) + 1;
      kept.set(tenant, count);
      if (count > KEPT_A_TENANT || place >= KEPT_AT_MOST) this.#forget(id);
    }
  }
}
