import type { MarketSession } from "../../market/market_session.ts";
import type { Repeat } from "../repeat.ts";

/** How often and in which sessions, as a line says it. */
export interface LinePolicy {
  readonly repeat?: Repeat;
  readonly sessions?: readonly MarketSession[];
}

const PER = "\\s*(?:마다|에\\s*(?:한|1)\\s*번(?:만|씩)?|\\s*간격(?:으로)?)";

/** Phrases about the policy. The first that matches of each says it. */
export const POLICIES: readonly { readonly pattern: RegExp; readonly says: LinePolicy }[] = [
  {
    pattern:
      /하루(?:에)?\s*(?:딱\s*)?(?:한|1)\s*(?:번|회)(?:만|씩)?|1일\s*1회|매일\s*(?:한|1)\s*번|매일|once (?:a|per) day|daily/,
    says: { repeat: "day" },
  },
  {
    pattern: new RegExp(`(?:한|1)\\s*시간${PER}|매시간|hourly|once an hour|every hour`),
    says: { repeat: "1h" },
  },
  { pattern: new RegExp(`(?:두|2)\\s*시간${PER}|every (?:two|2) hours`), says: { repeat: "2h" } },
  { pattern: new RegExp(`(?:네|4)\\s*시간${PER}|every (?:four|4) hours`), says: { repeat: "4h" } },
  {
    pattern: new RegExp(`30\\s*분${PER}|반\\s*시간${PER}|every (?:30 minutes|half hour)`),
    says: { repeat: "30m" },
  },
  { pattern: new RegExp(`10\\s*분${PER}|every (?:10|ten) minutes`), says: { repeat: "10m" } },
  { pattern: new RegExp(`5\\s*분${PER}|every (?:5|five) minutes`), says: { repeat: "5m" } },
  { pattern: new RegExp(`1\\s*분${PER}|매분|every minute`), says: { repeat: "1m" } },
  {
    pattern: /(?:딱\s*)?(?:한|1)\s*번만|딱\s*(?:한|1)\s*번|(?:한|1)\s*번(?!에)|1회만?|(?:only |just )?once/,
    says: { repeat: "once" },
  },
  { pattern: /프리\s*마켓(?:에서|에)?만?|장\s*전(?:에)?|pre-?market/, says: { sessions: ["pre"] } },
  {
    pattern: /애프터\s*마켓(?:에서|에)?만?|장\s*후(?:에)?|after-?(?:market|hours)/,
    says: { sessions: ["after"] },
  },
  { pattern: /시간외\s*종가(?:에서|에)?만?/, says: { sessions: ["closing"] } },
  {
    pattern: /정규\s*장(?:에서|에|중)?만?|장\s*중(?:에)?만?|regular (?:session|hours)(?: only)?/,
    says: { sessions: ["regular"] },
  },
];
