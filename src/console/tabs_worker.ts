/**
 * The worker that all tabs of a browser share: it has the connections, the pages get what comes.
 *
 * @module
 */

import { ALIVE_MS, type FromPage, type PagePort, SharedStreams } from "./api/shared_streams.ts";
import { follow } from "./api/stream.ts";

const streams = new SharedStreams(follow);
setInterval(() => streams.sweep(Date.now()), ALIVE_MS);

addEventListener("connect", (event) => {
  const [port] = (event as MessageEvent).ports;
  if (port === undefined) return;
  const page: PagePort = { send: (message) => port.postMessage(message) };
  port.onmessage = ({ data }: MessageEvent<FromPage>) => streams.want(page, data, Date.now());
});
