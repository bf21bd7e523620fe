import type { Registry } from "prom-client";
import { canaryMetrics } from "./canary_metrics.ts";
import { consumerMetrics } from "./consumer_metrics.ts";
import { controlMetrics, lambdaMetrics } from "./control_metrics.ts";
import { logMetrics } from "./log_metrics.ts";
import { notifierMetrics } from "./notifier_metrics.ts";
import { producerMetrics } from "./producer_metrics.ts";
import { createRegistry } from "./registry.ts";
import { selfCheckMetrics } from "./self_check_metrics.ts";
import { streamMetrics } from "./stream_metrics.ts";

/** A registry with the metrics of every role, as `start` has: what dashboards and alert rules may ask for. */
export function allMetrics(): Registry {
  const registry = createRegistry();
  canaryMetrics(registry);
  consumerMetrics(registry);
  controlMetrics(registry);
  lambdaMetrics(registry);
  logMetrics(registry, () => ({ open: 0, appendMs: 0 }));
  notifierMetrics(registry, () => ({ open: {}, lanes: [], partitions: 0, oldestMs: 0 }));
  producerMetrics(registry, () => ({ open: false, subscribed: 0, silent: 0, unsubscribable: 0, polled: 0 }));
  selfCheckMetrics(registry);
  streamMetrics(registry, () => 0);
  return registry;
}
