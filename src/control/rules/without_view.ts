import { isFields } from "../../rules/input_issues.ts";

/** What a view adds to a rule (name, warnings) is let pass when it is sent back. */
export function withoutView(body: unknown): unknown {
  if (!isFields(body)) return body;
  return Object.fromEntries(Object.entries(body).filter(([name]) => name !== "name" && name !== "warnings"));
}
