/**
 * A fake of KIS's REST: tokens, and the quotations routes that the product asks. Paths, parameters and fields are those
 * of koreainvestment/open-trading-api (examples_llm); codes, the rate and the token's habits are those that users
 * report. What it does not know of the real one: how often pages are empty, and the rows' true order.
 *
 * @module
 */

/** How it behaves. */
export interface FakeKisRestOptions {
  /** Secrets by app key. */
  readonly apps: Readonly<Record<string, string>>;
  /** Requests in any second, of the whole account; 18. */
  readonly perSecond?: number;
  /** Between two tokens, ms; 60,000. */
  readonly tokenPaceMs?: number;
  /** Every so-many page of trades is empty though there are some; 0 (the default): none. */
  readonly emptyEvery?: number;
  /** The day of its trades, YYYYMMDD; the clock's. */
  readonly date?: () => string;
  /** The clock; the machine's. */
  readonly now?: () => number;
}

/** What is known of a symbol beside its trades. */
export interface FakeInfo {
  readonly name: string;
  readonly nameEn?: string;
  /** STK or KSQ. */
  readonly market?: string;
  readonly group?: string;
  readonly nxt?: boolean;
  readonly upperLimit?: number;
  readonly lowerLimit?: number;
  readonly basePrice?: number;
  readonly high52w?: readonly [price: number, date: string];
  readonly low52w?: readonly [price: number, date: string];
  /** date, open, high, low, close, volume. */
  readonly days?: readonly (readonly [string, number, number, number, number, number])[];
  /** date, hour, open, high, low, close, volume. */
  readonly minutes?: readonly (readonly [string, string, number, number, number, number, number])[];
}

interface FakeTrade {
  readonly hour: string;
  readonly price: number;
  readonly sign: string;
  readonly change: number;
  readonly rate: string;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly ask: string;
  readonly bid: string;
  readonly volume: number;
  readonly accVolume: number;
  readonly accValue: number;
  readonly strength: string;
}

const DIVISIONS: Readonly<Record<string, string>> = { H0STCNT0: "J", H0NXCNT0: "NX", H0UNCNT0: "UN" };
const QUOTATIONS = "/uapi/domestic-stock/v1/quotations/";
const PAGE = 30;
/** Of a symbol, at most: the fake may run for days. */
const TRADES_KEPT = 20_000;
/** Records by which one that is sent twice is known. */
const REMEMBERED = 200_000;
const MINUTES_PAGE = 120;
const DAYS_PAGE = 100;
const SIX_HOURS_MS = 6 * 3_600_000;
const DAY_MS = 24 * 3_600_000;

const TRS: Readonly<Record<string, string>> = {
  "inquire-time-itemconclusion": "FHPST01060000",
  "inquire-price": "FHKST01010100",
  "intstock-multprice": "FHKST11300006",
  "search-stock-info": "CTPF1002R",
  "inquire-daily-itemchartprice": "FHKST03010100",
  "inquire-time-dailychartprice": "FHKST03010230",
  "inquire-time-itemchartprice": "FHKST03010200",
};

/** The fake's REST side. */
export class FakeKisRest {
  /** Requests that were answered or refused, by route: "inquire-price". */
  readonly calls: { readonly route: string; readonly symbol: string; readonly at: number }[] = [];
  /** What each refusal said. */
  readonly refusals: string[] = [];
  /** Tokens that were given, and asked for too soon. */
  tokens = 0;
  tokensTooSoon = 0;
  readonly #options: FakeKisRestOptions;
  readonly #trades = new Map<string, FakeTrade[]>();
  readonly #known = new Set<string>();
  readonly #info = new Map<string, FakeInfo>();
  readonly #masters = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly #given = new Map<string, { token: string; at: number }>();
  readonly #valid = new Map<string, { app: string; until: number }>();
  readonly #failures: { status: number; body: unknown }[] = [];
  #recent: number[] = [];
  #pages = 0;

  constructor(options: FakeKisRestOptions) {
    this.#options = options;
  }

  /** Takes note of the trades of a frame, whether or not a subscriber got it; of any other text nothing. */
  hears(frame: string): void {
    const [encrypted, trId = "", count, payload = ""] = frame.split("|", 4);
    if (encrypted !== "0" || DIVISIONS[trId] === undefined) return;
    const fields = payload.split("^");
    const width = fields.length / Number(count);
    if (!Number.isInteger(width)) return;
    const records = Array.from(
      { length: Number(count) },
      (_, index) => fields.slice(index * width, (index + 1) * width).join("^"),
    );
    this.saw(trId, records);
  }

