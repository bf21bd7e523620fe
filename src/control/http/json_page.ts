import { stream } from "hono/streaming";
import type { TurnTaker } from "../turns.ts";
import type { ControlContext } from "./route.ts";

/** Items that are written, and compressed, in one turn. */
const WRITTEN_A_TURN = 100;

/**
 * Answers with a page of a list. A long one is written a part a turn: to make one text of it, and to compress that, would keep
 * everybody waiting.
 *
 * @throws {HttpProblem} 429 `too_many_at_once`.
 */
export async function jsonPage(
  c: ControlContext,
  { data, nextCursor }: { readonly data: readonly unknown[]; readonly nextCursor: string | null },
  turns: TurnTaker,
): Promise<Response> {
  if (data.length <= WRITTEN_A_TURN) return c.json({ data, nextCursor });
  await turns.take();
  c.header("Content-Type", "application/json");
  return stream(c, async (out) => {
    await out.write('{"data":[');
    for (let at = 0; at < data.length && !out.aborted; at += WRITTEN_A_TURN) {
      if (at > 0) await turns.take();
      const part = data.slice(at, at + WRITTEN_A_TURN).map((item) => JSON.stringify(item));
      await out.write(`${at > 0 ? "," : ""}${part.join(",")}`);
    }
    await out.write(`],"nextCursor":${JSON.stringify(nextCursor)}}`);
  });
}
