/** How far an event time may be ahead of its arrival unless it is set otherwise, ms. */
export const DEFAULT_MAX_AHEAD_MS = 120_000;

/** Why an event that is further ahead of its arrival is refused; both times are epoch ms. */
export function aheadReason(eventTime: number, arrival: number): string {
  const [event, arrived] = [new Date(eventTime), new Date(arrival)].map((time) => time.toISOString());
  return `the event time ${event} is too far ahead of its arrival at ${arrived}`;
}
