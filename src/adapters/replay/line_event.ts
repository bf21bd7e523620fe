import { decodeWhole } from "../../core/decode_text.ts";
import { InputError } from "../../core/errors.ts";
import { isPlainAscii } from "../../core/text_encoding.ts";
import { dayOfDate, startOfSeoulDay, timeOfHour } from "../../market/seoul_time.ts";
import { FRAME_KINDS, TRADE_FIELDS } from "../../market/kis/fields.ts";
import { REFERENCE_LINE } from "../../market/reference_codec.ts";
import { splitFrame } from "../../market/kis/frame.ts";

/** What a line of a replay file is. */
export type LineContent =
  /** Blank, a comment, a heartbeat or an acknowledgement: nothing to be played. */
  | { readonly is: "skipped" }
  /** `at`: epoch ms of arrival when `recorded`, else the time of the trade; undefined where the line has neither. */
  | {
    readonly is: "frame" | "trade" | "reference";
    readonly bytes: Uint8Array;
    readonly at: number | undefined;
    readonly recorded: boolean;
  }
  | { readonly is: "unknown" };

const decoder = new TextDecoder();
const RECORDED = /^(\d{10,15}) /;
const EVENT_TIME = /"eventTime"\s*:\s*(\d{1,15})\b/;
const DATE = TRADE_FIELDS.findIndex((field) => field.kis === "BSOP_DATE");
const HOUR = TRADE_FIELDS.findIndex((field) => field.kis === "STCK_CNTG_HOUR");

/**
 * Reads what a line is: a KIS frame, a trade as JSON, or a frame after its time of arrival as `tickbell record` writes
 * it (`1764115200123 0|H0STCNT0|…`).
 */
export function readLine(bytes: Uint8Array): LineContent {
  const text = decoder.decode(bytes);
  if (text.trim() === "" || text.startsWith("#")) return { is: "skipped" };
  const recorded = RECORDED.exec(text);
  if (recorded !== null) {
    const head = (recorded[0] as string).length;
    const content = readLine(bytes.subarray(head));
    const at = Number(recorded[1]);
    // What was recorded was sent by the feed: garbage too is the producer's to refuse.
    if (content.is === "unknown") {
      return { is: "frame", bytes: bytes.subarray(head), at, recorded: true };
    }
    return content.is === "skipped" ? content : { ...content, at, recorded: true };
  }
  if (/^[01]\|/.test(text)) {
    return { is: "frame", bytes, at: frameTime(text), recorded: false };
  }
  if (!text.trimStart().startsWith("{")) return { is: "unknown" };
  if (text.startsWith(REFERENCE_LINE)) return { is: "reference", bytes, at: undefined, recorded: false };
  if (/"(?:header|tr_id)"\s*:/.test(text)) return { is: "skipped" };
  const eventTime = EVENT_TIME.exec(text);
  const at = eventTime === null ? undefined : Number(eventTime[1]);
  return { is: "trade", bytes: asUtf8(bytes), at, recorded: false };
}

/** When the first trade of a frame happened; order books carry no date. */
function frameTime(text: string): number | undefined {
  const parts = splitFrame(text);
  const kind = parts && Object.hasOwn(FRAME_KINDS, parts.trId) ? FRAME_KINDS[parts.trId] : undefined;
  if (kind?.content !== "trade") return undefined;
  const fields = (parts as { payload: string }).payload.split("^", TRADE_FIELDS.length);
  const day = dayOfDate(fields[DATE] ?? "");
  const time = timeOfHour(fields[HOUR] ?? "");
  return day === undefined || time === undefined ? undefined : startOfSeoulDay(day) + time;
}

/** The line as UTF-8: a tool may have written the names in CP949. What is no text is the producer's to refuse. */
function asUtf8(bytes: Uint8Array): Uint8Array {
  if (isPlainAscii(bytes)) return bytes;
  try {
    return new TextEncoder().encode(decodeWhole(bytes));
  } catch (error) {
    if (error instanceof InputError) return bytes;
    throw error;
  }
}
