import { type Alert, whenOf } from "../alerts/alert.ts";

/** What a line says of an alert, as the log or the API has it. */
type LineAlert =
  & Pick<Alert, "symbol" | "name" | "price" | "rate" | "ruleId" | "conditions">
  & { readonly direction: string; readonly recipients: readonly string[] };

const WON = new Intl.NumberFormat("ko-KR");
const ARROWS: Readonly<Record<string, string>> = { up: "▲", down: "▼" };

/**
 * An alert as a line of a terminal: `09:47:51  005930 삼성전자 71,950원 ▲ 1.91%  price >= 71950  → kim@example.com  rule r1`.
 *
 * @param time When the trade was, as the command shows times.
 */
export function alertLine(time: string, alert: LineAlert): string {
  const { symbol, name, price, rate, direction, recipients, ruleId } = alert;
  const to = recipients.length === 1 ? recipients[0] : `${recipients.length} recipients`;
  return `${time}  ${symbol} ${name} ${WON.format(price)}원 ${ARROWS[direction] ?? "―"} ` +
    `${Math.abs(rate).toFixed(2)}%  ${whenOf(alert)}  → ${to}  rule ${ruleId}`;
}
