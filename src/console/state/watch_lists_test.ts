import { expect } from "expect";
import { readRoute, writeRoute } from "./route.ts";
import { joined, listName, listOf, listQuery, MOST_SYMBOLS, readLists, toggled } from "./watch_lists.ts";

Deno.test("a symbol is put on a list, which is made for it, and taken off again", () => {
  const one = toggled([], "반도체", "005930");
  expect(one).toEqual([{ name: "반도체", symbols: ["005930"] }]);
  const two = toggled(one, "반도체", "000660");
  expect(two).toEqual([{ name: "반도체", symbols: ["005930", "000660"] }]);
  expect(toggled(two, "반도체", "005930")).toEqual([{ name: "반도체", symbols: ["000660"] }]);
  expect(toggled(two, "배당", "005930").map(({ name }) => name)).toEqual(["반도체", "배당"]);
});

Deno.test("what the browser kept is read again, and what is no list is left out", () => {
  const lists = [{ name: "반도체", symbols: ["005930"] }];
  expect(readLists(JSON.stringify(lists))).toEqual(lists);
  const junk = [null, 1, {}, { name: "", symbols: [] }, { name: " a", symbols: [] }, {
    name: "x",
    symbols: ["<"],
  }];
  expect(readLists(JSON.stringify([...junk, ...lists]))).toEqual(lists);
  for (const text of [undefined, "", "{", "{}", "null"]) expect(readLists(text)).toEqual([]);
});

Deno.test("a list is in the address, as long as one may be, and is joined to one's own of the same name", () => {
  const symbols = Array.from({ length: MOST_SYMBOLS }, (_, at) => String(100_000 + at));
  const list = { name: "가".repeat(20), symbols };
  const hash = writeRoute({ view: "prices", query: { ...listQuery(list), filter: "" } });
  const route = readRoute(hash);
  expect(route !== undefined && "query" in route && listOf(route.query)).toEqual(list);
  expect(listOf({ list: "x", symbols: "005930.<b>.Q500001" })).toEqual({
    name: "x",
    symbols: ["005930", "Q500001"],
  });
  expect(listOf({ symbols: "005930" })).toBeUndefined();
  expect(joined([{ name: "x", symbols: ["000660", "005930"] }], { name: "x", symbols: ["005930", "035720"] }))
    .toEqual([{ name: "x", symbols: ["000660", "005930", "035720"] }]);
});

Deno.test("a name has no blanks around it, and an end", () => {
  expect(["  내  종목 ", "", "가".repeat(30)].map(listName)).toEqual(["내 종목", "", "가".repeat(20)]);
});
