import { expect } from "expect";
import { InputError } from "../core/errors.ts";
import { parseSymbol } from "./symbol.ts";

/** The code that a refusal says was probably meant; "" where it says none. */
function meant(given: unknown): string {
  try {
    return `taken: ${parseSymbol(given)}`;
  } catch (thrown) {
    if (!(thrown instanceof InputError)) throw thrown;
    return /did you mean (\w+)\?$/.exec(thrown.issues[0]!.reason)?.[1] ?? "";
  }
}

Deno.test("a code as other programs write it is refused with the code that was meant", () => {
  expect(["005930", "0001A0", "Q500001"].map(meant)).toEqual([
    "taken: 005930",
    "taken: 0001A0",
    "taken: Q500001",
  ]);
  expect(["A005930", "005930.KS", "247540.KQ", "KRX:005930", " 005930 ", "5930", "q500001"].map(meant))
    .toEqual([
      "005930",
      "005930",
      "247540",
      "005930",
      "005930",
      "005930",
      "Q500001",
    ]);
  expect(["삼성전자", "kakao1", "0059300", "", 5930, null].map(meant)).toEqual(["", "", "", "", "", ""]);
});
