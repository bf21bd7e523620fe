/**
 * What is asked of KIS's quotations API, one function a route: path, TR, parameters and fields are those of
 * koreainvestment/open-trading-api (examples_llm/domestic_stock), 2026-07-09.
 *
 * @module
 */
import { kindOfGroup, type MasterFile } from "../../../market/kis/master_file.ts";
import type { MinuteBar } from "../../../market/minute_trades.ts";
import type { DailyCandle, DatedPrice } from "../../../market/reference.ts";
import { isSymbol, type Symbol } from "../../../market/symbol.ts";
import {
  type Asking,
  type FeedVenue,
  MULTI_PRICES,
  type Quotations,
  type RestDay,
  type RestInfo,
  type RestPrice,
  type RestTrade,
} from "../../../ports/quotations.ts";
import type { KisRest, RestBody } from "./client.ts";
import type { MasterSite } from "./master_site.ts";
import { changeIn, countIn, dateIn, hourIn, priceIn, type RestRow, rowsOf, textIn } from "./values.ts";

const QUOTATIONS = "/uapi/domestic-stock/v1/quotations";
const DIVISIONS: Readonly<Record<FeedVenue, string>> = { KRX: "J", NXT: "NX", UN: "UN" };
const NO_PRICE = 0;

/** The routes of one account. */
export class KisQuotations implements Quotations {
  readonly #rest: KisRest;
  readonly #site: MasterSite;
  readonly #paper: boolean;

  /** @param options.paper the paper environment, which has no route for several symbols at once. */
  constructor(rest: KisRest, site: MasterSite, options: { readonly paper: boolean }) {
    this.#rest = rest;
    this.#site = site;
    this.#paper = options.paper;
  }

  masters(signal: AbortSignal): Promise<readonly MasterFile[]> {
    return this.#site.download(signal);
  }

