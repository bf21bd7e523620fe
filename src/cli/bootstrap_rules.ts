import { InputError } from "../core/errors.ts";
import { type FileRule, readRuleFile } from "./rule_file.ts";

/** The id of a file's rule that has none: the same for the same rule, so that a second start does not add it again. */
export async function ruleIdOf(value: unknown): Promise<string> {
  const canonical = JSON.stringify(value, Object.keys(Object(value)).sort());
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonical));
  return `file-${new Uint8Array(digest).toHex().slice(0, 20)}`;
}

/** Rules of one request. */
const CHUNK = 500;

/** Sends a request to the API, with the operator's key. */
export type ApiRequest = (path: string, init?: { method: string; body: string }) => Promise<Response>;

interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly {
    readonly field?: string;
    readonly reason?: string;
    readonly value?: unknown;
  }[];
}

/**
 * Puts the rules of a file in force through the API; those that are there already stay as they are.
 *
 * @returns how many were added.
 * @throws {InputError} code `bad_rule_file`, naming the file, the line, the field, the reason and the value.
 */
export async function bootstrapRules(path: string, request: ApiRequest): Promise<number> {
  const wanted: FileRule[] = [];
  for (const { place, value } of await readRuleFile(path)) {
    const id = Object(value).id ?? await ruleIdOf(value);
    const present = typeof id === "string" ? await request(`/v1/rules/${encodeURIComponent(id)}`) : undefined;
    await present?.body?.cancel();
    if (present?.status === 200) continue;
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    wanted.push({ path, place, value: isObject ? { ...value, id } : value });
  }
  for (let from = 0; from < wanted.length; from += CHUNK) {
    const chunk = wanted.slice(from, from + CHUNK);
    const body = JSON.stringify(chunk.map((rule) => rule.value));
    const response = await request("/v1/rules", { method: "POST", body });
    if (response.status !== 201) throw refusedRules(path, chunk, await response.json());
    await response.body?.cancel();
  }
  return wanted.length;
}

function refusedRules(path: string, chunk: readonly FileRule[], problem: Problem): InputError {
  const issues = (problem.errors ?? []).map(({ field = "", reason = "", value }) => {
    const [, index, rest] = /^\[(\d+)\]\.?(.*)$/.exec(field) ?? [];
    const place = index === undefined ? "" : `${chunk[Number(index)]?.place ?? ""}, `;
    return {
      field: `${place}${rest ?? field}`,
      code: "bad_rule",
      reason,
      ...(value === undefined ? {} : { value }),
    };
  });
  const whole = { field: "", code: "bad_rule", reason: problem.detail ?? problem.title ?? "refused" };
  return new InputError(
    "bad_rule_file",
    issues.length > 0 ? issues : [whole],
    `Cannot read rule file ${path}`,
  );
}
