import type { Locale, RuleKind } from "../rules/rule.ts";
import type { Alert } from "./alert.ts";
import { alertFixture } from "./fixture.ts";
import { alertMessage, digestMessage, type Message } from "./message.ts";

/** What a preview shows. */
export interface PreviewOptions {
  readonly kind: RuleKind;
  readonly locale: Locale;
  /** A digest of all kinds instead of one alert. */
  readonly digest?: boolean;
}

const LINKS = {
  console: "https://tickbell.example/#/alerts/samsung-low%401764118000000",
  page: "https://tickbell.example/v1/pages/alert?token=example",
  stop: "https://tickbell.example/v1/unsubscribe?token=example",
};

/** An example alert of a kind. */
export function sampleAlert(kind: RuleKind, locale: Locale): Alert {
  return alertFixture({ locale, ...SAMPLES[kind] });
}

/** An example mail, for examining the templates. */
export function previewMessage({ kind, locale, digest }: PreviewOptions): Message {
  if (!digest) return alertMessage(sampleAlert(kind, locale), LINKS);
  const kinds = Object.keys(SAMPLES) as RuleKind[];
  return digestMessage(kinds.map((each) => sampleAlert(each, locale)), "storm", { console: LINKS.console });
}

const SAMPLES: Readonly<Record<RuleKind, Partial<Alert>>> = {
  target_price: {},
  price_limit: {
    kind: "price_limit",
    comparator: null,
    value: null,
    ruleDirection: "up",
    direction: "up",
    price: 69_500,
    change: 16_000,
    rate: 29.91,
  },
  change_rate: {
    kind: "change_rate",
    comparator: "gte",
    value: "1.9",
    ruleDirection: "either",
    direction: "up",
    price: 54_550,
    change: 1_050,
    rate: 1.96,
    note: "매도 검토",
  },
  condition: {
    kind: "condition",
    comparator: null,
    value: null,
    conditions: [
      { measure: "from_open", comparator: "gte", value: "5", measured: "5.03" },
      { measure: "day_value", comparator: "gte", value: "10000000000", measured: "12340000000" },
    ],
    on: "crossing",
    repeat: "day",
    direction: "up",
    price: 56_400,
    change: 2_900,
    rate: 5.42,
  },
  day_change: {
    kind: "day_change",
    comparator: "gt",
    value: "1000",
    ruleDirection: "down",
    price: 52_400,
    change: -1_100,
    rate: -2.06,
  },
};
