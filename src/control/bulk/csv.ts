import { HttpProblem } from "../http/problem.ts";

/** The longest line or CSV record, in characters. */
export const MAX_LINE = 100_000;

/** A row of a CSV text and the line it begins on. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * RFC 4180, as it comes: fields between commas, quoted where they hold commas, quotes (doubled) or line ends. Empty lines
 * are passed over.
 *
 * @throws {HttpProblem} 400 for a quote in the wrong place or a record without end.
 */
export async function* csvRows(chunks: AsyncIterable<string>): AsyncIterable<CsvRow> {
  let cells: string[] = [];
  let cell = "";
  let state: "start" | "plain" | "quoted" | "closed" = "start";
  let line = 1;
  let first = 1;
  let size = 0;
  let skipLf = false;
  for await (const chunk of chunks) {
    for (const character of chunk) {
      if (skipLf && character === "\n") {
        skipLf = false;
        continue;
      }
      skipLf = false;
      if (++size > MAX_LINE) throw fault(first, `is over ${MAX_LINE} characters`);
      if (state === "quoted") {
        if (character === '"') state = "closed";
        else {
          if (character === "\n") line++;
          cell += character;
        }
      } else if (character === '"') {
        if (state === "plain") throw fault(line, 'has a " inside a field that is not quoted');
        if (state === "closed") cell += '"';
        state = "quoted";
      } else if (character === ",") {
        cells.push(cell);
        [cell, state] = ["", "start"];
      } else if (character === "\n" || character === "\r") {
        skipLf = character === "\r";
        if (cells.length > 0 || cell !== "" || state !== "start") {
          yield { line: first, cells: [...cells, cell] };
        }
        [cells, cell, state, size] = [[], "", "start", 0];
        first = ++line;
      } else if (state === "closed") throw fault(line, 'has text after a closing "');
      else {
        cell += character;
        state = "plain";
      }
    }
  }
  if (state === "quoted") throw fault(first, 'has a " that is never closed');
  if (cells.length > 0 || cell !== "" || state !== "start") yield { line: first, cells: [...cells, cell] };
}

function fault(line: number, reason: string): HttpProblem {
  const issue = { field: `line ${line}`, code: "bad_csv", reason };
  return new HttpProblem(400, "bad_csv", `line ${line} ${reason}`, { issues: [issue] });
}

/** Cells as one CSV line. */
export function csvLine(cells: readonly string[]): string {
  return cells.map((cell) => /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell).join(",") +
    "\r\n";
}
