import { expect } from "expect";
import { en } from "./en.ts";
import { FAULTS_KO } from "./faults_ko.ts";
import { ko, type TextKey } from "./ko.ts";
import { faultIn, isTextKey, preferredLocale, sayIn } from "./text.ts";
import { loadWords } from "./words.ts";

await Promise.all([loadWords("ko"), loadWords("en")]);

Deno.test("both languages have every text, with the same places for values", () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(ko).sort());
  const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const key of Object.keys(ko) as TextKey[]) {
    expect({ key, places: places(en[key]) }).toEqual({ key, places: places(ko[key]) });
    expect(en[key].trim()).not.toBe("");
  }
});

Deno.test("every text is used somewhere: by its key, or by a key made from its beginning", async () => {
  const sources: string[] = [];
  for (const folder of ["", "view/", "state/", "sync/", "api/", "push/"]) {
    const url = new URL(`../${folder}`, import.meta.url);
    for await (const { name, isFile } of Deno.readDir(url)) {
      if (isFile && name.endsWith(".ts")) sources.push(await Deno.readTextFile(new URL(name, url)));
    }
  }
  const source = sources.join("\n");
  const unused = Object.keys(ko).filter((key) =>
    !source.includes(`"${key}"`) && !source.includes(`\`${key.slice(0, key.lastIndexOf(".") + 1)}\${`)
  );
  expect(unused).toEqual([]);
});

Deno.test("values are put in; a value that is not given stays visible", () => {
  expect(sayIn("en")("prices.found", { count: 3, total: 247 })).toBe("3 of 247 symbols");
  expect(sayIn("ko")("prices.count", { count: 247 })).toBe("247종목");
  expect(sayIn("en")("prices.count")).toBe("{count} symbols");
});

Deno.test("the reader's first language that is spoken here decides", () => {
  expect(preferredLocale(["ko-KR", "en-US"])).toBe("ko");
  expect(preferredLocale(["fr-FR", "en-GB", "ko"])).toBe("en");
  expect(preferredLocale(["de"])).toBe("en");
  expect(preferredLocale(["kok-IN", "ko"])).toBe("ko");
});

Deno.test("a fault of the API is said in Korean by its code, else in the API's own words", () => {
  const fault = { code: "too_many_decimals", reason: "must be a decimal with at most 2 places" };
  expect(faultIn("en", fault)).toBe(fault.reason);
  expect(faultIn("ko", fault)).toBe(FAULTS_KO.too_many_decimals);
  expect(faultIn("ko", { code: "new_fault", reason: "is new" })).toBe("is new");
  expect(faultIn("ko", { code: "constructor", reason: "is odd" })).toBe("is odd");
});

Deno.test("only texts count as keys", () => {
  expect(isTextKey("ko", "state.ready")).toBe(true);
  expect(isTextKey("ko", "state.unheard")).toBe(false);
  expect(isTextKey("ko", "toString")).toBe(false);
});
