import type { SourceStatus, Subscription } from "../../ports/tick_source.ts";
import type { ComponentHealth } from "../../telemetry/health.ts";

/** Symbols that readiness names, at most. */
const NAMED_SYMBOLS = 5;

const STATES = {
  connecting: "starting",
  open: "ready",
  waiting: "ready",
  ended: "ready",
  failed: "down",
} as const;

/**
 * A source's part in readiness. Degraded, and still in service, while some of what is wanted does not come: that is not
 * this process's own fault.
 */
export function sourceHealth({ state, detail, refused, subscribed }: SourceStatus): ComponentHealth {
  const silent = (subscribed ?? []).filter((one) => one.silent !== undefined);
  const unseen = (refused ?? []).filter((one) => !one.polled).length;
  const wanting = [
    ...(unseen > 0 ? [`${unseen} wanted symbols are not subscribed`] : []),
    ...(silent.length > 0 ? [`${silent.length} have never spoken: ${named(silent)}`] : []),
  ];
  if (wanting.length === 0 || state !== "open") return { state: STATES[state], detail };
  return { state: "degraded", detail: [detail, ...wanting].join("; ") };
}

/** The first few of some symbols, with the reason of the first. */
function named(silent: readonly Subscription[]): string {
  const symbols = silent.slice(0, NAMED_SYMBOLS).map(({ symbol }) => symbol).join(", ");
  return `${symbols}${silent.length > NAMED_SYMBOLS ? ", …" : ""} (${silent[0]?.silent})`;
}
