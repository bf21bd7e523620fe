import { expect } from "expect";
import { listed, trade } from "../fixture.ts";
import { MarketState, type RowFilter, type Sorting, visibleRows } from "./market.ts";

function market(): MarketState {
  const state = new MarketState();
  state.list([
    listed("000660", "SK하이닉스", "SK hynix"),
    listed("005930", "삼성전자", "Samsung Electronics"),
    listed("035720", "카카오", "Kakao"),
  ]);
  return state;
}

function symbols(
  state: MarketState,
  given: { search?: string; filter?: RowFilter; sorting?: Sorting; ruled?: string[]; watched?: string[] } =
    {},
): string[] {
  const rows = visibleRows(state, {
    search: given.search ?? "",
    filter: given.filter ?? "all",
    sorting: given.sorting ?? { key: "listing", descending: false },
    ruled: new Set(given.ruled),
    watched: new Set(given.watched),
  });
  return rows.map((row) => row.listed.symbol);
}

Deno.test("a row shows its symbol's newest trade and remembers which way the price moved", () => {
  const state = market();
  const first = trade({ eventTime: 1_000, price: 100 });
  expect([...state.apply([first])]).toEqual(["005930"]);
  const row = state.rows.get("005930")!;
  expect(row.flash).toBeUndefined();
  state.apply([trade({ eventTime: 2_000, price: 99 }), trade({ eventTime: 3_000, price: 99 })]);
  expect([row.trade?.eventTime, row.flash, row.revision]).toEqual([3_000, "down", 3]);
  state.apply([trade({ eventTime: 4_000, price: 101 })]);
  expect(row.flash).toBe("up");
});

Deno.test("an older trade, as a refetch may bring it, does not take the newest one's place", () => {
  const state = market();
  state.apply([trade({ eventTime: 2_000, price: 100 })]);
  expect(state.apply([trade({ eventTime: 1_000, price: 50 })]).size).toBe(0);
  expect(state.rows.get("005930")?.trade?.price).toBe(100);
});

Deno.test("listing again keeps the prices; a symbol that is not listed has its row", () => {
  const state = market();
  state.apply([trade({ symbol: "000660" }), trade({ symbol: "999999", price: 500, change: 20 })]);
  state.list([listed("000660", "에스케이하이닉스")]);
  expect(state.rows.get("000660")?.trade?.price).toBe(71_950);
  expect(symbols(state, { search: "에스케이" })).toEqual(["000660"]);
  expect(state.rows.get("999999")?.listed).toMatchObject({ name: "999999", basePrice: 480 });
});

Deno.test("a search finds by code, Korean or English name; every word must be there", () => {
  const state = market();
  expect(symbols(state, { search: "삼성" })).toEqual(["005930"]);
  expect(symbols(state, { search: "HYNIX" })).toEqual(["000660"]);
  expect(symbols(state, { search: "0357" })).toEqual(["035720"]);
  expect(symbols(state, { search: "sk 660" })).toEqual(["000660"]);
  expect(symbols(state, { search: "sk 5930" })).toEqual([]);
});

Deno.test("filters by direction, limit and rules", () => {
  const state = market();
  state.apply([
    trade({ symbol: "000660", change: 100, sign: "1" }),
    trade({ symbol: "005930", change: -100, sign: "5" }),
  ]);
  expect(symbols(state, { filter: "up" })).toEqual(["000660"]);
  expect(symbols(state, { filter: "down" })).toEqual(["005930"]);
  expect(symbols(state, { filter: "limit" })).toEqual(["000660"]);
  expect(symbols(state, { filter: "ruled", ruled: ["035720"] })).toEqual(["035720"]);
});

Deno.test("sorts by a column either way; symbols without a trade stay last", () => {
  const state = market();
  state.apply([trade({ symbol: "000660", rate: -2 }), trade({ symbol: "035720", rate: 3 })]);
  expect(symbols(state, { sorting: { key: "rate", descending: true } })).toEqual([
    "035720",
    "000660",
    "005930",
  ]);
  expect(symbols(state, { sorting: { key: "rate", descending: false } })).toEqual([
    "000660",
    "035720",
    "005930",
  ]);
  expect(symbols(state, { sorting: { key: "symbol", descending: true } })[0]).toBe("000660");
});

Deno.test("those that the reader watches can be listed alone; a search finds by initial consonants", () => {
  expect(symbols(market(), { filter: "watched", watched: ["035720"] })).toEqual(["035720"]);
  expect(symbols(market(), { search: "ㅅㅅㅈㅈ" })).toEqual(["005930"]);
});
