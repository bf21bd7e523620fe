/** A JSON schema, as far as values of a chart need it. */
export type Schema = Readonly<Record<string, unknown>>;

/** An object that has these keys and no other. */
export interface ObjectSchema extends Schema {
  readonly properties: Readonly<Record<string, Schema>>;
}

/** Names of Kubernetes's objects, topics, regions, addresses; all but topics and regions may be empty: not given. */
export const OBJECT_NAME = "^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)?$";
export const TOPIC = "^[A-Za-z0-9._-]{1,249}$";
export const REGION = "^[a-z]{2}(-[a-z]+)+-[0-9]$";
export const ADDRESS = "^(https?://.+)?$";

export function object(
  description: string,
  properties: Readonly<Record<string, Schema>>,
  more: Schema = {},
): ObjectSchema {
  return { description, type: "object", additionalProperties: false, ...more, properties };
}

export function text(description: string, pattern?: string): Schema {
  return { description, type: "string", ...(pattern === undefined ? {} : { pattern }) };
}

/** A text whose key may stand with nothing behind it, as in the original's own files: YAML's null. */
export function textOrNothing(description: string, pattern?: string): Schema {
  return { ...text(description, pattern), type: ["string", "null"] };
}

export function nonempty(description: string): Schema {
  return { description, type: "string", minLength: 1 };
}

/** A text of a list. */
export function item(pattern: string): Schema {
  return { type: "string", pattern };
}

export function flag(description: string): Schema {
  return { description, type: "boolean" };
}

export function integer(description: string, minimum: number, maximum: number): Schema {
  return { description, type: "integer", minimum, maximum };
}

export function choice(description: string, words: readonly string[]): Schema {
  return { description, enum: words };
}

export function list(description: string, items: Schema, more: Schema = {}): Schema {
  return { description, type: "array", items, ...more };
}

/** Texts by names of the user's own. */
export function texts(description: string): Schema {
  return { description, type: "object", additionalProperties: { type: "string" } };
}
