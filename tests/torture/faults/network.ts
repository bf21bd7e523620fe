/** What networks do between roles and brokers. */
import { type Fault, ON_KAFKA, pause, type Rig } from "../fault.ts";
import type { TcpProxy } from "../../support/tcp_proxy.ts";

async function each(rig: Rig, work: (proxy: TcpProxy) => Promise<void> | void): Promise<void> {
  await Promise.all(rig.kafka!.proxies.map(work));
}

export const NETWORK_FAULTS: readonly Fault[] = [
  {
    name: "network cut for 3 s",
    fits: ON_KAFKA,
    async happen(rig) {
      await each(rig, (proxy) => proxy.refuse(true));
      await pause(3_000);
      await each(rig, (proxy) => proxy.refuse(false));
    },
  },
  {
    name: "network slow: 300 ms each way for 4 s",
    fits: ON_KAFKA,
    async happen(rig) {
      await each(rig, (proxy) => proxy.delay(300));
      await pause(4_000);
      await each(rig, (proxy) => proxy.delay(0));
    },
  },
  {
    name: "connections reset in the middle of answers",
    fits: ON_KAFKA,
    async happen(rig) {
      const cut = each(rig, (proxy) => proxy.cutMidAnswer({ bytes: 200, times: 3 }));
      await Promise.race([cut, pause(4_000)]);
    },
  },
  {
    name: "answers lost for 5 s, then cut",
    fits: ON_KAFKA,
    async happen(rig) {
      await each(rig, (proxy) => proxy.swallowAnswers(true));
      await pause(5_000);
      await each(rig, (proxy) => proxy.cut());
      await each(rig, (proxy) => proxy.swallowAnswers(false));
    },
  },
  {
    name: "half-open connections: nothing arrives and nothing ends, for 12 s",
    fits: ON_KAFKA,
    async happen(rig) {
      await each(rig, (proxy) => proxy.hold());
      await pause(12_000);
      await each(rig, (proxy) => proxy.cut());
    },
  },
];
