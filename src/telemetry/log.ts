import { getLogger, type Logger } from "@logtape/logtape";

/** The logger of a part of the product, e.g. `logger("stream")`. Alert ids stand in `alertId`, symbols in `symbol`. */
export function logger(part: string): Logger {
  return getLogger(["tickbell", part]);
}
