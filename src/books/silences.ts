import { decodeSilence, encodeSilence, type Silence } from "../alerts/silences.ts";
import type { EventLog, LogRecord, NewRecord } from "../ports/event_log.ts";
import { OWN_KEYS, ownId, ownKey } from "./own_keys.ts";
import { Projection, type ProjectionReader } from "./projection.ts";

/** The record of a silence, or of its end. */
export function silenceRecord(silence: Silence, at: number, ended = false): NewRecord {
  return {
    topic: "control",
    key: ownKey("silence", silence.id),
    value: ended ? null : encodeSilence(silence),
    timestamp: at,
  };
}

/** What a record says of a silence: it stands, or it ended. */
export interface SilenceNews {
  readonly id: string;
  readonly silence: Silence | null;
}

/** The silences of the control topic, by id. */
export class Silences implements ProjectionReader<SilenceNews> {
  readonly #silences = new Map<string, Silence>();

  get(id: string): Silence | undefined {
    return this.#silences.get(id);
  }

  /** Every silence, ended ones too until they are deleted. */
  all(): readonly Silence[] {
    return [...this.#silences.values()];
  }

  /** Those of a tenant. */
  *of(tenant: string): IterableIterator<Silence> {
    for (const silence of this.#silences.values()) if (silence.tenant === tenant) yield silence;
  }

  /** @throws {InputError} for what is no silence. */
  decode({ key, value }: LogRecord): SilenceNews | undefined {
    const id = ownId("silence", key);
    return id === undefined ? undefined : { id, silence: value && decodeSilence(value) };
  }

  apply({ id, silence }: SilenceNews): void {
    if (silence === null) this.#silences.delete(id);
    else this.#silences.set(id, silence);
  }
}

/**
 * Adds the silences that no control has moved yet: whoever reads them began first after an upgrade. What is known stays.
 *
 * @throws {OutsideError} when the log cannot be read.
 */
export async function loadOldSilences(log: EventLog, silences: Silences): Promise<void> {
  const { prefix, placement } = OWN_KEYS.silence.old;
  const apply = ({ id, silence }: SilenceNews) => {
    if (silences.get(id) === undefined) silences.apply({ id, silence });
  };
  const decode = ({ key, value }: LogRecord) =>
    key.startsWith(prefix)
      ? { id: key.slice(prefix.length), silence: value && decodeSilence(value) }
      : undefined;
  await new Projection({ log, topic: "rules", placement, readers: [{ decode, apply }] }).load();
}
