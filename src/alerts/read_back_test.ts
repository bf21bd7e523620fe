import { expect } from "expect";
import fc from "fast-check";
import { arbitraryCondition } from "../../tests/support/arbitrary_rule.ts";
import { SymbolDirectory } from "../market/directory.ts";
import { LISTING } from "../market/listing.ts";
import { readLine } from "../rules/line/read_line.ts";
import { conditionsInWords } from "./condition_words.ts";

const directory = new SymbolDirectory(LISTING);
const SUBJECTS = { ko: "삼성전자", en: "Samsung Electronics" } as const;

Deno.test("what mails and the console say of a rule can be typed: it is read as the same rule", () => {
  fc.assert(
    fc.property(
      fc.array(arbitraryCondition(), { minLength: 1, maxLength: 3 }),
      fc.constantFrom("level", "crossing"),
      fc.constantFrom("ko", "en"),
      (conditions, on, locale) => {
        const words = conditionsInWords(conditions, on, locale);
        const { rest, missing, ...read } = readLine(`${SUBJECTS[locale]} ${words}`, { directory });
        expect(conditionsInWords(read.conditions, read.on, locale)).toBe(words);
        expect({ rest, missing }).toEqual({ rest: [], missing: [] });
      },
    ),
    { numRuns: 500 },
  );
});
