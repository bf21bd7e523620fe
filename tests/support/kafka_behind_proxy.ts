import type { BrokerChanges } from "./kafka_broker.ts";
import type { TcpProxy } from "./tcp_proxy.ts";

/** How a single broker differs whose clients reach it through a proxy alone, at the proxy's port. */
export function behindProxy(proxy: TcpProxy): BrokerChanges {
  return {
    format: [],
    properties: (plain) => {
      const [, port] = /PLAINTEXT:\/\/127\.0\.0\.1:(\d+)/.exec(String(plain.listeners)) ?? [];
      proxy.target(Number(port));
      return { "advertised.listeners": `PLAINTEXT://127.0.0.1:${proxy.port}` };
    },
  };
}
