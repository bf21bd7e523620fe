import type { KafkaCluster } from "../support/kafka_broker.ts";
import type { TestTopics } from "../support/kafka_log.ts";
import type { TcpProxy } from "../support/tcp_proxy.ts";
import type { HookPeer, MailPeer } from "./peers.ts";

/** One process of the run. */
export interface Victim {
  freeze(): void;
  thaw(): void;
  kill(): Promise<void>;
  stop(): Promise<void>;
  /** Starts it again after it was killed or stopped; resolves when it has begun. */
  start(): Promise<void>;
  /** Puts its time of day so far ahead of the machine's; less than 0: behind. */
  clock(aheadMs: number): Promise<void>;
}

/** What faults happen to. */
export interface Rig {
  readonly random: () => number;
  readonly mail: MailPeer;
  readonly hook: HookPeer;
  /** A process of a kind ("stream", "notifier", …; "" any), chosen by chance. */
  victim(kind: string): Victim;
  /** With a broker of its own. */
  readonly kafka?: {
    readonly cluster: KafkaCluster;
    readonly proxies: readonly TcpProxy[];
    readonly made: TestTopics;
    /** Deletes what every group has read of the trades, as retention does. */
    retain(): Promise<void>;
    /** Fills the first broker's file system, or makes room again; undefined where it has none of its own. */
    readonly fill?: (full: boolean) => Promise<void>;
  };
  /** Everything in one process on a data directory. */
  readonly box?: {
    readonly dataDir: string;
    readonly url: string;
    /** Fills the file system of the data directory, or makes room again; undefined where it has none of its own. */
    readonly fill?: (full: boolean) => Promise<void>;
    /** Starts the program as the run does, for a start that is expected to end by itself: its exit code and what it said. */
    start(): Promise<{ readonly code: number; readonly said: string }>;
  };
}

/** A fault: something that happens to a system, and is over when it resolves. */
export interface Fault {
  readonly name: string;
  /** Whether it can happen in such a run; a text: not, and why. */
  readonly fits: (rig: Rig) => boolean | string;
  readonly happen: (rig: Rig) => Promise<void>;
}

/** Ends a fault after so many ms. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** For what every run has. */
export const ANYWHERE = () => true;
/** For what needs a broker. */
export const ON_KAFKA = ({ kafka }: Rig) => kafka !== undefined;
/** For what needs the data directory of all roles. */
export const IN_A_BOX = ({ box }: Rig) => box !== undefined;
