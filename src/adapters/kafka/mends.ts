/**
 * What is mended in kafkajs 2.2.4's connections, where it is wrong: each fault is named at its mend. Imported for what it
 * does; internals.ts checks the version.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import BrokerPool from "kafkajs/src/cluster/brokerPool.js";
import errors from "kafkajs/src/errors.js";
import Connection from "kafkajs/src/network/connection.js";
import RequestQueue from "kafkajs/src/network/requestQueue/index.js";
import SocketRequest from "kafkajs/src/network/requestQueue/socketRequest.js";
import Encoder from "kafkajs/src/protocol/encoder.js";
import { messageOf } from "../../core/errors.ts";
import { AnswerReader } from "./answer_reader.ts";
import type { RoomyBytes } from "./wire.ts";

/** Of a connection what is used here. */
interface Mended {
  readonly host: string;
  readonly port: number;
  socket?: Socket | undefined;
  connecting?: Promise<void> | undefined;
  disconnecting?: Promise<boolean> | undefined;
  /** Ms. */
  readonly connectionTimeout: number;
  connectionStatus: "connected" | "disconnecting" | "disconnected";
  authenticatedAt: unknown;
  answers?: AnswerReader | undefined;
  readonly authHandlers: { onError(): void } | null;
  readonly requestQueue: Queue;
  rejectRequests(error: Error): void;
  disconnect(): Promise<boolean>;
}

