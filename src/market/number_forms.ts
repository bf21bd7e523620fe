/**
 * JSON with the source text of its numbers: `5`, `5.0` and `5e0` are one value and three forms, and only the first is a
 * price. Uses the reviver's source text access (ECMAScript proposal json-parse-with-source; in Deno, Chromium, Node 21).
 *
 * @module
 */

/** A JSON object's own values, and for each that is a number the text it was written as. */
export interface ParsedObject {
  readonly values: Readonly<Record<string, unknown>>;
  formOf(field: string): string | undefined;
}

/** Ends the reading with an error of the caller's. */
export type Refuse = (code: "not_json" | "not_an_object" | "too_deep", reason: string) => never;

type Reviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown;
const parse = JSON.parse as (text: string, reviver: Reviver) => unknown;

/** Parses a JSON object whose nesting is at most `maxDepth`; of a key that stands twice the last counts. */
export function parseWithNumberForms(text: string, maxDepth: number, refuse: Refuse): ParsedObject {
  // Deep nesting would exhaust the stack of a reviver, so it is examined first; flat text is the rule.
  if (text.includes("[") || text.indexOf("{", 1) > 0) {
    if (deeperThan(maxDepth, text)) return refuse("too_deep", `must not nest deeper than ${maxDepth}`);
  }
  let forms = new Map<unknown, Record<string, string>>();
  let root: unknown;
  try {
    root = parse(text, function (key, value, context) {
      if (typeof value === "number" && context.source !== undefined) {
        let ofHolder = forms.get(this);
        if (ofHolder === undefined) forms.set(this, ofHolder = Object.create(null) as Record<string, string>);
        ofHolder[key] = context.source;
      }
      return value;
    });
  } catch {
    return refuse("not_json", "must be JSON");
  }
  if (typeof root !== "object" || root === null || Array.isArray(root)) {
    return refuse("not_an_object", "must be a JSON object");
  }
  const ofRoot = forms.get(root);
  forms = new Map();
  return { values: root as Record<string, unknown>, formOf: (field) => ofRoot?.[field] };
}

/** Whether brackets stand deeper than the limit, strings left out; of text that is not JSON the answer means nothing. */
function deeperThan(limit: number, text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (inString) {
      if (char === "\\") at++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === "{" || char === "[") {
      if (++depth > limit) return true;
    } else if (char === "}" || char === "]") depth--;
  }
  return false;
}
