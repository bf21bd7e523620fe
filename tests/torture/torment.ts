import { messageOf } from "../../src/core/errors.ts";
import type { Findings } from "./check.ts";
import { pause, type Rig } from "./fault.ts";
import { planned } from "./faults.ts";

/** How a run goes. */
export interface RunOptions {
  readonly seed: number;
  /** How long the market lasts. */
  readonly seconds: number;
  /** How many rules are there from before the first trade. */
  readonly rules: number;
  /** Trades a second, 2,000 at most. */
  readonly rate: number;
  /** Only these faults; by default all that can happen. */
  readonly only?: readonly string[];
  /** Called with what happens. */
  readonly say: (line: string) => void;
}

/** How often each fault happened; what could not, and why. */
export interface Torment {
  readonly happened: Readonly<Record<string, number>>;
  readonly notRun: Readonly<Record<string, string>>;
}

/** What a run came to. */
export interface Outcome extends Torment {
  readonly findings: Findings;
}

/** Lets one fault after the other happen, each once before any happens again, until so many ms are over. */
export async function torment(rig: Rig, ms: number, { only, say }: RunOptions): Promise<Torment> {
  const until = performance.now() + ms;
  const happened: Record<string, number> = {};
  for (;;) {
    const { faults, not } = planned(rig);
    const wanted = faults.filter(({ name }) => only?.includes(name) ?? true);
    if (wanted.length === 0) throw new Error(`no such faults: ${only}`);
    for (const fault of wanted) {
      if (performance.now() >= until) return { happened, notRun: Object.fromEntries(not) };
      say(`${Math.round((ms - until + performance.now()) / 1000)} s: ${fault.name}`);
      try {
        await fault.happen(rig);
      } catch (cause) {
        throw new Error(`${fault.name}: ${messageOf(cause)}`, { cause });
      }
      happened[fault.name] = (happened[fault.name] ?? 0) + 1;
      await pause(200 + 800 * rig.random());
    }
  }
}
