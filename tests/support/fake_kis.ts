/**
 * A fake of KIS's approval endpoint and WebSocket, as strict and as nasty as the real one is reported to be, written
 * from the facts of its samples, notices and users' reports. It counts what would get a customer blocked.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createCipheriv } from "node:crypto";
import { FRAME_KINDS } from "../../src/market/kis/fields.ts";
import { joinFrame } from "../../src/market/kis/frame.ts";
import { FakeKisRest, type FakeKisRestOptions } from "./fake_kis_rest.ts";

/** How the fake behaves. */
export interface FakeKisOptions {
  /** Secrets by app key, of any length; {@link FAKE_APP} by default. */
  readonly apps?: Readonly<Record<string, string>>;
  /** 0: a free one. */
  readonly port?: number;
  /** Registrations a session may hold; 41. */
  readonly limit?: number;
  /** Between two PINGPONGs, ms; 10,000. */
  readonly heartbeatMs?: number;
  /** A session that has not answered for so long is cut, ms; 100,000. */
  readonly heartbeatLimitMs?: number;
  /** TRs whose frames come encrypted. */
  readonly encrypted?: readonly string[];
  /** How long the key of a session that was dropped is still called in use, ms; 0. KIS: up to about 100,000. */
  readonly keyHeldMs?: number;
  /** Symbols that do not exist. */
  readonly unknownSymbols?: readonly string[];
  /** Requests closer together than this are counted as a violation, ms; 5. */
  readonly fastestPaceMs?: number;
  /** How its REST behaves. */
  readonly rest?: Omit<FakeKisRestOptions, "apps">;
}

/** An app key and a secret of the lengths that KIS's have. */
export const FAKE_APP = {
  key: "PSfakeAppKeyOfTheLengthOfKISsOwn0001",
  secret: "fakeSecretOfTheLengthOfKISsOwn".repeat(6),
} as const;

interface Session {
  readonly socket: WebSocket;
  app: string | undefined;
  readonly units: Set<string>;
  /** How often each unit was asked for or given up. */
  readonly requests: Map<string, number>;
  lastAnswerAt: number;
  lastRequestAt: number;
  stalledUntil: number;
}

const TEXTS: Readonly<Record<string, string>> = {
  OPSP0000: "SUBSCRIBE SUCCESS",
  OPSP0001: "UNSUBSCRIBE SUCCESS",
  OPSP0002: "ALREADY IN SUBSCRIBE",
  OPSP0003: "UNSUBSCRIBE ERROR(not found!)",
  OPSP0008: "MAX SUBSCRIBE OVER",
  OPSP0011: "invalid approval : NOT FOUND",
  OPSP8991: "invalid tr_id",
  OPSP8992: "invalid tr_key",
  OPSP8996: "ALREADY IN USE appkey",
  OPSP8997: "invalid tr_type",
  OPSP8998: "invalid custtype",
  OPSP9991: "JSON PARSING ERROR : input not found",
  OPSP9998: "JSON PARSING ERROR : header not found",
  OPSP9999: "JSON PARSING ERROR : invalid json format",
};
/** AES-256 wants 32 bytes of key and 16 of iv; KIS gives them as text. */
const KEY = "abcdefghijklmnopqrstuvwxyz012345";
const IV = "0123456789abcdef";
/** More connects of one app key within ten seconds, or requests for one unit on one connection, make a loop. */
const LOOP_CONNECTS = 8;
const LOOP_REQUESTS = 6;

/** The running fake. */
export class FakeKis {
  /** Connects by app key (epoch ms), and requests by unit. */
  readonly connects = new Map<string, number[]>();
  readonly requests = new Map<string, number[]>();
  /** What a real server would block a customer for, or a client must never do. */
  readonly violations: string[] = [];
  /** How many approval keys each app key has been given. */
  readonly approvals = new Map<string, number>();
  heartbeatsAnswered = 0;
  /** Tokens and quotations; knows every trade that was published, whether or not anybody got it. */
  readonly rest: FakeKisRest;
  /** When a WebSocket was asked for, accepted or not, epoch ms. */
  readonly attempts: number[] = [];
  readonly #options: FakeKisOptions;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #sessions = new Set<Session>();
  readonly #approvalKeys = new Map<string, string>();
  readonly #refusals: { code: string; unit?: string }[] = [];
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #ignored = new Set<string>();
  readonly #apps: Readonly<Record<string, string>>;
  /** Until when a key is called in use though its session is gone, epoch ms. */
  readonly #heldUntil = new Map<string, number>();
  #accepting = true;
  #serial = 0;