  async tradesUntil(symbol: Symbol, venue: FeedVenue, hour: string, asking: Asking): Promise<RestTrade[]> {
    const body = await this.#get("inquire-time-itemconclusion", "FHPST01060000", {
      ...instrument(symbol, venue),
      FID_INPUT_HOUR_1: hour,
    }, asking);
    return rowsOf(body.output2).flatMap(tradeOf).sort((a, b) => a.accVolume - b.accVolume);
  }

  async price(
    symbol: Symbol,
    venue: FeedVenue,
    asking: Asking,
  ): Promise<{ readonly price: RestPrice | undefined; readonly day: RestDay }> {
    const body = await this.#get("inquire-price", "FHKST01010100", instrument(symbol, venue), asking);
    const row = rowsOf(body.output)[0] ?? {};
    const price = standing(symbol, row, {
      price: "stck_prpr",
      change: "prdy_vrss",
      open: "stck_oprc",
      high: "stck_hgpr",
      low: "stck_lwpr",
      ask: "",
      bid: "",
    });
    return { price, day: dayIn(row) };
  }

  async prices(symbols: readonly Symbol[], venue: FeedVenue, asking: Asking): Promise<RestPrice[]> {
    if (this.#paper) return await this.#oneByOne(symbols, venue, asking);
    const params: Record<string, string> = {};
    symbols.slice(0, MULTI_PRICES).forEach((symbol, index) => {
      params[`FID_COND_MRKT_DIV_CODE_${index + 1}`] = DIVISIONS[venue];
      params[`FID_INPUT_ISCD_${index + 1}`] = symbol;
    });
    const body = await this.#get("intstock-multprice", "FHKST11300006", params, asking);
    return rowsOf(body.output).flatMap((row) => {
      const symbol = textIn(row, "inter_shrn_iscd");
      const price = isSymbol(symbol) ? standing(symbol, row, MULTI_FIELDS) : undefined;
      return price === undefined ? [] : [price];
    });
  }

  async info(symbol: Symbol, asking: Asking): Promise<RestInfo> {
    const body = await this.#get("search-stock-info", "CTPF1002R", {
      PRDT_TYPE_CD: "300",
      PDNO: symbol,
    }, asking);
    return infoIn(rowsOf(body.output)[0] ?? {});
  }

  async days(
    symbol: Symbol,
    span: { readonly from: string; readonly to: string },
    asking: Asking,
  ): Promise<DailyCandle[]> {
    const body = await this.#get("inquire-daily-itemchartprice", "FHKST03010100", {
      ...instrument(symbol, "KRX"),
      FID_INPUT_DATE_1: span.from,
      FID_INPUT_DATE_2: span.to,
      FID_PERIOD_DIV_CODE: "D",
      FID_ORG_ADJ_PRC: "0",
    }, asking);
    return rowsOf(body.output2).flatMap(dailyOf).sort((a, b) => a.date < b.date ? -1 : 1);
  }

  async minutes(
    symbol: Symbol,
    until: { readonly date: string; readonly hour: string; readonly venue: FeedVenue },
    asking: Asking,
  ): Promise<MinuteBar[]> {
    const body = await this.#get("inquire-time-dailychartprice", "FHKST03010230", {
      ...instrument(symbol, until.venue),
      FID_INPUT_HOUR_1: until.hour,
      FID_INPUT_DATE_1: until.date,
      FID_PW_DATA_INCU_YN: "N",
      FID_FAKE_TICK_INCU_YN: "",
    }, asking);
    return minutesOf(body, until.date);
  }

  async #oneByOne(symbols: readonly Symbol[], venue: FeedVenue, asking: Asking): Promise<RestPrice[]> {
    const prices: RestPrice[] = [];
    for (const symbol of symbols) {
      const { price } = await this.price(symbol, venue, asking);
      if (price !== undefined) prices.push(price);
    }
    return prices;
  }

  async todaysMinutes(
    symbol: Symbol,
    until: { readonly date: string; readonly hour: string; readonly venue: FeedVenue },
    asking: Asking,
  ): Promise<MinuteBar[]> {
    const body = await this.#get("inquire-time-itemchartprice", "FHKST03010200", {
      ...instrument(symbol, until.venue),
      FID_INPUT_HOUR_1: until.hour,
      FID_PW_DATA_INCU_YN: "N",
      FID_ETC_CLS_CODE: "",
    }, asking);
    return minutesOf(body, until.date);
  }

  #get(
    route: string,
    trId: string,
    params: Readonly<Record<string, string>>,
    asking: Asking,
  ): Promise<RestBody> {
    return this.#rest.get({ path: `${QUOTATIONS}/${route}`, trId, params, ...asking });
  }
}

function instrument(symbol: Symbol, venue: FeedVenue): Record<string, string> {
  return { FID_COND_MRKT_DIV_CODE: DIVISIONS[venue], FID_INPUT_ISCD: symbol };
}

function tradeOf(row: RestRow): RestTrade[] {
  const hour = hourIn(row, "stck_cntg_hour");
  const price = priceIn(row, "stck_pbpr") ?? priceIn(row, "stck_prpr");
  const accVolume = countIn(row, "acml_vol");
  const volume = countIn(row, "cnqn");
  const change = changeIn(row, { change: "prdy_vrss", rate: "prdy_ctrt" });
  if (hour === undefined || price === undefined || change === undefined) return [];
  if (accVolume === undefined || volume === undefined || volume === 0 || accVolume < volume) return [];
  const strength = Number(textIn(row, "tday_rltv"));
  return [{
    hour,
    price,
    volume,
    accVolume,
    ...change,
    ask: priceIn(row, "askp") ?? NO_PRICE,
    bid: priceIn(row, "bidp") ?? NO_PRICE,
    strength: textIn(row, "tday_rltv") !== "" && Number.isFinite(strength) ? strength : undefined,
  }];
}

interface StandingFields {
  readonly price: string;
  readonly change: string;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly ask: string;
  readonly bid: string;
}

const MULTI_FIELDS: StandingFields = {
  price: "inter2_prpr",
  change: "inter2_prdy_vrss",
  open: "inter2_oprc",
  high: "inter2_hgpr",
  low: "inter2_lwpr",
  ask: "inter2_askp",
  bid: "inter2_bidp",
};

