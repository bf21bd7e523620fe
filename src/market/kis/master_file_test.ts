import { expect } from "expect";
import { cp949, masterFile } from "../../../tests/support/master_file.ts";
import { readMasterFile } from "./master_file.ts";

Deno.test("a line of kospi_code.mst gives code, name, market, kind, base price and states", () => {
  const file = readMasterFile(masterFile("KOSPI", [
    { code: "005930", name: "삼성전자", basePrice: 224_500, listedOn: "19750611" },
    { code: "114800", name: "KODEX 인버스", group: "EF", basePrice: 1_348, listedOn: "20090916" },
    { code: "Q500001", name: "신한 인버스 WTI원유 선물 ETN(H)", group: "EN", basePrice: 5_000 },
    { code: "001470", name: "삼부토건", halted: true, administrative: true, warning: "02" },
  ]));
  expect(file.market).toBe("KOSPI");
  expect(file.entries).toEqual([
    {
      symbol: "005930",
      name: "삼성전자",
      market: "KOSPI",
      kind: "stock",
      basePrice: 224_500,
      halted: false,
      liquidation: false,
      administrative: false,
      warning: "none",
      listedOn: "19750611",
    },
    expect.objectContaining({ symbol: "114800", kind: "etf", basePrice: 1_348, listedOn: "20090916" }),
    expect.objectContaining({ symbol: "Q500001", kind: "etn", name: "신한 인버스 WTI원유 선물 ETN(H)" }),
    expect.objectContaining({ symbol: "001470", halted: true, administrative: true, warning: "warning" }),
  ]);
});

Deno.test("kosdaq_code.mst has a shorter line with the same fields", () => {
  const file = readMasterFile(masterFile("KOSDAQ", [
    { code: "247540", name: "에코프로비엠", basePrice: 120_300, liquidation: true, warning: "03" },
  ]));
  expect(file.market).toBe("KOSDAQ");
  expect(file.entries[0]).toMatchObject({
    symbol: "247540",
    name: "에코프로비엠",
    basePrice: 120_300,
    liquidation: true,
    warning: "danger",
  });
});

Deno.test("codes that no rule can name are passed over and counted; blank numbers are not known", () => {
  const file = readMasterFile(masterFile("KOSPI", [
    { code: "F70100026", name: "대신 KOSPI200인덱스", group: "BC" },
    { code: "0001A0", name: "덕양에너젠", basePrice: null, listedOn: "00000000" },
  ]));
  expect(file.passedOver).toBe(1);
  expect(file.entries).toEqual([
    expect.objectContaining({ symbol: "0001A0", basePrice: null, listedOn: null }),
  ]);
});

Deno.test("line ends of Windows and a last line without an end are read too", () => {
  const bytes = masterFile("KOSPI", [{ code: "005930", name: "삼성전자" }]);
  const windows = new Uint8Array([...bytes.subarray(0, -1), 13, 10]);
  for (const same of [windows, bytes.subarray(0, -1)]) {
    expect(readMasterFile(same).entries[0]?.name).toBe("삼성전자");
  }
});

Deno.test("a file whose lines do not fit is refused with both lengths and the line", () => {
  const bytes = masterFile("KOSPI", [{ code: "005930", name: "삼성전자" }]);
  expect(() => readMasterFile(new Uint8Array([...bytes.subarray(0, -1), 32, 10]))).toThrow(
    /line 1: 289 bytes.*288.*282/,
  );
  const mixed = new Uint8Array([
    ...bytes,
    ...masterFile("KOSDAQ", [{ code: "247540", name: "에코프로비엠" }]),
  ]);
  expect(() => readMasterFile(mixed)).toThrow("line 2: 282 bytes, where the lines before it have 288");
  expect(() => readMasterFile(new Uint8Array())).toThrow("has no line");
});

Deno.test("a name in another encoding is refused, not guessed", () => {
  const bytes = masterFile("KOSPI", [{ code: "005930", name: "삼성전자" }]);
  bytes.set([0xff, 0xff], 21);
  expect(() => readMasterFile(bytes)).toThrow("line 1: the name is not text in CP949");
});

Deno.test("a name that was cut in the middle of a character loses that one alone", () => {
  const bytes = masterFile("KOSPI", [{ code: "005930", name: "A".repeat(39) }]);
  bytes[21 + 39] = 0xbb;
  expect(readMasterFile(bytes).entries[0]?.name).toBe("A".repeat(39));
});

Deno.test("the test's own CP949 is what the runtime reads", () => {
  const bytes = new Uint8Array(cp949("똠방각하 ㈜ LG"));
  expect(new TextDecoder("euc-kr").decode(bytes)).toBe("똠방각하 ㈜ LG");
});
