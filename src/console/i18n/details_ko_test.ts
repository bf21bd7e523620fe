import { expect } from "expect";
import { ACTIONS_KO, detailInKorean } from "./details_ko.ts";

Deno.test("what components say is shown in Korean; what is not known as it came", () => {
  expect([
    "evaluating 2 partitions",
    "2 partitions, 0 deliveries open",
    "no difference between the stream and the oracle",
    "nothing compared yet: no trade of a rule that can be judged",
    "3 differences between the stream and the oracle; see the log",
    "simulating 114 symbols at 300 trades/s, seed 5",
    "1,000 rules, 1 alert",
    "halted 거래정지",
    "halted",
    "the broker is away",
    "2 partitions, 1 deliveries open; answers again",
    "a message of it arrived 12 s ago",
    "no message of it has arrived for 240 s",
  ].map(detailInKorean)).toEqual([
    "파티션 2개를 평가하는 중",
    "파티션 2개, 보내는 중인 전달 0건",
    "스트림과 검산 사이에 다른 것이 없습니다",
    "시작한 뒤로 아직 검산한 것이 없습니다: 검산할 수 있는 규칙의 체결이 없었습니다",
    "스트림과 검산이 3건 다릅니다. 로그를 보세요",
    "114종목을 초당 300건으로 흉내 내는 중 (시드 5)",
    "규칙 1,000건, 알림 1건",
    "거래정지",
    "거래정지",
    "the broker is away",
    "파티션 2개, 보내는 중인 전달 1건; 다시 응답합니다",
    "12초 전에 시험 알림이 도착했습니다",
    "240초째 시험 알림이 도착하지 않습니다",
  ]);
});

Deno.test("whatever the audit notes is said in Korean", async () => {
  // Those that are made of a beginning and a word.
  const noted = new Set(["rule.created", "rule.updated", "rule.deleted", "consent.agree", "consent.stop"]);
  const folders = [new URL("../../control/", import.meta.url)];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory) folders.push(new URL(`${name}/`, folder));
      if (isDirectory || !name.endsWith(".ts") || name.endsWith("_test.ts")) continue;
      const source = await Deno.readTextFile(new URL(name, folder));
      for (const [, action = ""] of source.matchAll(/action: "([a-z]+\.[a-z_]+)"/g)) noted.add(action);
    }
  }
  expect(noted.size).toBeGreaterThan(20);
  expect([...noted].filter((action) => ACTIONS_KO[action] === undefined)).toEqual([]);
});
