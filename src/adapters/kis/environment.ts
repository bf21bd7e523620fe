/** The addresses and habits of KIS's real and paper (모의투자) environments. From koreainvestment/open-trading-api. */
export interface KisEnvironment {
  readonly name: "real" | "paper";
  /** REST, TLS. */
  readonly restUrl: string;
  /** WebSocket, documented without TLS: the approval key travels in the clear, so run near the exit. */
  readonly socketUrl: string;
  /** Whether halts and volatility interruptions (H0STMKO0), NXT and the consolidated market are offered. */
  readonly complete: boolean;
}

export const KIS_ENVIRONMENTS: Readonly<Record<"real" | "paper", KisEnvironment>> = {
  real: {
    name: "real",
    restUrl: "https://openapi.koreainvestment.com:9443",
    socketUrl: "ws://ops.koreainvestment.com:21000/tryitout",
    complete: true,
  },
  paper: {
    name: "paper",
    restUrl: "https://openapivts.koreainvestment.com:29443",
    socketUrl: "ws://ops.koreainvestment.com:31000/tryitout",
    complete: false,
  },
};

/** How the adapter paces itself; all in ms. The defaults keep a customer from being blocked. */
export interface KisTimings {
  /** Between two subscribes or unsubscribes of a session. KIS's samples: 50 to 500. */
  readonly paceMs: number;
  readonly connectTimeoutMs: number;
  /** A subscribe that is not acknowledged for so long is sent again, twice; then the connection is given up. */
  readonly ackTimeoutMs: number;
  /** Half of the first wait after an error at their side; it doubles with each. */
  readonly troubleMs: number;
  /** A connection on which nothing comes, not even PINGPONG, for so long is given up. */
  readonly silentMs: number;
  /**
   * After a connection that went silent: how long the app key rests. The server has not noticed yet, would call the key
   * in use, and cuts such a session by itself about 100 s after an unanswered heartbeat.
   */
  readonly afterSilenceMs: number;
  /**
   * The waits before a key that is called in use is tried again, one after the other. KIS keeps the key of a connection that
   * broke off for about 100 s and names 120 s for another try; the first waits are shorter, so that the feed is back
   * within 45 s after the key is free, and far enough apart to be no loop of connects (KIS blocks those).
   */
  readonly inUseWaitsMs: readonly number[];
  /** How often a session is tried that rests: its key is wrong, or in use after all those waits. In market hours only. */
  readonly restMs: number;
  /** A symbol that was traded often and has not been for so long, in market hours, is subscribed again. */
  readonly staleMs: number;
  /**
   * How long a symbol that has never spoken is waited for in the regular session. Then it is reported, and changes from the
   * consolidated feed to KRX's: H0UNCNT0 acknowledges symbols that NXT does not trade and sends nothing.
   */
  readonly neverSpokeMs: number;
  /** How often silence and staleness are searched for. */
  readonly watchMs: number;
  /** How long a lost session's symbols wait for it before the others take them. */
  readonly takeoverMs: number;
  /** How long a symbol that is wanted no more stays subscribed. */
  readonly lingerMs: number;
  /** How long a wanted symbol stays subscribed before a more important one may take its place. */
  readonly keepMs: number;
  /** A connection that has lasted for so long resets the backoff. */
  readonly healthyMs: number;
  /** Between two tries to connect. */
  readonly backoff: { readonly baseMs: number; readonly capMs: number; readonly floorMs: number };
  /** Between two requests of an approval key; KIS allows one a second. */
  readonly approvalPaceMs: number;
  /** How long before the first session of a day the feed connects. */
  readonly leadMs: number;
}

export const KIS_TIMINGS: KisTimings = {
  paceMs: 100,
  connectTimeoutMs: 10_000,
  ackTimeoutMs: 10_000,
  troubleMs: 1_000,
  silentMs: 60_000,
  afterSilenceMs: 45_000,
  inUseWaitsMs: [30_000, 30_000, 30_000, 30_000, 120_000, 120_000, 120_000],
  restMs: 600_000,
  staleMs: 120_000,
  neverSpokeMs: 180_000,
  watchMs: 1_000,
  takeoverMs: 5_000,
  lingerMs: 300_000,
  keepMs: 60_000,
  healthyMs: 60_000,
  backoff: { baseMs: 2_000, capMs: 60_000, floorMs: 1_000 },
  approvalPaceMs: 1_100,
  leadMs: 300_000,
};
