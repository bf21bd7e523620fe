/** Views that the address names; a symbol's own is `#/005930`. */
const NAMED_VIEWS = ["prices", "rules", "alerts", "mails", "system"] as const;
export type NamedView = typeof NAMED_VIEWS[number];

/** What a view shows, as the address says it: `search=…`, `state=…`. */
export type RouteQuery = Readonly<Record<string, string>>;

/** What the part of the address after # asks for: a symbol, the alert a mail links to, or a view. */
export type PageRoute =
  | { readonly symbol: string; readonly query: RouteQuery }
  | { readonly alertId: string }
  | { readonly view: NamedView; readonly query: RouteQuery };

/** The most characters of an address that are read. */
const MOST = 1_000;

/** Reads `#/005930?interval=5m`, `#/alerts/r1%401795392000000`, `#/rules?state=paused`; else nothing is asked for. */
export function readRoute(hash: string): PageRoute | undefined {
  if (hash.length > MOST) return undefined;
  const [path = "", search = ""] = hash.split("?", 2);
  const query = Object.fromEntries(new URLSearchParams(search));
  const symbol = /^#\/([0-9A-Z]{6}|Q[0-9]{6})$/.exec(path)?.[1];
  if (symbol !== undefined) return { symbol, query };
  const view = NAMED_VIEWS.find((name) => path === `#/${name}`);
  if (view !== undefined) return { view, query };
  const alert = /^#\/alerts\/([^/]{1,300})$/.exec(hash)?.[1];
  if (alert === undefined) return undefined;
  try {
    return { alertId: decodeURIComponent(alert) };
  } catch {
    return undefined;
  }
}

/** The address of a route; what {@link readRoute} reads. */
export function writeRoute(route: PageRoute): string {
  if ("alertId" in route) return `#/alerts/${encodeURIComponent(route.alertId)}`;
  const search = new URLSearchParams(Object.entries(route.query).filter(([, value]) => value !== ""))
    .toString();
  return `#/${"symbol" in route ? route.symbol : route.view}${search === "" ? "" : `?${search}`}`;
}