  constructor(options: FakeKisOptions = {}) {
    this.#options = options;
    this.#apps = options.apps ?? { [FAKE_APP.key]: FAKE_APP.secret };
    this.rest = new FakeKisRest({ ...options.rest, apps: this.#apps });
    const listen = { port: options.port ?? 0, hostname: "127.0.0.1", onListen() {} };
    this.#server = Deno.serve(listen, (request) => this.#handle(request));
    const every = Math.min(options.heartbeatMs ?? 10_000, 1_000);
    let due = Date.now() + (options.heartbeatMs ?? 10_000);
    this.#timer = setInterval(() => {
      if (Date.now() >= due) {
        due = Date.now() + (options.heartbeatMs ?? 10_000);
        this.#beat();
      }
      this.#cutUnanswered();
    }, every);
  }

  get restUrl(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  get socketUrl(): string {
    return `ws://127.0.0.1:${this.#server.addr.port}/tryitout`;
  }

  /** What is registered now, over all sessions: "H0STCNT0|005930". */
  get registered(): readonly string[] {
    return [...this.#sessions].flatMap((session) => [...session.units]).sort();
  }

  /** Registrations of each session that is open. */
  get sessionSizes(): readonly number[] {
    return [...this.#sessions].map((session) => session.units.size);
  }

  /**
   * Sends records of a symbol in one frame to every session that has registered it, and answers to how many it went: 0,
   * nobody could have received it.
   */
  publish(trId: string, symbol: string, records: readonly string[]): number {
    // An encrypted frame says nothing to its REST.
    this.rest.saw(trId, records);
    return this.sendTo(trId, symbol, this.#dress(joinFrame(trId, records)));
  }

  /** Sends a text as it is to the sessions that have registered a unit. */
  sendTo(trId: string, symbol: string, text: string): number {
    let sent = 0;
    const now = Date.now();
    this.rest.hears(text);
    for (const session of this.#sessions) {
      if (!session.units.has(`${trId}|${symbol}`) || session.stalledUntil > now) continue;
      if (session.socket.readyState !== WebSocket.OPEN) continue;
      session.socket.send(text);
      sent++;
    }
    return sent;
  }

  /** Sends a text to every session. */
  broadcast(text: string | Uint8Array<ArrayBuffer>): void {
    for (const { socket } of this.#sessions) if (socket.readyState === WebSocket.OPEN) socket.send(text);
  }

  /** Closes every connection, or those of an app key. */
  drop(app?: string): void {
    for (const session of [...this.#sessions]) {
      if (app !== undefined && session.app !== app) continue;
      this.#sessions.delete(session);
      if (session.app !== undefined) {
        this.#heldUntil.set(session.app, Date.now() + (this.#options.keyHeldMs ?? 0));
      }
      session.socket.close(1001, "going away");
    }
  }

  /** Every session hears nothing, not even a heartbeat, for so long. */
  stall(ms: number): void {
    for (const session of this.#sessions) session.stalledUntil = Date.now() + ms;
  }

  /** Whether connections are accepted. */
  accept(accepting: boolean): void {
    this.#accepting = accepting;
  }

  /** Answers the next request (of a unit) with this code. */
  refuseNext(code: string, unit?: string): void {
    this.#refusals.push({ code, unit });
  }

  /** Requests for this unit get no answer. */
  ignore(unit: string): void {
    this.#ignored.add(unit);
  }

  /** No approval key that was given so far is known any more. */
  expireApprovals(): void {
    this.#approvalKeys.clear();
  }

  /** A session of this app key elsewhere: the key is in use. */
  occupy(app: string): void {
    this.#sessions.add({
      socket: { readyState: WebSocket.CLOSED, close() {} } as unknown as WebSocket,
      app,
      units: new Set(),
      requests: new Map(),
      ...IDLE,
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const { socket } of this.#sessions) if (socket.readyState === WebSocket.OPEN) socket.close();
    await this.#server.shutdown();
  }

  async #handle(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/oauth2/Approval" && request.method === "POST") return await this.#approve(request);
    // Some clients connect without a path.
    const isSocket = request.headers.get("upgrade")?.toLowerCase() === "websocket";
    if (!pathname.startsWith("/tryitout") && !isSocket) {
      return await this.rest.handle(request) ?? new Response("not found", { status: 404 });
    }
    this.attempts.push(Date.now());
    if (!this.#accepting) return new Response("unavailable", { status: 503 });
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
    this.#serve(socket);
    return response;
  }

  async #approve(request: Request): Promise<Response> {
    const { grant_type, appkey, secretkey } = await request.json().catch(() => ({}));
    const refuse = (error_code: string, error_description: string) =>
      Response.json({ error_code, error_description }, { status: 403 });
    if (grant_type !== "client_credentials") return refuse("EGW00101", "유효하지 않은 요청입니다.");
    if (!Object.hasOwn(this.#apps, appkey)) return refuse("EGW00103", "유효하지 않은 AppKey입니다.");
    if (this.#apps[appkey] !== secretkey) return refuse("EGW00105", "유효하지 않은 AppSecret입니다.");
    this.approvals.set(appkey, (this.approvals.get(appkey) ?? 0) + 1);
    const approval_key = `approval-${++this.#serial}-${crypto.randomUUID()}`;
    this.#approvalKeys.set(approval_key, appkey);
    return Response.json({ approval_key });
  }

  #serve(socket: WebSocket): void {
    const session: Session = {
      socket,
      app: undefined,
      units: new Set(),
      requests: new Map(),
      ...IDLE,
      lastAnswerAt: Date.now(),
    };
    socket.onopen = () => this.#sessions.add(session);
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.#request(session, data);
    };
    socket.onclose = () => this.#sessions.delete(session);
    socket.onerror = () => this.#sessions.delete(session);
  }

  #request(session: Session, text: string): void {
    let message;
    try {
      message = JSON.parse(text);
    } catch {
      return this.#answer(session, "OPSP9999");
    }
    const { header, body } = message;
    if (header?.tr_id === "PINGPONG") {
      this.heartbeatsAnswered++;
      session.lastAnswerAt = Date.now();
      return;
    }
    if (header === undefined) return this.#answer(session, "OPSP9998");
    const unit = body?.input;
    if (unit === undefined) return this.#answer(session, "OPSP9991");
    if (this.#ignored.has(`${unit.tr_id}|${unit.tr_key}`)) {
      return this.#note(session, `${unit.tr_id}|${unit.tr_key}`);
    }
    this.#answer(session, this.#judge(session, header, unit), unit);
  }

  #judge(session: Session, header: Record<string, string>, unit: { tr_id: string; tr_key: string }): string {
    const key = `${unit.tr_id}|${unit.tr_key}`;
    this.#note(session, key);
    const app = this.#approvalKeys.get(header.approval_key ?? "");
    if (app === undefined) return "OPSP0011";
    const refusal = this.#refusals.findIndex((one) => one.unit === undefined || one.unit === key);
    if (refusal >= 0) return this.#refusals.splice(refusal, 1)[0]?.code as string;
    if (session.app === undefined) {
      const isHeld = (this.#heldUntil.get(app) ?? 0) > Date.now();
      if (isHeld || [...this.#sessions].some((other) => other !== session && other.app === app)) {
        return "OPSP8996";
      }
      session.app = app;
      this.#noteConnect(app);
    }
    if (header.custtype !== "P" && header.custtype !== "B") return "OPSP8998";
    if (!Object.hasOwn(FRAME_KINDS, unit.tr_id)) return "OPSP8991";
    if (!/^(?:[0-9A-Z]{6}|Q\d{6}|[0-9A-Z]{9})$/.test(unit.tr_key)) return "OPSP8992";
    if (this.#options.unknownSymbols?.includes(unit.tr_key)) return "OPSP8992";
    if (header.tr_type === "2") return session.units.delete(key) ? "OPSP0001" : "OPSP0003";
    if (header.tr_type !== "1") return "OPSP8997";
    if (session.units.has(key)) return "OPSP0002";
    if (session.units.size >= (this.#options.limit ?? 41)) {
      this.violations.push(`registration ${session.units.size + 1} asked for: ${key}`);
      return "OPSP0008";
    }
    session.units.add(key);
    return "OPSP0000";
  }

  #answer(session: Session, code: string, unit?: { tr_id: string; tr_key: string }): void {
    const ok = code === "OPSP0000" || code === "OPSP0001";
    const encrypt = this.#options.encrypted?.includes(unit?.tr_id ?? "") ? "Y" : "N";
    if (session.socket.readyState !== WebSocket.OPEN || session.stalledUntil > Date.now()) return;
    session.socket.send(JSON.stringify({
      header: { tr_id: unit?.tr_id ?? "(null)", tr_key: unit?.tr_key ?? "", encrypt },
      body: {
        rt_cd: ok ? "0" : code === "OPSP8996" ? "9" : "1",
        msg_cd: code,
        msg1: TEXTS[code] ?? "ERROR",
        ...(code === "OPSP0000" ? { output: { iv: IV, key: KEY } } : {}),
      },
    }));
  }

  #note(session: Session, key: string): void {
    const now = Date.now();
    if (now - session.lastRequestAt < (this.#options.fastestPaceMs ?? 5)) {
      this.violations.push(`requests ${now - session.lastRequestAt} ms apart: ${key}`);
    }
    session.lastRequestAt = now;
    const times = this.requests.get(key) ?? [];
    times.push(now);
    this.requests.set(key, times);
    const count = (session.requests.get(key) ?? 0) + 1;
    session.requests.set(key, count);
    if (count > LOOP_REQUESTS) this.violations.push(`a loop of requests: ${key}`);
  }

  #noteConnect(app: string): void {
    const now = Date.now();
    const times = this.connects.get(app) ?? [];
    times.push(now);
    this.connects.set(app, times);
    if (times.filter((time) => now - time < 10_000).length > LOOP_CONNECTS) {
      this.violations.push("a loop of connects");
    }
  }

  #beat(): void {
    const now = new Date(Date.now() + 9 * 3_600_000).toISOString().replace(/\D/g, "").slice(0, 14);
    const text = JSON.stringify({ header: { tr_id: "PINGPONG", datetime: now } });
    for (const { socket, stalledUntil } of this.#sessions) {
      if (socket.readyState === WebSocket.OPEN && stalledUntil <= Date.now()) socket.send(text);
    }
  }

  #cutUnanswered(): void {
    const limit = this.#options.heartbeatLimitMs ?? 100_000;
    for (const session of [...this.#sessions]) {
      if (session.socket.readyState !== WebSocket.OPEN || Date.now() - session.lastAnswerAt < limit) continue;
      if (session.stalledUntil > 0) continue;
      this.violations.push("a heartbeat was not answered");
      this.#sessions.delete(session);
      session.socket.close(1011, "no heartbeat");
    }
  }

  #dress(frame: string): string {
    const [, trId, count] = frame.split("|", 3) as [string, string, string];
    if (!this.#options.encrypted?.includes(trId)) return frame;
    const cipher = createCipheriv("aes-256-cbc", Buffer.from(KEY), Buffer.from(IV));
    const payload = frame.slice(frame.indexOf("|", trId.length + 3) + 1);
    return `1|${trId}|${count}|${cipher.update(payload, "utf8", "base64") + cipher.final("base64")}`;
  }
}

const IDLE = { lastAnswerAt: 0, lastRequestAt: 0, stalledUntil: 0 };
