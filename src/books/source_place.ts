import type { EventLog } from "../ports/event_log.ts";
import { readTail } from "./log_tail.ts";

/** The header that says where in its source, a file, a record stood; see {@link SourceEvent}. */
export const SOURCE_PLACE_HEADER = "source-place";

/** A place in a list of files. */
export interface FilePlace {
  /** From 0. */
  readonly file: number;
  /** From 1. */
  readonly line: number;
}

interface RecordPlace extends FilePlace {
  /** Whether the record is the last of its line. */
  readonly last: boolean;
}

/**
 * The last place of a source of files up to which everything is in the log; undefined when there is none in its tail.
 *
 * @param run distinguishes this list of files from others, as in {@link formatPlace}.
 */
export async function publishedUpTo(log: EventLog, run: string): Promise<FilePlace | undefined> {
  let furthest: RecordPlace | undefined;
  for (const topic of ["trades", "quotes", "deadletter"] as const) {
    for await (const { headers } of readTail(log, topic)) {
      const place = parsePlace(headers[SOURCE_PLACE_HEADER], run);
      if (place === undefined) continue;
      if (furthest === undefined || isBehind(furthest, place) || (isSame(furthest, place) && place.last)) {
        furthest = place;
      }
    }
  }
  if (furthest === undefined) return undefined;
  const { file, line, last } = furthest;
  // Where a line's last record is not there, the line is read again: what is there of it is a duplicate.
  return { file, line: last ? line : line - 1 };
}

/** The place of a line: `5f3a… 2:1041`. `run` has no blank. */
export function formatPlace(run: string, { file, line }: FilePlace): string {
  return `${run} ${file}:${line}`;
}

/** The place of one of a line's records. */
export function placeOfRecord(place: string, index: number, count: number): string {
  return index === count - 1 ? place : `${place} ${index}`;
}

function parsePlace(text: string | undefined, run: string): RecordPlace | undefined {
  if (text === undefined || !text.startsWith(`${run} `)) return undefined;
  const parts = /^(\d{1,6}):(\d{1,12})( \d{1,6})?$/.exec(text.slice(run.length + 1));
  return parts === null
    ? undefined
    : { file: Number(parts[1]), line: Number(parts[2]), last: parts[3] === undefined };
}

function isBehind(a: FilePlace, b: FilePlace): boolean {
  return a.file < b.file || (a.file === b.file && a.line < b.line);
}

function isSame(a: FilePlace, b: FilePlace): boolean {
  return a.file === b.file && a.line === b.line;
}
