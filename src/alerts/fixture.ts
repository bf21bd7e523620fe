import { writtenCondition } from "../rules/read_conditions.ts";
import { conditionOf } from "../rules/shorthand.ts";
import { type Alert, alertId, type MeasuredCondition } from "./alert.ts";

/**
 * An example alert: Samsung Electronics under 53,200 won at 09:47:00 on 26 November 2025, Seoul. For previews, tests and
 * benches.
 */
export function alertFixture(over: Partial<Alert> = {}): Alert {
  const eventTime = over.eventTime ?? Date.UTC(2025, 10, 26, 0, 47, 0, 123);
  const windowStart = over.windowStart ?? eventTime - eventTime % 3_600_000;
  const ruleId = over.ruleId ?? "samsung-low";
  return {
    id: alertId({ ruleId, symbol: null, armed: 1, windowStart }),
    ruleId,
    ruleVersion: 1,
    armed: 1,
    tenant: "default",
    kind: "target_price",
    comparator: "lt",
    value: "53200",
    ruleDirection: null,
    conditions: conditionsOfShorthand(over),
    on: "level",
    repeat: null,
    symbol: "005930",
    name: "삼성전자",
    nameEn: "Samsung Electronics",
    direction: "down",
    price: 53100,
    rate: -0.75,
    change: -400,
    volume: 12,
    eventTime,
    windowStart,
    windowEnd: windowStart + 3_600_000,
    recipients: ["kim@example.com"],
    channels: ["mail"],
    locale: "ko",
    note: "",
    ...over,
  };
}

function conditionsOfShorthand(over: Partial<Alert>): readonly MeasuredCondition[] {
  const { kind = "target_price", comparator = "lt", value = "53200", ruleDirection: direction = null } = over;
  return kind === "condition" ? [] : [writtenCondition(conditionOf({ kind, comparator, value, direction }))];
}
