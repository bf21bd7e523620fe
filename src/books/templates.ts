import { decodeTemplate, encodeTemplate, type Template } from "../alerts/template.ts";
import type { LogRecord, NewRecord } from "../ports/event_log.ts";
import { ownId, ownKey } from "./own_keys.ts";
import type { ProjectionReader } from "./projection.ts";

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
