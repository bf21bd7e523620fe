import type { Clock } from "../../core/clock.ts";
import { OutsideError } from "../../core/errors.ts";

/** An open WebSocket, as far as the feed needs one. */
export interface FeedSocket {
  send(text: string): void;
  close(): void;
}

/** Called with what happens on a socket, in order; nothing after `closed`. */
export interface SocketEvents {
  message(data: string | Uint8Array): void;
  closed(reason: string): void;
}

/** Opens a socket; rejects with a retryable OutsideError. */
export type OpenSocket = (
  url: string,
  events: SocketEvents,
  wait: { readonly clock: Clock; readonly timeoutMs: number; readonly signal: AbortSignal },
) => Promise<FeedSocket>;

/**
 * Opens a socket with the runtime's WebSocket. It sends no pings of its own: KIS closes connections that do, and its own
 * heartbeat is a text message.
 */
export const openWebSocket: OpenSocket = (url, events, { clock, timeoutMs, signal }) => {
  return new Promise((resolve, reject) => {
    const refuse = (reason: string) => {
      const message = `Cannot connect to ${url}: ${reason}`;
      reject(new OutsideError("kis_unreachable", message, { retryable: true }));
    };
    let socket: WebSocket;
    try {
      socket = new WebSocket(url);
    } catch (error) {
      return refuse(error instanceof Error ? error.message : "bad address");
    }
    socket.binaryType = "arraybuffer";
    let problem = "";
    let ended = false;
    const decided = new AbortController();
    const end = (reason: string) => {
      if (ended) return;
      ended = true;
      decided.abort();
      refuse(reason);
      events.closed(reason);
    };
    socket.onopen = () => {
      decided.abort();
      if (ended) return socket.close();
      resolve({
        send: (text) => socket.readyState === WebSocket.OPEN && socket.send(text),
        close: () => socket.close(),
      });
    };
    socket.onmessage = ({ data }) => {
      if (!ended) events.message(typeof data === "string" ? data : new Uint8Array(data));
    };
    socket.onerror = (event) => problem = event instanceof ErrorEvent ? event.message : "";
    socket.onclose = ({ code, reason }) => end(problem || reason || `closed with code ${code}`);
    clock.sleep(timeoutMs, AbortSignal.any([decided.signal, signal])).then(() => {
      if (decided.signal.aborted) return;
      end(signal.aborted ? "stopped" : `no answer within ${timeoutMs} ms`);
      socket.close();
    });
  });
};
