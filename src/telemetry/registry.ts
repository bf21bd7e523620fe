import { Counter, Gauge, Registry } from "prom-client";
import process from "node:process";
import { MarketCalendar } from "../market/calendar.ts";

/**
 * A registry for one process, with what Prometheus expects of any process: CPU, memory, open files, start time, and how
 * late the event loop runs; and whether KRX trades now, which alert rules ask. prom-client's own default metrics are not used: under Deno several of them read NaN.
 *
 * @param options.role The role's name, a label of `tickbell_build_info`; `start` for all in one.
 */
export function createRegistry(options: { role?: string; version?: string } = {}): Registry {
  const registry = new Registry();
  const started = Date.now() / 1000 - performance.now() / 1000;
  const registers = [registry];
  new Gauge({
    name: "process_start_time_seconds",
    help: "When the process started, in seconds since the epoch.",
    registers,
  }).set(started);
  new Counter({
    name: "process_cpu_seconds_total",
    help: "User and system CPU time, in seconds.",
    registers,
    collect() {
      const used = process.cpuUsage();
      this.reset();
      this.inc((used.user + used.system) / 1e6);
    },
  });
  gaugeOf(registry, "process_resident_memory_bytes", "Resident memory, in bytes.", () => memory().rss);
  gaugeOf(registry, "process_heap_bytes", "JavaScript heap in use, in bytes.", () => memory().heapUsed);
  gaugeOf(
    registry,
    "process_external_memory_bytes",
    "Memory taken for JavaScript outside its heap, in bytes.",
    () => memory().external,
  );
  new Gauge({
    name: "tickbell_event_loop_lag_seconds",
    help: "How late a timer of 0 ms fired when the metrics were read, in seconds.",
    registers,
    async collect() {
      const asked = performance.now();
      await new Promise<void>((resolve) => setTimeout(resolve, 0));
      this.set((performance.now() - asked) / 1000);
    },
  });
  const calendar = new MarketCalendar();
  gaugeOf(
    registry,
    "tickbell_market_open",
    "1 during KRX's continuous trading.",
    () => calendar.phaseAt("KRX", Date.now()).phase === "continuous" ? 1 : 0,
  );
  new Gauge({
    name: "tickbell_build_info",
    help: "1, with what runs as labels.",
    labelNames: ["role", "version"],
    registers,
  }).set({ role: options.role ?? "start", version: options.version ?? "dev" }, 1);
  return registry;
}

function memory(): Deno.MemoryUsage {
  return Deno.memoryUsage();
}

function gaugeOf(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}
