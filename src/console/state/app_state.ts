import type { Locale } from "../../rules/rule.ts";
import { Cell, type Loadable } from "../base/cell.ts";
import type { StreamState } from "../api/stream.ts";
import type { ListAnswer } from "../../control/client/items_of.ts";
import type { ShownAlert, ShownMail, ShownRule, ShownStatus } from "../api/types.ts";
import { preferredLocale } from "../i18n/text.ts";
import type { FeedTone } from "./feed_state.ts";
import { MarketState } from "./market.ts";
import { readLists, type WatchList } from "./watch_lists.ts";
import { type PageRoute, readRoute, type RouteQuery } from "./route.ts";

export const VIEWS = ["prices", "detail", "rules", "alerts", "mails", "system"] as const;
export type View = typeof VIEWS[number];
export type Theme = "light" | "dark";

const LOADING = { state: "loading" } as const;

/** Everything the page shows. Views watch the cells they need; `sync/` fills them. */
export class AppState {
  readonly market = new MarketState();
  /** Whether the listing and the last prices are there. */
  readonly marketReady = new Cell<Loadable<true>>(LOADING);
  readonly stream = new Cell<StreamState>("connecting");
  /** How the feed is: prices of one that is not live look old. */
  readonly feed = new Cell<FeedTone>("connecting");
  /** Rises when trades may have been missed: what views show of the past is fetched again. */
  readonly missed = new Cell(0);
  /** The server's clock less this one's, ms. */
  clockAheadMs = 0;
  /** When the page began to listen, by the server's clock. */
  readonly listensSince = Date.now();
  readonly rules = new Cell<Loadable<ListAnswer<ShownRule>>>(LOADING);
  readonly alerts = new Cell<Loadable<readonly ShownAlert[]>>(LOADING);
  /** Undefined: mail is not kept here. */
  readonly mails = new Cell<Loadable<readonly ShownMail[] | undefined>>(LOADING);
  readonly status = new Cell<Loadable<ShownStatus>>(LOADING);
  /** Alerts that came since the alerts were last examined. */
  readonly unseenAlerts = new Cell(0);
  /** Where the rule in the form would have fired, epoch ms; undefined while there is none. */
  readonly trials = new Cell<{ readonly symbol: string; readonly times: readonly number[] } | undefined>(
    undefined,
  );
  readonly selected: Cell<string | undefined>;
  /** The id of the alert that the address asks for. */
  readonly shownAlert: Cell<string | undefined>;
  readonly view: Cell<View>;
  /** What the view shows, as the address says it. */
  readonly query: Cell<RouteQuery>;
  /** Symbols that the reader watches, in this browser. */
  readonly watched: Cell<ReadonlySet<string>>;
  /** The reader's lists under names of his own, in this browser. */
  readonly lists: Cell<readonly WatchList[]>;
  readonly locale: Cell<Locale>;
  readonly theme: Cell<Theme>;
  readonly locked = new Cell(false);
  /** Whether the key may change anything; what it may not is not offered. */
  readonly mayWrite = new Cell(true);

  /** Epoch ms, by the server's clock. */
  now(): number {
    return Date.now() + this.clockAheadMs;
  }

  constructor(memory: Memory) {
    const route = readRoute(location.hash);
    this.selected = new Cell(route && "symbol" in route ? route.symbol : undefined);
    this.shownAlert = new Cell(route && "alertId" in route ? route.alertId : undefined);
    this.view = new Cell<View>(viewOf(route));
    this.query = new Cell<RouteQuery>(route !== undefined && "query" in route ? route.query : {});
    this.watched = new Cell<ReadonlySet<string>>(
      new Set((memory.get("watched") ?? "").split(",").filter(Boolean)),
    );
    this.lists = new Cell(readLists(memory.get("lists")));
    const locale = memory.get("locale");
    this.locale = new Cell<Locale>(
      locale === "ko" || locale === "en" ? locale : preferredLocale(navigator.languages),
    );
    const theme = memory.get("theme");
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    this.theme = new Cell<Theme>(theme === "light" || theme === "dark" ? theme : dark ? "dark" : "light");
  }
}

/** The view that a route is shown in. */
export function viewOf(route: PageRoute | undefined): View {
  if (route === undefined) return "prices";
  return "symbol" in route ? "detail" : "alertId" in route ? "alerts" : route.view;
}

/** What is kept of the reader's choices; `recipients` are those that the last rule wrote to. */
type Kept =
  | "recipients"
  | "sound"
  | "theme"
  | "locale"
  | "watched"
  | "lists"
  | "lower"
  | "interval"
  | "hollow"
  | "averages";

/** What the browser keeps for the next visit. Without storage (a private window) nothing is kept. */
export class Memory {
  get(name: Kept): string | undefined {
    try {
      return localStorage.getItem(`tickbell.${name}`) ?? undefined;
    } catch {
      return undefined;
    }
  }

  set(name: Kept, value: string): void {
    try {
      localStorage.setItem(`tickbell.${name}`, value);
    } catch {
      // Storage is full or refused: the choice lasts for this visit.
    }
  }
}