  /** Takes note of trades in the wire form of a frame's records; of one that was taken note of before nothing. */
  saw(trId: string, records: readonly string[]): void {
    const division = DIVISIONS[trId];
    if (division === undefined) return;
    for (const record of records) {
      if (this.#known.has(record)) continue;
      if (this.#known.size >= REMEMBERED) this.#known.clear();
      this.#known.add(record);
      const fields = record.split("^");
      // Expected prices of an auction are no trades.
      if (fields[43] !== "0") continue;
      const key = `${division}|${fields[0]}`;
      const trades = this.#trades.get(key) ?? [];
      trades.push(tradeOf(fields));
      if (trades.length > TRADES_KEPT) trades.splice(0, TRADES_KEPT / 2);
      this.#trades.set(key, trades);
    }
  }

  /** What is known of a symbol. */
  know(symbol: string, info: FakeInfo): void {
    this.#info.set(symbol, info);
  }

  /** A master file as it is downloaded: "kospi_code.mst.zip". */
  master(name: string, bytes: Uint8Array<ArrayBuffer>): void {
    this.#masters.set(name, bytes);
  }

  /** No token is known any more: EGW00123. */
  expireTokens(): void {
    this.#valid.clear();
    this.#given.clear();
  }

  /** Answers the next request of a route so. */
  failNext(status: number, body: unknown): void {
    this.#failures.push({ status, body });
  }

  /** The answer, or undefined where the request is none of REST's. */
  async handle(request: Request): Promise<Response | undefined> {
    const url = new URL(request.url);
    if (url.pathname === "/oauth2/tokenP") return await this.#token(request);
    const master = /^\/common\/master\/(.+)$/.exec(url.pathname)?.[1];
    if (master !== undefined) {
      const bytes = this.#masters.get(master);
      return bytes === undefined ? new Response("not found", { status: 404 }) : new Response(bytes);
    }
    if (!url.pathname.startsWith(QUOTATIONS)) return undefined;
    const route = url.pathname.slice(QUOTATIONS.length);
    const query = url.searchParams;
    const symbol = query.get("FID_INPUT_ISCD") ?? query.get("PDNO") ?? query.get("FID_INPUT_ISCD_1") ?? "";
    this.calls.push({ route, symbol, at: this.#now() });
    const failure = this.#failures.shift();
    if (failure !== undefined) return Response.json(failure.body, { status: failure.status });
    return this.#refusal(request, route) ?? this.#answer(route, query);
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now();
  }

  async #token(request: Request): Promise<Response> {
    const { grant_type, appkey, appsecret } = await request.json().catch(() => ({}));
    const refuse = (error_code: string, error_description: string) =>
      Response.json({ error_code, error_description }, { status: 403 });
    if (grant_type !== "client_credentials") return refuse("EGW00101", "유효하지 않은 요청입니다.");
    if (!Object.hasOwn(this.#options.apps, appkey)) return refuse("EGW00103", "유효하지 않은 AppKey입니다.");
    if (this.#options.apps[appkey] !== appsecret) return refuse("EGW00105", "유효하지 않은 AppSecret입니다.");
    const now = this.#now();
    const before = this.#given.get(appkey);
    if (before !== undefined && now - before.at < (this.#options.tokenPaceMs ?? 60_000)) {
      this.tokensTooSoon++;
      return refuse("EGW00133", "접근토큰 발급 잠시 후 다시 시도하세요(1분당 1회)");
    }
    this.tokens++;
    const same = before !== undefined && now - before.at < SIX_HOURS_MS && this.#valid.has(before.token);
    const token = same ? before.token : `token-${crypto.randomUUID()}-${crypto.randomUUID()}`;
    this.#given.set(appkey, { token, at: now });
    this.#valid.set(token, { app: appkey, until: now + DAY_MS });
    return Response.json({ access_token: token, token_type: "Bearer", expires_in: 86_400 });
  }

  #refusal(request: Request, route: string): Response | undefined {
    const refuse = (msg_cd: string, msg1: string, status = 500) => {
      this.refusals.push(msg_cd);
      return Response.json({ rt_cd: "1", msg_cd, msg1 }, { status });
    };
    const now = this.#now();
    this.#recent = this.#recent.filter((at) => now - at < 1_000);
    this.#recent.push(now);
    if (this.#recent.length > (this.#options.perSecond ?? 18)) {
      return refuse("EGW00201", "초당 거래건수를 초과하였습니다.");
    }
    const token = this.#valid.get((request.headers.get("authorization") ?? "").replace("Bearer ", ""));
    if (token === undefined || token.until <= now) return refuse("EGW00123", "기간이 만료된 token 입니다.");
    const app = request.headers.get("appkey") ?? "";
    if (app !== token.app || this.#options.apps[app] !== request.headers.get("appsecret")) {
      return refuse("EGW00103", "유효하지 않은 AppKey입니다.", 200);
    }
    if (TRS[route] === undefined) return refuse("OPSQ0002", "없는 서비스 코드 입니다.", 200);
    if (request.headers.get("tr_id") !== TRS[route]) return refuse("OPSQ0003", "잘못된 TR_ID 입니다.", 200);
    return undefined;
  }

  #answer(route: string, query: URLSearchParams): Response {
    const ok = (body: Record<string, unknown>) =>
      Response.json({ ...body, rt_cd: "0", msg_cd: "MCA00000", msg1: "정상처리 되었습니다." });
    const symbol = query.get("FID_INPUT_ISCD") ?? query.get("PDNO") ?? "";
    const division = query.get("FID_COND_MRKT_DIV_CODE") ?? "";
    switch (route) {
      case "inquire-time-itemconclusion":
        return ok({
          output1: {},
          output2: this.#page(`${division}|${symbol}`, query.get("FID_INPUT_HOUR_1") ?? ""),
        });
      case "inquire-price":
        return ok({ output: this.#price(division, symbol) });
      case "intstock-multprice":
        return ok({ output: this.#prices(query) });
      case "search-stock-info":
        return ok({ output: this.#stockInfo(symbol) });
      case "inquire-daily-itemchartprice":
        return ok({ output1: {}, output2: this.#days(symbol, query) });
      case "inquire-time-itemchartprice":
        return ok({ output1: {}, output2: this.#todaysMinutes(`${division}|${symbol}`, query) });
      default:
        return ok({ output1: {}, output2: this.#minutes(symbol, query) });
    }
  }

  #page(key: string, hour: string): readonly unknown[] {
    const every = this.#options.emptyEvery ?? 0;
    if (every > 0 && ++this.#pages % every === 0) return [];
    const until = (this.#trades.get(key) ?? []).filter((trade) => trade.hour <= hour);
    const newest = until.sort((a, b) => b.accVolume - a.accVolume).slice(0, PAGE);
    // Neighbours stand the wrong way round now and then.
    const rows = newest.map((_, at) =>
      newest[at % 5 === 0 ? at + 1 : at % 5 === 1 ? at - 1 : at] ?? newest[at]
    );
    return (rows as FakeTrade[]).map(conclusion);
  }

  #last(division: string, symbol: string): FakeTrade | undefined {
    return this.#trades.get(`${division}|${symbol}`)?.at(-1);
  }

  #price(division: string, symbol: string): Record<string, string> {
    const last = this.#last(division, symbol);
    const info = this.#info.get(symbol);
    const number = (value: number | undefined) => String(value ?? 0);
    return {
      stck_prpr: number(last?.price ?? info?.basePrice),
      prdy_vrss_sign: last?.sign ?? "3",
      prdy_vrss: number(last?.change),
      prdy_ctrt: last?.rate ?? "0.00",
      stck_oprc: number(last?.open),
      stck_hgpr: number(last?.high),
      stck_lwpr: number(last?.low),
      acml_vol: number(last?.accVolume),
      acml_tr_pbmn: number(last?.accValue),
      stck_mxpr: number(info?.upperLimit),
      stck_llam: number(info?.lowerLimit),
      stck_sdpr: number(info?.basePrice),
      w52_hgpr: number(info?.high52w?.[0]),
      w52_hgpr_date: info?.high52w?.[1] ?? "",
      w52_lwpr: number(info?.low52w?.[0]),
      w52_lwpr_date: info?.low52w?.[1] ?? "",
    };
  }

  #prices(query: URLSearchParams): readonly unknown[] {
    const rows = [];
    for (let number = 1; number <= 30; number++) {
      const symbol = query.get(`FID_INPUT_ISCD_${number}`);
      const division = query.get(`FID_COND_MRKT_DIV_CODE_${number}`);
      if (!symbol || !division) continue;
      const last = this.#last(division, symbol);
      rows.push({
        inter_shrn_iscd: symbol,
        inter_kor_isnm: this.#info.get(symbol)?.name ?? "",
        inter2_prpr: String(last?.price ?? 0),
        prdy_vrss_sign: last?.sign ?? "3",
        inter2_prdy_vrss: String(last?.change ?? 0),
        prdy_ctrt: last?.rate ?? "0.00",
        inter2_oprc: String(last?.open ?? 0),
        inter2_hgpr: String(last?.high ?? 0),
        inter2_lwpr: String(last?.low ?? 0),
        inter2_askp: last?.ask ?? "0",
        inter2_bidp: last?.bid ?? "0",
        acml_vol: String(last?.accVolume ?? 0),
        acml_tr_pbmn: String(last?.accValue ?? 0),
      });
    }
    return rows;
  }

  #stockInfo(symbol: string): Record<string, string> {
    const info = this.#info.get(symbol);
    if (info === undefined) return {};
    return {
      pdno: symbol.padStart(12, "0"),
      prdt_abrv_name: info.name,
      prdt_eng_abrv_name: info.nameEn ?? "",
      mket_id_cd: info.market ?? "STK",
      scty_grp_id_cd: info.group ?? "ST",
      cptt_trad_tr_psbl_yn: info.nxt ? "Y" : "N",
      tr_stop_yn: "N",
      admn_item_yn: "N",
      scts_mket_lstg_dt: "19750611",
    };
  }

  #days(symbol: string, query: URLSearchParams): readonly unknown[] {
    const [from, to] = [query.get("FID_INPUT_DATE_1") ?? "", query.get("FID_INPUT_DATE_2") ?? ""];
    const days = (this.#info.get(symbol)?.days ?? []).filter(([date]) => date >= from && date <= to);
    return days.slice(-DAYS_PAGE).reverse().map(([date, open, high, low, close, volume]) => ({
      stck_bsop_date: date,
      stck_oprc: String(open),
      stck_hgpr: String(high),
      stck_lwpr: String(low),
      stck_clpr: String(close),
      acml_vol: String(volume),
    }));
  }

  /** Made of the trades that were taken note of, whose date is the fake's to say. */
  #todaysMinutes(key: string, query: URLSearchParams): readonly unknown[] {
    const until = (query.get("FID_INPUT_HOUR_1") ?? "").slice(0, 4);
    const minutes = new Map<string, FakeTrade[]>();
    for (const trade of this.#trades.get(key) ?? []) {
      const minute = trade.hour.slice(0, 4);
      if (minute <= until) minutes.set(minute, [...minutes.get(minute) ?? [], trade]);
    }
    return [...minutes].sort((a, b) => a[0] < b[0] ? 1 : -1).slice(0, PAGE).map(([minute, trades]) => {
      const prices = trades.map(({ price }) => price);
      return {
        stck_bsop_date: this.#options.date?.() ??
          new Date(this.#now() + 32_400_000).toISOString().slice(0, 10)
            .replaceAll("-", ""),
        stck_cntg_hour: `${minute}00`,
        stck_oprc: String(prices[0]),
        stck_hgpr: String(Math.max(...prices)),
        stck_lwpr: String(Math.min(...prices)),
        stck_prpr: String(prices.at(-1)),
        cntg_vol: String(trades.reduce((sum, { volume }) => sum + volume, 0)),
      };
    });
  }

  #minutes(symbol: string, query: URLSearchParams): readonly unknown[] {
    const [date, hour] = [query.get("FID_INPUT_DATE_1"), query.get("FID_INPUT_HOUR_1") ?? ""];
    const minutes = (this.#info.get(symbol)?.minutes ?? []).filter((one) =>
      one[0] === date && one[1] <= hour
    );
    return minutes.slice(-MINUTES_PAGE).reverse().map(([date, hour, open, high, low, close, volume]) => ({
      stck_bsop_date: date,
      stck_cntg_hour: hour,
      stck_oprc: String(open),
      stck_hgpr: String(high),
      stck_lwpr: String(low),
      stck_prpr: String(close),
      cntg_vol: String(volume),
    }));
  }
}

/** By the numbers of H0STCNT0's fields. */
function tradeOf(fields: readonly string[]): FakeTrade {
  const number = (at: number) => Number(fields[at]);
  return {
    hour: fields[1] as string,
    price: number(2),
    sign: fields[3] as string,
    change: number(4),
    rate: fields[5] as string,
    open: number(7),
    high: number(8),
    low: number(9),
    ask: fields[10] as string,
    bid: fields[11] as string,
    volume: number(12),
    accVolume: number(13),
    accValue: number(14),
    strength: fields[18] as string,
  };
}

function conclusion(trade: FakeTrade): Record<string, string> {
  return {
    stck_cntg_hour: trade.hour,
    stck_pbpr: String(trade.price),
    prdy_vrss: String(trade.change),
    prdy_vrss_sign: trade.sign,
    prdy_ctrt: trade.rate,
    askp: trade.ask,
    bidp: trade.bid,
    tday_rltv: trade.strength,
    acml_vol: String(trade.accVolume),
    cnqn: String(trade.volume),
  };
}