interface Connectable {
  /** What the broker understands; null before it was asked. */
  readonly versions: unknown;
  isConnected(): boolean;
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

interface Socket {
  /** Whether its data are whole answers: DirectSocket. */
  readonly answers?: boolean;
  readonly destroyed: boolean;
  removeAllListeners(event: string): void;
  on(event: string, listener: () => void): void;
  /** An error is the end of an attempt that is under way. */
  destroy(error?: Error): void;
}

/** Of kafkajs's pool of brokers what is used here. */
interface Pool {
  readonly seedBroker?: PooledBroker | undefined;
  readonly brokers: Readonly<Record<string, PooledBroker>>;
}

interface PooledBroker {
  readonly connectionPool: { readonly pool: readonly Mended[] };
}

/** Of kafkajs's encoder what is used here. */
interface Encoding {
  buf: Buffer;
  offset: number;
  roomy?: RoomyBytes;
}

/** What an encoder takes: another one, or a body of ours. */
interface Body {
  readonly roomy?: RoomyBytes;
}

interface Queue {
  readonly pending: readonly unknown[];
  readonly inflight: ReadonlyMap<number, Sent>;
  readonly maxInFlightRequests: number | null;
  readonly enforceRequestTimeout: boolean;
  readonly requestTimeout: number;
  requestTimeoutIntervalId: ReturnType<typeof setInterval>;
  throttleCheckTimeoutId: ReturnType<typeof setTimeout> | null;
  throttledUntil: number;
  isConnected(): boolean;
  checkPendingRequests(): void;
  fulfillRequest(answer: { size: number; correlationId: number; payload: Buffer }): void;
  rejectAll(error: Error): void;
  waitForPendingRequests(): Promise<void>;
  /** Ends its timers. */
  destroy(): void;
}

/** A request that was sent. */
interface Sent {
  /** By the monotonic clock. */
  sentAt: number;
  readonly requestTimeout: number;
  timeoutRequest(): void;
}

/** How often it is looked whether a throttle's end has come, where that is not known better, ms. */
const LOOK_MS = 10;

/** How long a connection that is closed waits for answers that are still to come, ms. */
const LAST_ANSWERS_MS = 2_000;

// A request is put together of its body, its head and its length, each time in a new buffer, cleared, of up to twice the
// size. Where a body has room before it (wire.ts), what stands before it is written there.
const writeEncoder = Encoder.prototype.writeEncoder as (this: Encoding, body: Body) => Encoding;
Encoder.prototype.writeEncoder = function (this: Encoding, body: Body): Encoding {
  const { roomy } = body;
  const start = (roomy?.start ?? 0) - this.offset;
  if (roomy === undefined || start < 0) return writeEncoder.call(this, body);
  this.buf.copy(roomy.bytes, start, 0, this.offset);
  this.buf = roomy.bytes.subarray(start);
  this.offset = this.buf.length;
  this.roomy = { bytes: roomy.bytes, start };
  return this;
};

// After its first response, kafkajs's queue sets a timer with a negative delay again and again, also when nothing
// waits in it: a thousand wake-ups a second and, on Deno, a TimeoutNegativeWarning. It is only needed while requests
// wait for a throttle's end.
RequestQueue.prototype.scheduleCheckPendingRequests = function (this: Queue) {
  if (this.pending.length === 0 || this.throttleCheckTimeoutId) return;
  const wait = this.throttledUntil - performance.now();
  this.throttleCheckTimeoutId = setTimeout(() => {
    this.throttleCheckTimeoutId = null;
    this.checkPendingRequests();
  }, wait > 0 ? wait : LOOK_MS);
};

// It measures with the time of day: put forward by an hour, every request that is under way is given up; put back, an
// answer that was lost is waited for an hour, and a throttle of a moment is kept for an hour.
const send = SocketRequest.prototype.send as (this: Sent) => void;
SocketRequest.prototype.send = function (this: Sent) {
  send.call(this);
  this.sentAt = performance.now();
};
RequestQueue.prototype.scheduleRequestTimeoutCheck = function (this: Queue) {
  if (!this.enforceRequestTimeout) return;
  this.destroy();
  this.requestTimeoutIntervalId = setInterval(() => {
    const now = performance.now();
    for (const request of this.inflight.values()) {
      if (now - request.sentAt > request.requestTimeout) request.timeoutRequest();
    }
    if (!this.isConnected()) this.destroy();
  }, Math.min(this.requestTimeout, 100));
};
RequestQueue.prototype.maybeThrottle = function (this: Queue, ms: number | null) {
  if (ms !== null && ms > 0) this.throttledUntil = Math.max(performance.now() + ms, this.throttledUntil);
};
RequestQueue.prototype.canSendSocketRequestImmediately = function (this: Queue) {
  const full = this.maxInFlightRequests !== null && this.inflight.size >= this.maxInFlightRequests;
  return !full && this.throttledUntil <= performance.now();
};

// It sends what waited from a timer, where the socket may be gone: nothing would catch what is thrown there.
const checkPending = RequestQueue.prototype.checkPendingRequests as (this: Queue) => void;
RequestQueue.prototype.checkPendingRequests = function (this: Queue) {
  try {
    checkPending.call(this);
  } catch (thrown) {
    this.rejectAll(new errors.KafkaJSConnectionError(`Cannot send: ${messageOf(thrown)}`));
  }
};

// Two requests that find a connection closed would each open a socket, and the first one's answers be mixed up with the
// second one's: they share one attempt instead. A socket that ends while it is being made is no end to kafkajs, which then
// waits for ever.
const connect = Connection.prototype.connect as (this: Mended) => Promise<void>;
Connection.prototype.connect = function (this: Mended) {
  return this.connecting ??= begin(this);
};

async function begin(connection: Mended): Promise<void> {
  // Only then does whoever called have the attempt.
  await connection.disconnecting;
  const limitMs = connection.connectionTimeout + 1_000;
  try {
    await within(limitMs, connect.call(connection), () => {
      throw connectionError(connection, `Not connected in ${limitMs} ms`);
    });
    // Whoever takes connections and has nobody to serve them ends them at once: before it was known that the attempt was over,
    // so that nobody put the connection away. It would be taken for a good one, and every request on it be waited for.
    if (connection.socket?.destroyed) throw connectionError(connection, "Closed while it was being made");
  } catch (thrown) {
    await end(connection);
    throw thrown;
  } finally {
    connection.connecting = undefined;
  }
}

// Whoever fails to connect disconnects, to be sure; of several that wait for a broker each so ended the attempt of the
// next, for ever. An attempt that failed has put itself away ({@link begin}).
const connectBroker = BrokerPool.prototype.connectBroker as (
  this: unknown,
  broker: Connectable,
) => Promise<void>;
BrokerPool.prototype.connectBroker = async function (broker: Connectable) {
  if (broker.isConnected() && broker.versions) return;
  try {
    await broker.connect();
  } catch (thrown) {
    // One that is connected counts as one that was asked what it understands.
    if (!broker.versions) await broker.disconnect();
    if (thrown instanceof errors.KafkaJSConnectionError) throw thrown;
    await connectBroker.call(this, broker);
  }
};

// A connection that was given up keeps its socket and ends it again at every later try to reach the broker; what the old
// socket still delivers would stand among the new one's answers; and a request that is sent while it waits for the last
// answers stays in its queue when it is closed, is not timed any more, and has no end: whoever asked waits for ever.
Connection.prototype.disconnect = function (this: Mended) {
  // Another one connects just now and is left in peace; or this is the attempt's own failure, which puts itself away.
  if (this.connecting !== undefined) return Promise.resolve(true);
  return this.disconnecting ??= end(this).finally(() => this.disconnecting = undefined);
};

async function end(connection: Mended): Promise<boolean> {
  const { socket, requestQueue } = connection;
  connection.authenticatedAt = null;
  connection.connectionStatus = "disconnecting";
  await within(LAST_ANSWERS_MS, requestQueue.waitForPendingRequests(), () => {/* they do not come */});
  const { host, port } = connection;
  connection.rejectRequests(connectionError(connection, `Closed connection to ${host}:${port}`));
  connection.authHandlers?.onError();
  requestQueue.destroy();
  socket?.removeAllListeners("data");
  socket?.on("error", () => {/* nobody uses it any more */});
  socket?.destroy();
  connection.socket = undefined;
  connection.answers = undefined;
  connection.connectionStatus = "disconnected";
  return true;
}

// A connection that is being made while its cluster is closed would open and stay: nobody has it any more. Its attempt
// fails and puts itself away.
const disconnectAll = BrokerPool.prototype.disconnect as (this: Pool) => Promise<void>;
BrokerPool.prototype.disconnect = async function (this: Pool) {
  const brokers = [
    ...(this.seedBroker === undefined ? [] : [this.seedBroker]),
    ...Object.values(this.brokers),
  ];
  await Promise.all(brokers.flatMap(({ connectionPool }) => connectionPool.pool.map(giveUp)));
  await disconnectAll.call(this);
};

async function giveUp(connection: Mended): Promise<void> {
  const { connecting } = connection;
  if (connecting === undefined) return;
  // An attempt waits for it before it makes its socket.
  await connection.disconnecting;
  connection.socket?.destroy(connectionError(connection, "Closed while it was being made"));
  await connecting.catch(() => {/* it is what was wanted */});
}

// kafkajs keeps half an answer of a socket that was cut and puts the next socket's bytes behind it: lengths are read from
// the middle of records, and the RangeError of that, thrown in a socket's event, ends the process.
const authenticate = Connection.prototype.processData as (this: Mended, bytes: Buffer) => void;
Connection.prototype.processData = function (this: Mended, bytes: Buffer) {
  if (this.authHandlers) return authenticate.call(this, bytes);
  try {
    const whole = this.socket?.answers === true;
    for (const answer of whole ? [bytes] : (this.answers ??= new AnswerReader()).push(bytes)) {
      const correlationId = answer.readInt32BE(0);
      this.requestQueue.fulfillRequest({ size: answer.length, correlationId, payload: answer.subarray(4) });
    }
  } catch (thrown) {
    const { host, port } = this;
    this.rejectRequests(connectionError(this, `${host}:${port}: ${messageOf(thrown)}`));
    void this.disconnect();
  }
};

function connectionError({ host, port }: Mended, message: string): Error {
  return new errors.KafkaJSConnectionError(message, { broker: `${host}:${port}` });
}

/** What a promise gives, or `late` where it has given nothing in so many ms. */
async function within<T>(ms: number, work: Promise<T>, late: () => T): Promise<T> {
  const over = Promise.withResolvers<void>();
  const timer = setTimeout(over.resolve, ms);
  try {
    return await Promise.race([work, over.promise.then(late)]);
  } finally {
    clearTimeout(timer);
  }
}
