import { FLAG, type MeasureSpec } from "./measure.ts";

/** 1 while trading in the symbol is halted. */
export const halted = {
  params: [],
  ...FLAG,
  need: "status",
  value: ({ status }) => status.halted ? 1 : 0,
  aliases: ["거래정지"],
  words: {
    ko: {
      name: "거래정지",
      help: "거래정지 중이면 1",
      states: {
        "1": { is: "거래정지 중", becomes: "거래정지" },
        "0": { is: "거래정지 아님", becomes: "거래 재개" },
      },
    },
    en: {
      name: "halt",
      help: "1 while trading is halted",
      states: {
        "1": { is: "trading is halted", becomes: "trading is halted" },
        "0": { is: "trading is not halted", becomes: "trading resumes" },
      },
    },
  },
  example: "halted >= 1",
} as const satisfies MeasureSpec;
