import { expect } from "expect";
import { aclsOf, ROLE_RIGHTS, ROLES_OF_THE_LOG } from "./role_rights.ts";
import { type Topic, TOPIC_SPECS, TOPICS } from "./topics.ts";

const names = Object.fromEntries(TOPICS.map((topic) => [topic, TOPIC_SPECS[topic].name])) as Record<
  Topic,
  string
>;

Deno.test("the table of the docs is what each role may", async () => {
  const docs = await Deno.readTextFile(new URL("../../docs/kafka.md", import.meta.url));
  for (const role of ROLES_OF_THE_LOG) {
    const row = new RegExp(`^\\| ${role} .*$`, "m").exec(docs)?.[0] ?? "";
    const [writes, reads, groups] = row.split("|").slice(2, 5).map((cell) => cell.trim());
    const { group, sees } = ROLE_RIGHTS[role];
    expect([role, writes, reads]).toEqual([
      role,
      ROLE_RIGHTS[role].writes.join(", "),
      ROLE_RIGHTS[role].reads.join(", "),
    ]);
    const cell = [
      ...(group ? [`\`PREFIX${role}\``] : []),
      ...(sees.length > 0 ? [`sees ${sees.join(", ")}`] : []),
    ];
    expect([role, groups]).toEqual([role, cell.join("; ")]);
  }
});

Deno.test("a producer can write prices, references and what it says of itself, and nothing that gives power", () => {
  const written = aclsOf("producer", { topics: names, groupPrefix: "p." }).filter(({ operation }) =>
    operation === "write"
  );
  expect(written.map(({ name }) => name).sort()).toEqual([
    "stock.conclusion.data",
    "stock.deadletter",
    "stock.hoka.data",
    "stock.reference",
    "stock.status",
  ]);
});
