import { CsvError, type Info, type Options, parse } from "csv-parse";
import { stringify } from "csv-stringify/sync";
import { HttpProblem } from "../http/problem.ts";
import { LineCounter } from "./line_counter.ts";

/** The longest line or CSV record, in characters or bytes. */
export const MAX_LINE = 100_000;

/** A row of a CSV text and the line it begins on. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/** What stands between the cells: Excel's "Unicode text" has tabs, some countries' Excel semicolons. */
const DELIMITERS = [",", "\t", ";"] as const;

const OPTIONS: Options = {
  bom: false,
  info: true,
  relax_column_count: true,
  skip_empty_lines: true,
  // Several at once: a text may have been put together from files of several systems.
  record_delimiter: ["\r\n", "\n", "\r"],
  max_record_size: MAX_LINE,
};

const REASONS: Readonly<Record<string, string>> = {
  INVALID_OPENING_QUOTE: 'has a " inside a field that is not quoted',
  CSV_INVALID_CLOSING_QUOTE: 'has text after a closing "',
  CSV_QUOTE_NOT_CLOSED: 'has a " that is never closed',
  CSV_MAX_RECORD_SIZE: `is over ${MAX_LINE} bytes`,
};

/**
 * RFC 4180, as it comes. The delimiter is the one that stands most often in the first line; empty lines are passed over.
 *
 * @throws {HttpProblem} 400 for a quote in the wrong place or a record without end; the rows before were handed out.
 */
export async function* csvRows(chunks: AsyncIterable<string>): AsyncIterable<CsvRow> {
  const lines = new LineCounter();
  let parser: ReturnType<typeof parse> | undefined;
  let failure: unknown;
  const rows = function* (): Iterable<CsvRow> {
    for (;;) {
      const read = parser!.read() as { record: string[]; info: Info } | null;
      if (read === null) break;
      const line = lines.lineOfNext(read.info.bytes);
      yield { line, cells: read.record };
    }
    if (failure !== undefined) throw fault(failure, lines.lineOfNext());
  };
  for await (const { text, delimiter } of withDelimiter(chunks)) {
    if (parser === undefined) {
      parser = parse({ ...OPTIONS, delimiter });
      parser.on("error", (error) => failure = error);
    }
    const bytes = new TextEncoder().encode(text);
    lines.push(bytes);
    parser.write(bytes);
    yield* rows();
  }
  if (parser === undefined) return;
  await new Promise<void>((done) => {
    parser.once("error", () => done());
    parser.once("readable", () => done());
    parser.once("end", () => done());
    parser.end(() => done());
  });
  yield* rows();
}

/** The text, whole up to the end of its first line, and the delimiter that this shows. */
async function* withDelimiter(
  chunks: AsyncIterable<string>,
): AsyncGenerator<{ readonly text: string; readonly delimiter: string }> {
  let head = "";
  let delimiter: string | undefined;
  for await (const chunk of chunks) {
    if (delimiter !== undefined) {
      yield { text: chunk, delimiter };
      continue;
    }
    head += chunk;
    if (head.length < MAX_LINE && !hasFirstLine(head)) continue;
    delimiter = delimiterOf(head);
    yield { text: head, delimiter };
  }
  if (delimiter === undefined && head !== "") yield { text: head, delimiter: delimiterOf(head) };
}

/** Two passes: one expression for both would begin anew at each character of a line without end, for minutes. */
function hasFirstLine(head: string): boolean {
  const begins = head.search(/\S/);
  return begins >= 0 && /[\r\n]/.test(head.slice(begins));
}

function delimiterOf(head: string): string {
  const [line = ""] = head.trimStart().replace(/"(?:[^"]|"")*"/g, "").split(/[\r\n]/, 1);
  const count = (delimiter: string) => line.split(delimiter).length;
  return DELIMITERS.reduce<string>((best, one) => count(one) > count(best) ? one : best, DELIMITERS[0]);
}

function fault(failure: unknown, line: number): unknown {
  if (!(failure instanceof CsvError)) return failure;
  const reason = REASONS[failure.code] ?? `is no CSV: ${failure.message}`;
  const issue = { field: `line ${line}`, code: "bad_csv", reason };
  return new HttpProblem(400, "bad_csv", `line ${line} ${reason}`, { issues: [issue] });
}

/** Rows as CSV text, CRLF at the end of each. */
export function csvText(rows: readonly (readonly string[])[]): string {
  return stringify(rows as string[][], { record_delimiter: "\r\n", quoted_match: /[\r\n\t;]/ });
}
