/** What the part of the address after # asks for: a symbol, or the alert a mail links to. */
export type Route = { readonly symbol: string } | { readonly alertId: string };

/** Reads `#/005930` and `#/alerts/r1%401795392000000`; anything else asks for nothing. */
export function readRoute(hash: string): Route | undefined {
  const symbol = /^#\/([0-9A-Z]{6}|Q[0-9]{6})$/.exec(hash)?.[1];
  if (symbol !== undefined) return { symbol };
  const alert = /^#\/alerts\/([^/]{1,300})$/.exec(hash)?.[1];
  if (alert === undefined) return undefined;
  try {
    return { alertId: decodeURIComponent(alert) };
  } catch {
    return undefined;
  }
}
