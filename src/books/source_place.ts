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

/**
 * The furthest place of a source of files that is in the log; undefined when there is none in its tail. All records of
 * the place's line may not be there: it is to be read again, what is there already is a duplicate.
 */
export async function furthestPlace(log: EventLog): Promise<FilePlace | undefined> {
  let furthest: FilePlace | undefined;
  for (const topic of ["trades", "quotes", "deadletter"] as const) {
    for await (const { headers } of readTail(log, topic)) {
      const place = parsePlace(headers[SOURCE_PLACE_HEADER]);
      if (place !== undefined && (furthest === undefined || isBehind(furthest, place))) furthest = place;
    }
  }
  return furthest;
}

/** `2:1041` */
export function formatPlace({ file, line }: FilePlace): string {
  return `${file}:${line}`;
}

function parsePlace(text: string | undefined): FilePlace | undefined {
  const parts = /^(\d{1,6}):(\d{1,12})$/.exec(text ?? "");
  return parts === null ? undefined : { file: Number(parts[1]), line: Number(parts[2]) };
}

function isBehind(a: FilePlace, b: FilePlace): boolean {
  return a.file < b.file || (a.file === b.file && a.line < b.line);
}
