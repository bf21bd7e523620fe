import { decodeText } from "../../core/decode_text.ts";
import { InputError } from "../../core/errors.ts";
import { closestWord } from "../../rules/text_checks.ts";
import type { KnownProblem } from "../http/problem_codes.ts";
import { badRequest, HttpProblem } from "../http/problem.ts";
import { csvRows, MAX_LINE } from "./csv.ts";
import { IMPORT_COLUMNS, ruleOfRow } from "./rule_csv.ts";

/** One line of an import: what it says, or why it cannot be read. */
export interface ImportLine {
  readonly line: number;
  readonly input: unknown;
  readonly fault?: { readonly code: string; readonly reason: string };
}

/** The lines of a body of JSON values, one a line, or of CSV with a header. */
export function importLines(
  body: ReadableStream<Uint8Array> | null,
  format: "ndjson" | "csv",
): AsyncIterable<ImportLine> {
  const text = decoded(body);
  return format === "csv" ? csvLines(text) : jsonLines(text);
}

async function* decoded(body: ReadableStream<Uint8Array> | null): AsyncIterable<string> {
  if (body === null) return;
  try {
    yield* decodeText(body);
  } catch (thrown) {
    if (!(thrown instanceof InputError)) throw thrown;
    throw badRequest("", thrown.code as KnownProblem, `The body ${thrown.message}`);
  }
}

async function* jsonLines(chunks: AsyncIterable<string>): AsyncIterable<ImportLine> {
  let rest = "";
  let line = 0;
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const text of lines) {
      line++;
      if (text.trim() !== "") yield jsonLine(line, text);
    }
    if (rest.length > MAX_LINE) throw tooLong(line + 1);
  }
  if (rest.trim() !== "") yield jsonLine(line + 1, rest);
}

function jsonLine(line: number, text: string): ImportLine {
  if (text.length > MAX_LINE) throw tooLong(line);
  try {
    return { line, input: JSON.parse(text) };
  } catch (thrown) {
    const reason = `is not JSON: ${thrown instanceof Error ? thrown.message.slice(0, 150) : ""}`;
    return { line, input: undefined, fault: { code: "not_json", reason } };
  }
}

function tooLong(line: number): HttpProblem {
  return new HttpProblem(400, "line_too_long", `Line ${line} is over ${MAX_LINE} characters`);
}

async function* csvLines(chunks: AsyncIterable<string>): AsyncIterable<ImportLine> {
  let header: readonly string[] | undefined;
  for await (const { line, cells } of csvRows(chunks)) {
    if (header === undefined) header = headerOf(line, cells);
    else if (cells.some((cell) => cell.trim() !== "")) yield { line, input: ruleOfRow(header, cells) };
  }
}

/** @throws {HttpProblem} 400 for a column that no rule has, or that stands twice. */
function headerOf(line: number, cells: readonly string[]): readonly string[] {
  const header = cells.map((name) => name.trim());
  const twice = header.find((name, index) => header.indexOf(name) < index);
  const unknown = header.find((name) => !IMPORT_COLUMNS.includes(name));
  if (unknown !== undefined) {
    const near = closestWord(unknown, IMPORT_COLUMNS);
    const hint = near === undefined ? `; there are ${IMPORT_COLUMNS.join(", ")}` : `; did you mean ${near}?`;
    const name = JSON.stringify(unknown.slice(0, 60));
    throw badRequest(`line ${line}`, "bad_csv", `has the unknown column ${name}${hint}`);
  }
  if (twice !== undefined) {
    throw badRequest(`line ${line}`, "bad_csv", `has the column ${JSON.stringify(twice)} twice`);
  }
  return header;
}
