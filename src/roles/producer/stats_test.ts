import { expect } from "expect";
import { ProducerStats } from "./stats.ts";

Deno.test("a mended gap keeps its cause whole, and only the last attempt behind it", () => {
  const stats = new ProducerStats();
  const reason = "the connection was lost (1006; no close frame); 3 symbols were not heard of";
  stats.gap({ symbol: "005930", at: 7, missedVolume: 10, reason });
  stats.mended(stats.gaps[0], { trades: 1, shortfall: "9 shares are missing; KIS gives no more" });
  expect(stats.gaps[0]?.reason).toBe(
    `${reason}; 1 trade filled from REST; 9 shares are missing; KIS gives no more`,
  );
  stats.mended(stats.gaps[0], { trades: 2, shortfall: "" });
  expect(stats.gaps[0]?.reason).toBe(`${reason}; 2 trades filled from REST`);
});
