/**
 * The other side of the feed bench: a process of its own that sends frames made beforehand as fast as they are taken.
 *
 * @module
 */
import { SimulatedMarket } from "../../src/adapters/simulator/market.ts";
import { LISTING } from "../../src/market/listing.ts";

/** The app key the server knows. */
export const BENCH_APP = { key: "bench-app-key", secret: "bench-app-secret" };
const LISTED = LISTING.slice(0, 40);
/** The symbols whose frames are sent. */
export const SYMBOLS: readonly string[] = LISTED.map((listed) => listed.symbol);
/** Bytes that may wait in the socket. */
const MAX_BUFFERED = 1 << 20;

function makeFrames(count: number): string[] {
  const start = Date.parse("2026-11-23T09:00:00+09:00");
  const market = new SimulatedMarket({ listing: LISTED, seed: 1, now: start });
  const frames: string[] = [];
  while (frames.length < count) market.frames(100, start + Math.floor(frames.length / 2), frames);
  return frames.slice(0, count);
}

async function send(socket: WebSocket, frames: readonly string[]): Promise<void> {
  for (let next = 0; next < frames.length && socket.readyState === WebSocket.OPEN;) {
    while (next < frames.length && socket.bufferedAmount < MAX_BUFFERED) {
      socket.send(frames[next++] as string);
    }
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

function serve(frames: readonly string[]): void {
  const onListen = ({ port }: { port: number }) => console.log(port);
  Deno.serve({ port: 0, hostname: "127.0.0.1", onListen }, async (request) => {
    if (new URL(request.url).pathname === "/oauth2/Approval") {
      await request.body?.cancel();
      return Response.json({ approval_key: "bench-approval-key" });
    }
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
    let registered = 0;
    socket.onmessage = ({ data }) => {
      const { body: { input } } = JSON.parse(data);
      const header = { tr_id: input.tr_id, tr_key: input.tr_key, encrypt: "N" };
      socket.send(
        JSON.stringify({ header, body: { rt_cd: "0", msg_cd: "OPSP0000", msg1: "SUBSCRIBE SUCCESS" } }),
      );
      if (++registered === SYMBOLS.length) send(socket, frames);
    };
    return response;
  });
}

if (import.meta.main) serve(makeFrames(Number(Deno.args[0])));
