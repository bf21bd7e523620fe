const CLOCK = new Intl.DateTimeFormat("sv-SE", {
  timeZone: "Asia/Seoul",
  dateStyle: "short",
  timeStyle: "medium",
});

/** A time as people read it: in Seoul, `2026-11-23 09:47:51`. What is no time is answered as it is. */
export function seoul(at: string | number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? String(at) : CLOCK.format(date);
}

/** Today's, without the day: `09:47:51`. */
export function seoulClock(at: number): string {
  return seoul(at).slice(11);
}

/** `3 s ago`, `12 min ago`, `5 h ago`, `3 d ago`. */
export function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s ago`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min ago`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h ago` : `${Math.round(seconds / 86_400)} d ago`;
}
