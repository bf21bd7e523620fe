import { messageOf } from "../core/errors.ts";
import { aheadReason } from "../market/ahead.ts";
import { decodeTrade } from "../market/decode_trade.ts";
import type { Rejected } from "../rules/evaluation.ts";
import {
  REJECT_AHEAD,
  REJECT_BATCH,
  REJECT_CODE,
  REJECT_COMPRESSED,
  REJECT_FRAMING,
  REJECT_LENGTH,
  REJECT_NULL,
  REJECT_OFFSET,
  REJECT_SIZE,
  REJECT_START,
  REJECT_TRADE,
} from "../../wasm/layout.ts";
import type { Views } from "./views.ts";

/** Code and reason by what the module says; a trade's reason is found by reading it again, slowly. */
const REASONS: Readonly<Record<number, { code: string; reason: string }>> = {
  [REJECT_TRADE]: { code: "bad_trade", reason: "Cannot read a trade" },
  [REJECT_NULL]: { code: "null_value", reason: "a trade has no value" },
  [REJECT_FRAMING]: {
    code: "bad_framing",
    reason: "the rest of the batch is cut short or not made of records",
  },
  [REJECT_BATCH]: {
    code: "bad_batch",
    reason: "a record batch is cut short or does not have what it states",
  },
  [REJECT_COMPRESSED]: {
    code: "bad_batch",
    reason: "a record batch is compressed: it must be inflated before",
  },
};

export interface RejectSource {
  /** Of the reject buffer. */
  readonly address: number;
  readonly count: number;
  /** The batch that was evaluated. */
  readonly batch: { readonly bytes: Uint8Array; readonly arrivalOf?: (offset: number) => number | undefined };
  readonly into: Rejected[];
}

/** Makes objects of the refused records in the module's output buffer, each with a copy of its bytes. */
export function readRejects(views: Views, { address, count, batch, into }: RejectSource): void {
  for (let each = 0; each < count; each++) {
    const at = address + each * REJECT_SIZE;
    const offset = views.f64[(at + REJECT_OFFSET) >> 3] as number;
    const start = views.u32[(at + REJECT_START) >> 2] as number;
    const length = views.u32[(at + REJECT_LENGTH) >> 2] as number;
    const kind = views.u32[(at + REJECT_CODE) >> 2] as number;
    const bytes = batch.bytes.slice(start, start + length);
    if (kind === REJECT_AHEAD) {
      const reason = aheadReason(decodeTrade(bytes).eventTime, batch.arrivalOf?.(offset) ?? 0);
      into.push({ offset, code: "future_event_time", reason, bytes });
      continue;
    }
    const { code, reason } = REASONS[kind] as { code: string; reason: string };
    into.push({ offset, code, reason: kind === REJECT_TRADE ? reasonOf(bytes) : reason, bytes });
  }
}

function reasonOf(bytes: Uint8Array): string {
  try {
    decodeTrade(bytes);
  } catch (thrown) {
    return messageOf(thrown);
  }
  // The parser and the decoder disagree, which the property tests show to be impossible. Bad data must not stop a
  // stream, so it is refused all the same.
  return "Cannot read a trade: the engine refuses what the decoder takes";
}
