import { FLAG, type MeasureSpec } from "./measure.ts";

/** 1 while a volatility interruption is on. */
export const vi = {
  params: [],
  ...FLAG,
  need: "status",
  value: ({ status }) => status.vi ? 1 : 0,
  aliases: ["변동성완화장치", "VI"],
  words: {
    ko: {
      name: "VI",
      help: "변동성완화장치 발동 중이면 1",
      states: {
        "1": { is: "VI 발동 중", becomes: "VI 발동" },
        "0": { is: "VI 발동 중 아님", becomes: "VI 해제" },
      },
    },
    en: {
      name: "VI",
      help: "1 while a volatility interruption is on",
      states: {
        "1": { is: "a volatility interruption is on", becomes: "a volatility interruption begins" },
        "0": { is: "no volatility interruption is on", becomes: "a volatility interruption ends" },
      },
    },
  },
  example: "vi >= 1",
} as const satisfies MeasureSpec;
