import { type RecordPack, unpack } from "../core/record_pack.ts";
import { SipHash } from "../core/siphash.ts";
import type {
  Committed,
  EventLog,
  JoinOptions,
  LogHealth,
  LogRecord,
  Membership,
  NewRecord,
  PartitionPlace,
  Position,
  RawBatch,
  ReadOptions,
  RecordBatch,
  Topic,
} from "../ports/event_log.ts";
import type { LogGap } from "../ports/log_gap.ts";
import { logger } from "../telemetry/log.ts";

const logging = logger("log");

/** The topics whose records give power: who may do what, what is watched, what is mailed and what has been. */
export const SEALED_TOPICS: readonly Topic[] = ["rules", "control", "alerts", "deliveries"];

/** The header of a record that carries its seal: `ID.TAG`. */
export const SEAL_HEADER = "seal";

/** A secret that seals are made with. */
export interface SealKey {
  /** Stands in the seal, so that keys can follow one another. */
  readonly id: string;
  /** 16 bytes. */
  readonly key: Uint8Array;
}

/** How records are sealed. */
export interface SealOptions {
  /** The first one seals; a seal of any of them is good. */
  readonly keys: readonly SealKey[];
  /** Whether records without a seal are taken too: while old topics are adopted. A wrong seal never is. */
  readonly acceptUnsealed?: boolean;
}

/** What a seal is made of. */
type Sealable = Pick<NewRecord, "topic" | "key" | "value" | "headers">;

/** Makes and checks seals: a MAC over topic, key, value and headers. */
export class Seals {
  readonly #keys: ReadonlyMap<string, SipHash>;
  readonly #first: readonly [string, SipHash];
  readonly #acceptUnsealed: boolean;

  constructor({ keys, acceptUnsealed = false }: SealOptions) {
    const hashes = keys.map(({ id, key }) => [id, new SipHash(key)] as const);
    if (hashes[0] === undefined) throw new RangeError("at least one key is needed");
    this.#keys = new Map(hashes);
    this.#first = hashes[0];
    this.#acceptUnsealed = acceptUnsealed;
  }

  /** The record with its seal. */
  seal(record: NewRecord): NewRecord {
    const [id, hash] = this.#first;
    const { [SEAL_HEADER]: _old, ...headers } = record.headers ?? {};
    return { ...record, headers: { ...headers, [SEAL_HEADER]: `${id}.${tagOf(hash, record)}` } };
  }

  /** Whether a record is to be sealed anew: it has no seal yet, or a good one of a key that is not the first any more. */
  isDue(record: Sealable): boolean {
    const seal = record.headers?.[SEAL_HEADER];
    return seal === undefined || (!seal.startsWith(`${this.#first[0]}.`) && this.isGood(record));
  }

  /** Whether a record may be believed. */
  isGood(record: Sealable): boolean {
    const seal = record.headers?.[SEAL_HEADER];
    if (seal === undefined) return this.#acceptUnsealed;
    const dot = seal.indexOf(".");
    const hash = this.#keys.get(seal.slice(0, dot));
    return hash !== undefined && tagOf(hash, record) === seal.slice(dot + 1);
  }
}

function tagOf(hash: SipHash, { topic, key, value, headers = {} }: Sealable): string {
  hash.text(topic).text(key);
  if (typeof value === "string") hash.text(value);
  else hash.bytes(value);
  for (const name of Object.keys(headers).sort()) {
    if (name !== SEAL_HEADER) hash.text(name).text(headers[name]!);
  }
  return hash.tag();
}

/**
 * An event log in which records that give power are believed only with the seal of one who has the secret. Who can merely
 * write to a topic makes no key, changes no rule and mails nothing: such records are passed over, counted and reported.
 */
export class SealedLog implements EventLog {
  readonly #log: EventLog;
  readonly #seals: Seals;
  #refused = 0;

  constructor(log: EventLog, seals: Seals) {
    this.#log = log;
    this.#seals = seals;
  }

  /** How many records were passed over: without a seal, or with one that is not ours. */
  get refused(): number {
    return this.#refused;
  }

  partitions(topic: Topic): Promise<number> {
    return this.#log.partitions(topic);
  }

  partitionOf(topic: Topic, placement: string): Promise<number> {
    return this.#log.partitionOf(topic, placement);
  }

  append(records: readonly NewRecord[]): Promise<readonly Position[]> {
    return this.#log.append(
      records.map((record) => SEALED_TOPICS.includes(record.topic) ? this.#seals.seal(record) : record),
    );
  }

  async appendPack(place: PartitionPlace, pack: RecordPack): Promise<Position> {
    if (!SEALED_TOPICS.includes(place.topic)) return await this.#log.appendPack(place, pack);
    const { topic } = place;
    const [first] = await this.append(unpack(pack).map((record) => ({ topic, ...record })));
    return first as Position;
  }

  join(options: JoinOptions<RecordBatch>): Promise<Membership> {
    if (!options.topics.some((topic) => SEALED_TOPICS.includes(topic))) return this.#log.join(options);
    return this.#log.join({
      ...options,
      assigned: async (assignment) => {
        const task = await options.assigned(assignment);
        return {
          handle: (batch) => task.handle(this.#believed(batch)),
          ...(task.idle === undefined ? {} : { idle: () => task.idle!() }),
          revoke: () => task.revoke(),
        };
      },
    });
  }

  /** Raw batches are not read: of market data alone. */
  joinRaw(options: JoinOptions<RawBatch>): Promise<Membership> {
    const sealed = options.topics.find((topic) => SEALED_TOPICS.includes(topic));
    if (sealed !== undefined) throw new RangeError(`records of ${sealed} must be decoded to be believed`);
    return this.#log.joinRaw(options);
  }

  async *read(options: ReadOptions): AsyncIterable<RecordBatch> {
    if (!SEALED_TOPICS.includes(options.topic)) yield* this.#log.read(options);
    else for await (const batch of this.#log.read(options)) yield this.#believed(batch);
  }

  bounds(topic: Topic, partition: number): Promise<{ readonly start: number; readonly end: number }> {
    return this.#log.bounds(topic, partition);
  }

  committed(group: string, topic: Topic, partition: number): Promise<Committed | null> {
    return this.#log.committed(group, topic, partition);
  }

  gaps(): readonly LogGap[] {
    return this.#log.gaps();
  }

  health(): LogHealth {
    const health = this.#log.health();
    if (this.#refused === 0) return health;
    return {
      ...health,
      detail: `${health.detail}; ${this.#refused} records without our seal were passed over`,
    };
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  #believed(batch: RecordBatch): RecordBatch {
    if (batch.records.every((record) => this.#seals.isGood(record))) return batch;
    const records = batch.records.filter((record) => this.#seals.isGood(record) || this.#refuse(record));
    return { ...batch, records };
  }

  #refuse({ topic, partition, offset, key }: LogRecord): false {
    this.#refused++;
    // The first, the second, the fourth, …: a storm of them fills no log.
    if ((this.#refused & (this.#refused - 1)) === 0) {
      const place = `${topic}/${partition}/${offset}`;
      const count = this.#refused;
      logging.error("{place} ({key}) has no seal of ours and is passed over; so far {count}", {
        place,
        key,
        count,
      });
    }
    return false;
  }
}
