import { z } from "zod";
import { MOVED_KEY, OWN_KEYS, type OwnKey } from "../../books/own_keys.ts";
import { Projection, type ProjectionReader } from "../../books/projection.ts";
import type { Clock } from "../../core/clock.ts";
import type { LogRecord, NewRecord } from "../../ports/event_log.ts";
import { RESERVED_KEY } from "../../rules/codec.ts";
import { logger } from "../../telemetry/log.ts";
import type { AuditDraft } from "../audit/entry.ts";
import { randomId } from "../auth/secret.ts";
import { readJson } from "../../books/read_json.ts";
import type { Topics } from "./topics.ts";

const log = logger("control");

/** Up to version 1.0 control's own records stood on the rules topic, under keys that begin with a tilde. */
const OLD: readonly OwnKey[] = Object.values(OWN_KEYS).filter((kind: OwnKey) => kind.old !== undefined);
const OLD_AUDIT = "~audit/";
/** Records of one append. */
const CHUNK = 1_000;
/** Who began to move has this long, in ms; then another one takes over. */
const LEASE_MS = 60_000;
const LOOK_MS = 200;
/** The old records stay this long after they were moved, in ms: roles of the old version still read them. */
const OVERLAP_MS = 3_600_000;

const movedRecord = z.object({
  state: z.enum(["moving", "moved", "cleaned"]),
  by: z.string(),
  at: z.number().int().nonnegative(),
});
type Moved = z.output<typeof movedRecord>;

const oldEntry = z.object({
  at: z.number(),
  tenant: z.string(),
  who: z.string(),
  requestId: z.string(),
  action: z.string(),
  target: z.string(),
  before: z.unknown(),
  after: z.unknown(),
});

/**
 * Moves control's own records from the rules topic to where they belong, once: a record of the control topic says that it
 * is done, and from then on nothing on the rules topic is believed to be control's. Of several instances one moves, the
 * others wait for it. What cannot be read stays behind.
 */
export class OldRecords implements ProjectionReader<Moved> {
  readonly #topics: Topics;
  readonly #clock: Clock;
  readonly #me = randomId(12);
  #moved: Moved | undefined;

  constructor(options: { topics: Topics; clock: Clock }) {
    this.#topics = options.topics;
    this.#clock = options.clock;
    options.topics.read("control", this);
  }

  /** @throws {Error} for a record that cannot be read. */
  decode({ key, value }: LogRecord): Moved | undefined {
    return key === MOVED_KEY && value !== null ? readJson(value, movedRecord) : undefined;
  }

  /** Of two that begin at once the first in the log moves. */
  apply(moved: Moved): void {
    const taken = this.#moved?.state === "moving" && moved.state === "moving" &&
      moved.at < this.#moved.at + LEASE_MS;
    const done = this.#moved !== undefined && this.#moved.state !== "moving" && moved.state === "moving";
    if (!taken && !done) this.#moved = moved;
  }

  /**
   * Moves what is there, unless that was done; after the control topic has been read.
   *
   * @throws {OutsideError} when the log cannot be read or written.
   */
  async move(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (this.#moved === undefined || this.#moved.state === "moving")) {
      const now = this.#clock.now();
      if (this.#moved === undefined || this.#moved.at + LEASE_MS <= now) await this.#note("moving");
      if (this.#moved?.by === this.#me) return await this.#moveAll();
      await this.#clock.sleep(LOOK_MS, signal);
    }
  }

  /**
   * Deletes the old records an hour after they were moved. Called now and then.
   *
   * @throws {OutsideError} when the log cannot be read or written.
   */
  async clean(): Promise<void> {
    if (this.#moved?.state !== "moved" || this.#moved.at + OVERLAP_MS > this.#clock.now()) return;
    const timestamp = this.#clock.now();
    const old = await this.#read();
    const tombstones = [...old.keys()].map((key): NewRecord => {
      const placement = OLD.find(({ old }) => key.startsWith(old!.prefix))?.old?.placement;
      return {
        topic: "rules",
        key,
        value: null,
        timestamp,
        ...(placement === undefined ? {} : { placement }),
      };
    });
    for (let at = 0; at < tombstones.length; at += CHUNK) {
      await this.#topics.append(tombstones.slice(at, at + CHUNK));
    }
    await this.#note("cleaned");
  }

  async #moveAll(): Promise<void> {
    const old = await this.#read();
    const records: NewRecord[] = [];
    const entries: { key: string; draft: AuditDraft }[] = [];
    let unreadable = 0;
    for (const [key, record] of old) {
      const kind = OLD.find(({ old }) => key.startsWith(old!.prefix));
      if (key.startsWith(OLD_AUDIT)) {
        const draft = draftOf(record.value!);
        if (draft === undefined) unreadable++;
        else entries.push({ key, draft });
      } else if (kind?.topic === "control") {
        const { value, timestamp, headers } = record;
        records.push({
          topic: "control",
          key: kind.prefix + key.slice(kind.old!.prefix.length),
          value,
          timestamp,
          headers,
        });
      }
    }
    entries.sort((a, b) => a.key < b.key ? -1 : 1);
    for (let at = 0; at < records.length; at += CHUNK) {
      await this.#topics.append(records.slice(at, at + CHUNK));
    }
    for (let at = 0; at < entries.length; at += CHUNK) {
      await this.#topics.append([], entries.slice(at, at + CHUNK).map(({ draft }) => draft));
    }
    await this.#note("moved");
    if (old.size === 0) return;
    log.info(
      "moved {records} records and {entries} audit entries from the rules topic, {unreadable} cannot be read",
      {
        records: records.length,
        entries: entries.length,
        unreadable,
      },
    );
  }

  async #note(state: Moved["state"]): Promise<void> {
    const at = this.#clock.now();
    const value = JSON.stringify({ state, by: this.#me, at });
    await this.#topics.append([{ topic: "control", key: MOVED_KEY, value, timestamp: at }]);
  }

  /** The newest record of each old key that is not deleted. */
  async #read(): Promise<ReadonlyMap<string, LogRecord>> {
    const found = new Map<string, LogRecord>();
    const reader: ProjectionReader<LogRecord> = {
      decode: (record) => record.key.startsWith(RESERVED_KEY) ? record : undefined,
      apply: (record) => {
        if (record.value === null) found.delete(record.key);
        else found.set(record.key, record);
      },
    };
    await new Projection({ log: this.#topics.log, topic: "rules", readers: [reader] }).load();
    return found;
  }
}

function draftOf(value: Uint8Array): AuditDraft | undefined {
  let entry: z.output<typeof oldEntry>;
  try {
    entry = readJson(value, oldEntry);
  } catch {
    return undefined;
  }
  const { at, tenant, who, requestId, action, target, before, after } = entry;
  const actor = { who: { tenant, subject: who }, requestId };
  return { at, action, target, before: before ?? null, after: after ?? null, actor };
}
