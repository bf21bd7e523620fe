import { openKafkaLog } from "../../src/adapters/kafka/event_log.ts";
import type { Random } from "../../src/core/backoff.ts";
import { OutsideError } from "../../src/core/errors.ts";
import type { EventLog, Topic } from "../../src/ports/event_log.ts";
import { TOPICS } from "../../src/ports/topics.ts";
import type { Counters } from "./counters.ts";
import type { Host } from "./host.ts";
import { SimCluster } from "./kafka_cluster.ts";
import type { KafkaModel } from "./kafka_model.ts";

const NAMES = Object.fromEntries(TOPICS.map((topic) => [topic, topic])) as Record<Topic, string>;

/**
 * A process's event log: our Kafka adapter over the modelled brokers. An append may be said to have failed, half of the time
 * although it is done: the port lets a log do that, and another adapter does.
 */
export async function openSimLog(
  given: { host: Host; model: KafkaModel; random: Random; counters: Counters },
): Promise<EventLog> {
  const { host, model, random, counters } = given;
  const log = await openKafkaLog({
    brokers: ["model"],
    topics: NAMES,
    clock: host.clock,
    random,
    cluster: () => new SimCluster(host, model),
  });
  const appending = async <T>(append: () => Promise<T>): Promise<T> => {
    const drawn = host.drawAppend();
    if (drawn === "not done") {
      counters.count("appends that failed");
      throw failed();
    }
    const result = await append();
    if (drawn === "works") return result;
    counters.count("appends that failed though done");
    throw failed();
  };
  return new Proxy(log, {
    get(target, name) {
      if (name === "append") return (records: never) => appending(() => target.append(records));
      if (name === "appendPack") {
        return (place: never, pack: never) => appending(() => target.appendPack(place, pack));
      }
      const value = Reflect.get(target, name) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function failed(): OutsideError {
  return new OutsideError("simulated", "the append failed", { retryable: true });
}
