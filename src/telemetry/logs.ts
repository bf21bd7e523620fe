import {
  configure,
  getAnsiColorFormatter,
  getJsonLinesFormatter,
  getTextFormatter,
  type LogLevel,
  type LogRecord,
  reset,
  type Sink,
} from "@logtape/logtape";
import { redact, redactText } from "./redact.ts";

/** How logs are written. */
export interface LogOptions {
  /** The least level that is written. */
  readonly level: LogLevel;
  /** `json`: one JSON object a line, for machines; `pretty`: one line, for people, in a terminal coloured unless NO_COLOR is set. */
  readonly format: "json" | "pretty";
  /** Where a line goes, without its line break; standard error by default. */
  readonly write?: (line: string) => void;
}

/**
 * Sets up logging for the process. A JSON line has `@timestamp`, `level`, `logger`, `message` and `properties`
 * (`alertId`, `symbol`, …); in every format secrets are replaced by ***. Call it once, in cli; again replaces it.
 */
export async function configureLogs(options: LogOptions): Promise<void> {
  const write = options.write ?? writeToStandardError;
  const sink = options.format === "json" ? jsonSink(write) : prettySink(write);
  await configure({
    reset: true,
    sinks: { out: sink },
    loggers: [
      { category: ["tickbell"], lowestLevel: options.level, sinks: ["out"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["out"] },
    ],
  });
}

/** Ends logging: nothing is written any more. */
export async function endLogs(): Promise<void> {
  await reset();
}

function jsonSink(write: (line: string) => void): Sink {
  const format = getJsonLinesFormatter({ properties: "nest:properties" });
  return (record) => write(format(clean(record)).trimEnd());
}

function prettySink(write: (line: string) => void): Sink {
  const options = {
    timestamp: "time",
    category: (names: readonly string[]) => names.slice(1).join("."),
  } as const;
  const coloured = Deno.stderr.isTerminal() && !Deno.noColor;
  const format = coloured ? getAnsiColorFormatter(options) : getTextFormatter(options);
  return (record) => write(format(clean(record)).trimEnd());
}

/** The record without secrets: its message's parts and its properties. */
function clean(record: LogRecord): LogRecord {
  return {
    ...record,
    message: withoutQuotes(record.message),
    properties: redact(record.properties) as Record<string, unknown>,
  };
}

/** The message's parts, texts and values by turns, without secrets; a value that is a text stands in it unquoted. */
function withoutQuotes(message: readonly unknown[]): unknown[] {
  const parts: unknown[] = [];
  let text = "";
  for (const [index, part] of message.entries()) {
    if (index % 2 === 0 || typeof part === "string") {
      text += redactText(index % 2 === 0 ? String(part) : onOneLine(String(part)));
      continue;
    }
    parts.push(text, redact(part));
    text = "";
  }
  return [...parts, text];
}

/** A value from outside cannot look like a line of its own. */
function onOneLine(text: string): string {
  return text.replaceAll("\r", "\\r").replaceAll("\n", "\\n");
}

const encoder = new TextEncoder();

function writeToStandardError(line: string): void {
  Deno.stderr.writeSync(encoder.encode(`${line}\n`));
}
