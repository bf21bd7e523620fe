import { expect } from "expect";
import { type Topic, TOPIC_SPECS, TOPICS } from "../../ports/topics.ts";
import { partitionTrouble } from "./partition_counts.ts";

const names = Object.fromEntries(TOPICS.map((topic) => [topic, TOPIC_SPECS[topic].name])) as Record<
  Topic,
  string
>;

function counts(changes: Partial<Record<Topic, number | undefined>> = {}): Map<Topic, number> {
  const all = TOPICS.map((topic): [Topic, number] => [topic, TOPIC_SPECS[topic].spread === "one" ? 1 : 6]);
  return new Map([...all, ...Object.entries(changes)] as [Topic, number][]);
}

Deno.test("topics that are there and fit are no trouble", () => {
  expect(partitionTrouble({ now: counts(), names })).toBeUndefined();
  expect(partitionTrouble({ now: counts(), atStart: counts(), names })).toBeUndefined();
});

Deno.test("what is missing, added, different or more than one is said by name", () => {
  const trouble = (changes: Partial<Record<Topic, number | undefined>>) =>
    partitionTrouble({ now: counts(changes), names });
  expect(trouble({ control: undefined, rules: undefined })).toContain("missing: stock.rules, stock.control");
  expect(trouble({ trades: 12 })).toContain("stock.conclusion.data: 12");
  expect(trouble({ deadletter: 3 })).toContain("stock.deadletter has 3 partitions and must have one");
  const grown = Object.fromEntries(
    TOPICS.filter((topic) => TOPIC_SPECS[topic].spread !== "one").map((topic) => [topic, 12]),
  );
  expect(trouble(grown)).toBeUndefined();
  // All alike, but not what this process placed symbols by.
  expect(partitionTrouble({ now: counts(grown), atStart: counts(), names }))
    .toContain("has 12 partitions now and had 6 when this process started");
});

Deno.test("who reads some topics side by side alone needs no others alike: a notifier of a box's alerts", () => {
  const box = { now: counts({ alerts: 2, deliveries: 2 }), names };
  expect(partitionTrouble(box)).toContain("numbers of partitions differ");
  expect(partitionTrouble({ ...box, together: ["alerts", "deliveries"] })).toBeUndefined();
  expect(partitionTrouble({ ...box, now: counts({ alerts: 2 }), together: ["alerts", "deliveries"] }))
    .toContain("alert-topic: 2; stock.deliveries: 6");
});
