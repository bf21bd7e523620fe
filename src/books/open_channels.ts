import { z } from "zod";
import type { LogRecord, NewRecord } from "../ports/event_log.ts";
import { type ChannelName, CHANNELS } from "../rules/channels.ts";
import { ownId, ownKey } from "./own_keys.ts";
import type { ProjectionReader } from "./projection.ts";
import { readJson } from "./read_json.ts";

/**
 * Which channels the notifier has: it says so when it starts, on the status topic, so that control refuses a recipient
 * that could never be reached when the rule is posted.
 *
 * @module
 */

const NAME = "notifier";
const schema = z.object({ channels: z.array(z.string()), at: z.number() });

/** The record that says which channels there are. */
export function openChannelsRecord(channels: readonly ChannelName[], at: number): NewRecord {
  const value = JSON.stringify({ channels, at });
  return { topic: "status", key: ownKey("channels", NAME), value, timestamp: at };
}

/** Which channels work, as the last notifier that started said; a projection's reader. */
export class OpenChannels implements ProjectionReader<readonly string[]> {
  #open: readonly string[] | undefined;

  /** The channels that no notifier has, and why; none where no notifier has ever said which it has. */
  get idle(): ReadonlyMap<ChannelName, string> {
    const open = this.#open;
    if (open === undefined) return new Map();
    const idle = CHANNELS.filter((channel) => !open.includes(channel));
    return new Map(idle.map((channel) => [channel, "no notifier has it configured"]));
  }

  /** @throws {Error} for what is no such record. */
  decode({ key, value }: LogRecord): readonly string[] | undefined {
    if (ownId("channels", key) !== NAME || value === null) return undefined;
    return readJson(value, schema).channels;
  }

  apply(channels: readonly string[]): void {
    this.#open = channels;
  }
}
