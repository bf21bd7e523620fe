import { integer } from "./setting.ts";

/** How the consumer writes. */
export const consumerSettings = {
  seriesBatchPoints: integer({
    default: 20_000,
    min: 1,
    max: 100_000,
    description: "Points written to the price series in one go, at most.",
    placeholder: "POINTS",
  }),
  seriesBatchMs: integer({
    default: 250,
    min: 1,
    max: 60_000,
    description: "How long a point waits at most for others to be written with, in ms.",
    placeholder: "MS",
  }),
};
