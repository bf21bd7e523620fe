import { expect } from "expect";
import { faultsOf } from "./check_imports.ts";
import { vagueWords } from "./check_words.ts";

const reasons = (path: string, text: string) => faultsOf(path, text).map((fault) => fault.reason);

Deno.test("imports that go down the list are fine", () => {
  expect(reasons("rules/rule.ts", 'import { a } from "../market/trade.ts";')).toEqual([]);
  expect(reasons("cli/main.ts", 'import { a } from "../adapters/kafka/log.ts";')).toEqual([]);
  expect(reasons("roles/stream.ts", 'import { a } from "../telemetry/health.ts";')).toEqual([]);
});

Deno.test("imports that go up, across adapters or out of src are faults", () => {
  expect(reasons("market/trade.ts", 'import { a } from "../rules/rule.ts";')).toHaveLength(1);
  expect(reasons("adapters/kis/a.ts", 'import { a } from "../kafka/log.ts";')).toHaveLength(1);
  expect(reasons("roles/stream.ts", 'import { a } from "../adapters/kafka/log.ts";')).toHaveLength(1);
  expect(reasons("market/trade.ts", 'import { a } from "../telemetry/log.ts";')).toHaveLength(1);
  expect(reasons("roles/stream.ts", 'export { a } from "../../scripts/build.ts";')).toHaveLength(1);
});

Deno.test("the console uses the API's client and nothing else of control", () => {
  expect(reasons("console/app.ts", 'import { a } from "../control/client/client.ts";')).toEqual([]);
  expect(reasons("console/app.ts", 'import { a } from "../control/schemas/rule.ts";')).toHaveLength(1);
  expect(reasons("roles/stream.ts", 'import { a } from "../control/client/client.ts";')).toHaveLength(1);
});

Deno.test("an import over several lines is seen", () => {
  expect(reasons("market/trade.ts", 'import {\n  a,\n} from "../rules/rule.ts";')).toHaveLength(1);
});

Deno.test("an exported text is no import", () => {
  expect(reasons("market/trade.ts", 'export const VENUE = "kafkajs";')).toEqual([]);
  expect(reasons("market/trade.ts", 'import "kafkajs";')).toHaveLength(1);
});

Deno.test("pure folders use no package with I/O and no clock", () => {
  expect(reasons("rules/rule.ts", 'import { z } from "zod";')).toEqual([]);
  expect(reasons("rules/rule.ts", 'import { Kafka } from "kafkajs";')).toHaveLength(1);
  expect(reasons("rules/rule.ts", "const now = Date.now();")).toHaveLength(1);
  expect(reasons("rules/rule.ts", "// never Date.now()")).toEqual([]);
  expect(reasons("roles/stream.ts", "const now = Date.now();")).toEqual([]);
});

Deno.test("vague words are named, what people write themselves is not", () => {
  expect(vagueWords("/** The gap is told. */")).toHaveLength(1);
  expect(vagueWords("const held = new Map();")).toHaveLength(1);
  expect(vagueWords('code: "held",')).toEqual([]);
  expect(vagueWords("/** Whether the condition holds; a threshold. */")).toEqual([]);
});
