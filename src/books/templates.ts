import { decodeTemplate, encodeTemplate, type Template } from "../alerts/template.ts";
import type { EventLog, LogRecord, NewRecord } from "../ports/event_log.ts";
import { ownId, ownKey } from "./own_keys.ts";
import { type FollowOptions, Projection, type ProjectionReader } from "./projection.ts";

/** The record of a tenant's templates; null: they are ours again. */
export function templateRecord(tenant: string, template: Template | null, at: number): NewRecord {
  return {
    topic: "control",
    key: ownKey("template", tenant),
    value: template && encodeTemplate(template),
    timestamp: at,
  };
}

/** What a record says: a tenant's templates, or that it has none. */
export interface TemplateNews {
  readonly tenant: string;
  readonly template: Template | null;
}

/** The templates of the control topic, by tenant. */
export class Templates implements ProjectionReader<TemplateNews> {
  readonly #templates = new Map<string, Template>();

  /** A tenant's templates; undefined where it has none. */
  readonly of = (tenant: string): Template | undefined => this.#templates.get(tenant);

  /** Every tenant's. */
  all(): readonly Template[] {
    return [...this.#templates.values()];
  }

  /** @throws {InputError} for what is no template; {Error} for one that stands under another's key. */
  decode({ key, value }: LogRecord): TemplateNews | undefined {
    const tenant = ownId("template", key);
    if (tenant === undefined) return undefined;
    const template = value && decodeTemplate(value);
    if (template !== null && template.tenant !== tenant) throw new Error(`is not the record of ${tenant}`);
    return { tenant, template };
  }

  apply({ tenant, template }: TemplateNews): void {
    if (template === null) this.#templates.delete(tenant);
    else this.#templates.set(tenant, template);
  }
}

/** The templates as they stand in the log, read to its end and then followed. */
export class TemplateBook {
  readonly #templates = new Templates();
  readonly #projection: Projection;

  private constructor(log: EventLog) {
    this.#projection = new Projection({ log, topic: "control", readers: [this.#templates] });
  }

  /**
   * Reads everything that is there now.
   *
   * @throws {OutsideError} when the log cannot be read.
   */
  static async load(log: EventLog): Promise<TemplateBook> {
    const book = new TemplateBook(log);
    await book.#projection.load();
    return book;
  }

  /** Takes up changes until the signal is aborted. */
  async follow(options: FollowOptions): Promise<void> {
    await this.#projection.follow(options);
  }

  /** Why nothing is read just now; undefined while all goes well. */
  get failure(): string | undefined {
    return this.#projection.failure;
  }

  /** A tenant's templates; undefined where it has none. */
  get of(): Templates["of"] {
    return this.#templates.of;
  }

  /** Every tenant's. */
  all(): readonly Template[] {
    return this.#templates.all();
  }
}
