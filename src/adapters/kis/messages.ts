import { z } from "zod";

/** One registration: a TR of a symbol. */
export interface FeedUnit {
  readonly trId: string;
  readonly symbol: string;
}

/** A unit as a map key. */
export function unitKey(unit: FeedUnit): string {
  return `${unit.trId}|${unit.symbol}`;
}

/** What a control message (JSON) from the server says. */
export type ControlMessage =
  | { readonly is: "heartbeat" }
  | {
    readonly is: "answer";
    /** Undefined where the server could not read the request. */
    readonly unit: FeedUnit | undefined;
    readonly code: string;
    readonly text: string;
    /** For frames that come encrypted: AES-256-CBC, both as UTF-8 text. */
    readonly cipher?: { readonly key: string; readonly iv: string };
  }
  | { readonly is: "unknown" };

const controlSchema = z.object({
  header: z.object({ tr_id: z.string().optional(), tr_key: z.string().optional() }),
  body: z.object({
    msg_cd: z.string(),
    msg1: z.string().default(""),
    output: z.object({ iv: z.string().optional(), key: z.string().optional() }).optional(),
  }).optional(),
});

/** Reads a control message; never throws. */
export function readControl(text: string): ControlMessage {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { is: "unknown" };
  }
  const read = controlSchema.safeParse(json);
  if (!read.success) return { is: "unknown" };
  const { header, body } = read.data;
  if (header.tr_id === "PINGPONG") return { is: "heartbeat" };
  if (body === undefined) return { is: "unknown" };
  const { iv, key } = body.output ?? {};
  const unit = header.tr_id && header.tr_key ? { trId: header.tr_id, symbol: header.tr_key } : undefined;
  const answer = { is: "answer", unit, code: body.msg_cd, text: body.msg1.slice(0, 200) } as const;
  return iv && key ? { ...answer, cipher: { iv, key } } : answer;
}

/** A request to register (`tr_type` 1) or unregister (2) a unit. Has the approval key: never to be logged. */
export function requestMessage(
  unit: FeedUnit,
  request: { readonly register: boolean; readonly approvalKey: string; readonly customerType: string },
): string {
  return JSON.stringify({
    header: {
      approval_key: request.approvalKey,
      custtype: request.customerType,
      tr_type: request.register ? "1" : "2",
      "content-type": "utf-8",
    },
    body: { input: { tr_id: unit.trId, tr_key: unit.symbol } },
  });
}
