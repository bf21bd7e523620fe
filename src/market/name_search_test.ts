import { expect } from "expect";
import { initialsOf, matchName, searchNamesOf } from "./name_search.ts";

const LISTED = [
  { symbol: "005930", name: "삼성전자", nameEn: "Samsung Electronics" },
  { symbol: "005935", name: "삼성전자우", nameEn: "Samsung Electronics (pref.)" },
  { symbol: "035420", name: "NAVER", nameEn: "NAVER" },
  { symbol: "005380", name: "현대차", nameEn: "Hyundai Motor" },
  { symbol: "066570", name: "LG전자", nameEn: "LG Electronics" },
  { symbol: "000660", name: "SK하이닉스", nameEn: "SK hynix" },
  { symbol: "006400", name: "삼성SDI", nameEn: "Samsung SDI" },
];
const NAMES = new Map(LISTED.map((listed) => [listed.symbol, searchNamesOf(listed)]));

/** Who is found by a text, the best first. */
function found(text: string): string[] {
  const order = ["exact", "begins", "holds"];
  return [...NAMES].flatMap(([symbol, names]) => {
    const match = matchName(text, names);
    return match === undefined ? [] : [[order.indexOf(match), symbol] as const];
  }).sort((a, b) => a[0] - b[0]).map(([, symbol]) => symbol);
}

Deno.test("symbols are found as Koreans type", () => {
  expect(found("ㅅㅅㅈㅈ")).toEqual(["005930", "005935"]);
  expect(found("삼전")[0]).toBe("005930");
  expect(found("삼성ㅈㅈ")).toEqual(["005930", "005935"]);
  expect(found("네이버")).toEqual(["035420"]);
  expect(found("현대자동차")).toEqual(["005380"]);
  expect(found("엘지전자")).toEqual(["066570"]);
  expect(found("에스케이하이닉스")).toEqual(["000660"]);
  expect(found("하이닉스")[0]).toBe("000660");
  expect(found("ㅎㅇㄴㅅ")).toEqual(["000660"]);
  expect(found("hynix")).toEqual(["000660"]);
  expect(found("samsung sdi")).toEqual(["006400"]);
  expect(found("００５９３０")).toEqual(["005930"]);
  expect(found("삼성")).toEqual(["005930", "005935", "006400"]);
  expect(found("없는회사")).toEqual([]);
});

Deno.test("decomposed Hangul, as a Mac's file names have it, is the same name", () => {
  expect(found("삼성전자".normalize("NFD"))[0]).toBe("005930");
  expect(initialsOf("삼성SDI")).toBe("ㅅㅅSDI");
});