/** Undefined before the first trade of a day: then open, high and low are 0. */
function standing(symbol: Symbol, row: RestRow, fields: StandingFields): RestPrice | undefined {
  const [price, open, high, low] = [fields.price, fields.open, fields.high, fields.low]
    .map((name) => priceIn(row, name));
  const change = changeIn(row, { change: fields.change, rate: "prdy_ctrt" });
  if (price === undefined || open === undefined || high === undefined || low === undefined) return undefined;
  if (change === undefined) return undefined;
  return {
    symbol,
    price,
    open,
    high,
    low,
    ...change,
    accVolume: countIn(row, "acml_vol") ?? 0,
    accValue: countIn(row, "acml_tr_pbmn") ?? 0,
    ask: priceIn(row, fields.ask) ?? NO_PRICE,
    bid: priceIn(row, fields.bid) ?? NO_PRICE,
  };
}

function dayIn(row: RestRow): RestDay {
  return {
    upperLimit: priceIn(row, "stck_mxpr") ?? null,
    lowerLimit: priceIn(row, "stck_llam") ?? null,
    basePrice: priceIn(row, "stck_sdpr") ?? null,
    high52w: datedIn(row, "w52_hgpr"),
    low52w: datedIn(row, "w52_lwpr"),
  };
}

function datedIn(row: RestRow, name: string): DatedPrice | null {
  const price = priceIn(row, name);
  const date = dateIn(row, `${name}_date`);
  return price === undefined || date === undefined ? null : { price, date };
}

const MARKETS: Readonly<Record<string, "KOSPI" | "KOSDAQ">> = { STK: "KOSPI", KSQ: "KOSDAQ" };

function infoIn(row: RestRow): RestInfo {
  const nxt = textIn(row, "cptt_trad_tr_psbl_yn");
  const named = (name: string) => textIn(row, name).normalize("NFC") || undefined;
  return {
    name: named("prdt_abrv_name") ?? named("prdt_name"),
    nameEn: named("prdt_eng_abrv_name") ?? named("prdt_eng_name"),
    market: MARKETS[textIn(row, "mket_id_cd")],
    kind: kindOfGroup(textIn(row, "scty_grp_id_cd")),
    nxt: nxt === "Y" ? true : nxt === "N" ? false : null,
    halted: textIn(row, "tr_stop_yn") === "Y",
    administrative: textIn(row, "admn_item_yn") === "Y",
    listedOn: dateIn(row, "scts_mket_lstg_dt") ?? dateIn(row, "kosdaq_mket_lstg_dt") ?? null,
  };
}

function dailyOf(row: RestRow): DailyCandle[] {
  const date = dateIn(row, "stck_bsop_date");
  const prices = pricesIn(row, "stck_clpr");
  if (date === undefined || prices === undefined) return [];
  return [{ date, ...prices, volume: countIn(row, "acml_vol") ?? 0 }];
}

function minutesOf(body: RestBody, date: string): MinuteBar[] {
  const minutes = rowsOf(body.output2).flatMap(minuteOf).filter((minute) => minute.date === date);
  return minutes.sort((a, b) => a.hour < b.hour ? -1 : 1);
}

function minuteOf(row: RestRow): MinuteBar[] {
  const date = dateIn(row, "stck_bsop_date");
  const hour = hourIn(row, "stck_cntg_hour");
  const prices = pricesIn(row, "stck_prpr");
  if (date === undefined || hour === undefined || prices === undefined) return [];
  return [{ date, hour: `${hour.slice(0, 4)}00`, ...prices, volume: countIn(row, "cntg_vol") ?? 0 }];
}

function pricesIn(row: RestRow, closeName: string) {
  const [open, high, low, close] = ["stck_oprc", "stck_hgpr", "stck_lwpr", closeName].map((name) =>
    priceIn(row, name)
  );
  if (open === undefined || high === undefined || low === undefined || close === undefined) return undefined;
  return { open, high, low, close };
}
