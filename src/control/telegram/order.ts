/** What somebody wants of the bot. `rule` is a number of the list, from 1. */
export type Order =
  | { readonly do: "link"; readonly code: string }
  | { readonly do: "make"; readonly line: string }
  | { readonly do: "pause" | "resume" | "delete"; readonly rule: number }
  | { readonly do: "snooze"; readonly rule: number; readonly ms: number }
  | { readonly do: "list" | "unlink" | "help" };

const UNITS: Readonly<Record<string, number>> = {
  m: 60_000,
  분: 60_000,
  h: 3_600_000,
  시간: 3_600_000,
  d: 86_400_000,
  일: 86_400_000,
};
const HOUR_MS = 3_600_000;
const LONGEST_MS = 30 * 86_400_000;

const NAMES: Readonly<Record<string, "list" | "unlink" | "help" | "pause" | "resume" | "delete" | "snooze">> =
  {
    list: "list",
    목록: "list",
    unlink: "unlink",
    해제: "unlink",
    help: "help",
    도움말: "help",
    pause: "pause",
    정지: "pause",
    resume: "resume",
    켜기: "resume",
    delete: "delete",
    삭제: "delete",
    snooze: "snooze",
    쉬기: "snooze",
  };

/**
 * What a message asks for: `/list`, `/pause 2`, `/snooze 2 30m`, `/start CODE`, or a rule in one line. In groups a command
 * may name the bot (`/list@tickbell_bot`).
 *
 * @returns undefined for what is meant for another bot, or nothing.
 */
export function orderOf(text: string, bot: string | undefined): Order | undefined {
  const line = text.normalize("NFC").trim();
  if (line === "") return undefined;
  const command = /^\/([^\s@]+)(?:@(\S+))?(?:\s+([\s\S]*))?$/.exec(line);
  if (command === null) return { do: "make", line };
  const [, name = "", addressed, rest = ""] = command;
  if (addressed !== undefined && addressed.toLowerCase() !== bot?.toLowerCase()) return undefined;
  const words = rest.split(/\s+/).filter(Boolean);
  if (name === "start") return words[0] === undefined ? { do: "help" } : { do: "link", code: words[0] };
  const wanted = NAMES[name.toLowerCase()] ?? "help";
  if (wanted === "list" || wanted === "unlink" || wanted === "help") return { do: wanted };
  const rule = /^\d{1,6}$/.test(words[0] ?? "") ? Number(words[0]) : 0;
  if (rule === 0) return { do: "help" };
  if (wanted !== "snooze") return { do: wanted, rule };
  const ms = words[1] === undefined ? HOUR_MS : lengthOf(words[1]);
  return ms === undefined ? { do: "help" } : { do: "snooze", rule, ms };
}

/** `30m`, `2h`, `1d`, `30분`, `2시간`, `1일`; a month at most. */
function lengthOf(text: string): number | undefined {
  const match = /^([1-9]\d{0,3})(m|h|d|분|시간|일)$/.exec(text.toLowerCase());
  if (match === null) return undefined;
  return Math.min(LONGEST_MS, Number(match[1]) * UNITS[match[2]!]!);
}
