import { Buffer } from "node:buffer";
import type { AnswerBuffers } from "./answer_buffers.ts";
import { AnswerReader } from "./answer_reader.ts";

/** What kafkajs listens to on a socket. */
export interface DirectSocketEvents {
  data: (bytes: Buffer) => void;
  end: () => void;
  error: (error: Error) => void;
  timeout: () => void;
}

const SCRATCH_BYTES = 65_536;

/**
 * A plain TCP connection to a broker that reads answers where they are to stay: a large answer comes from the kernel
 * straight into the buffer that is handed over, in pieces as large as the kernel has them. Node's sockets hand over
 * pieces of 64 KiB, each an event and a buffer to be copied together.
 *
 * `data` is called with whole answers ({@link AnswerReader}), each without its length.
 */
export class DirectSocket {
  /** Says to those who take its data that these are whole answers. */
  readonly answers = true;
  #listeners: Partial<DirectSocketEvents> = {};
  #connection: Deno.TcpConn | undefined;
  #queue: Uint8Array[] = [];
  #writing = false;
  #over = false;
  #ending = false;
  readonly #buffers: AnswerBuffers | undefined;

  /**
   * @param connected Called when the connection is there.
   * @param buffers Where large answers are read to; each to memory of its own without it.
   */
  constructor(
    address: { readonly host: string; readonly port: number },
    connected: () => void,
    buffers?: AnswerBuffers,
  ) {
    this.#buffers = buffers;
    void this.#run(address, connected);
  }

  on<E extends keyof DirectSocketEvents>(event: E, listener: DirectSocketEvents[E]): this {
    this.#listeners[event] = listener;
    return this;
  }

  removeAllListeners(event: keyof DirectSocketEvents): this {
    delete this.#listeners[event];
    return this;
  }

  /** Whether it has ended, whoever ended it. */
  get destroyed(): boolean {
    return this.#over;
  }

  /** Kept alive from the start. */
  setKeepAlive(): this {
    return this;
  }

  /** Writes after what was written before. */
  write(bytes: Uint8Array): void {
    if (this.#over) return;
    this.#queue.push(bytes);
    if (!this.#writing) void this.#write();
  }

  /** Closes when everything is written. */
  end(): void {
    this.#ending = true;
    if (!this.#writing) this.destroy();
  }

  /** @param error is reported where the connection is not over yet. */
  destroy(error?: Error): void {
    const listener = this.#over || error === undefined ? undefined : this.#listeners.error;
    this.#over = true;
    this.#queue = [];
    try {
      this.#connection?.close();
    } catch { /* it is closed */ }
    this.#connection = undefined;
    if (error !== undefined) listener?.(error);
  }

  /** A connection that reads keeps no process from ending. */
  unref(): this {
    this.#connection?.unref();
    return this;
  }

  async #run(
    address: { readonly host: string; readonly port: number },
    connected: () => void,
  ): Promise<void> {
    try {
      const connection = await Deno.connect({ hostname: address.host, port: address.port });
      if (this.#over) return connection.close();
      this.#connection = connection;
      connection.setNoDelay(true);
      connection.setKeepAlive(true);
      connected();
      await this.#read(connection);
      if (!this.#over) this.#listeners.end?.();
    } catch (thrown) {
      if (!this.#over) this.#listeners.error?.(thrown as Error);
    }
    this.destroy();
  }

  async #read(connection: Deno.TcpConn): Promise<void> {
    const buffers = this.#buffers;
    const reader = new AnswerReader(buffers && ((length) => buffers.take(length)));
    const scratch = Buffer.allocUnsafe(SCRATCH_BYTES);
    for (;;) {
      const space = reader.space ?? scratch;
      const count = await connection.read(space);
      if (count === null || this.#over) return;
      // What stands in the scratch buffer is overwritten by the next reading.
      const answers = space === scratch
        ? reader.push(scratch.subarray(0, count)).map(kept)
        : reader.filled(count);
      for (const answer of answers) this.#listeners.data?.(answer);
    }
  }

  async #write(): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#writing = true;
    try {
      for (;;) {
        const bytes = this.#queue.length > 1 ? Buffer.concat(this.#queue) : this.#queue[0];
        if (bytes === undefined) break;
        this.#queue = [];
        for (let at = 0; at < bytes.length && !this.#over;) at += await connection.write(bytes.subarray(at));
      }
    } catch (thrown) {
      if (!this.#over) this.#listeners.error?.(thrown as Error);
      this.destroy();
    }
    this.#writing = false;
    if (this.#ending) this.destroy();
  }
}

/** An answer that stood in the scratch buffer gets a buffer of its own; a large one has it already. */
function kept(answer: Buffer): Buffer {
  return answer.length < SCRATCH_BYTES ? Buffer.from(answer) : answer;
}
