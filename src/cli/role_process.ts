import type { Registry } from "prom-client";
import { type Clock, systemClock } from "../core/clock.ts";
import { SteadyClock } from "../core/steady_clock.ts";
import { clockHealth } from "../telemetry/clock_health.ts";
import { OutsideError } from "../core/errors.ts";
import type { Settings, Values } from "../config/setting.ts";
import type { telemetrySettings } from "../config/telemetry.ts";
import type { logSettings } from "../config/log.ts";
import type { commonSettings } from "../config/common.ts";
import type { EventLog } from "../ports/event_log.ts";
import type { Topic } from "../ports/topics.ts";
import { Health } from "../telemetry/health.ts";
import { configureLogs, endLogs } from "../telemetry/logs.ts";
import { createRegistry } from "../telemetry/registry.ts";
import { telemetryApp } from "../telemetry/server.ts";
import { HttpListener } from "./http_listener.ts";
import type { CommandContext } from "./command.ts";
import { openLog } from "./open_log.ts";
import { watchLog } from "./watch_log.ts";

/** What the process of any role reads. */
export type RoleConfig = Values<typeof commonSettings & typeof telemetrySettings & typeof logSettings>;

/** What a role is made of, whatever it does. */
export interface RoleParts {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly random: () => number;
  readonly health: Health;
  readonly registry: Registry;
}

/** A role that is ready to run, and what is to be closed after it. */
export interface RunnableRole {
  run(signal: AbortSignal): Promise<void>;
  close?(): Promise<void>;
}

/** How a role's process differs from the others'. */
export interface RoleOptions {
  /** False for the role that serves health and metrics with its own API. */
  readonly serveTelemetry?: boolean;
  /** The topics that it reads side by side, of which a symbol must be on the same partition; all by default. */
  readonly together?: readonly Topic[];
}

/**
 * Runs one role as a process: logs, the event log, /healthz, /readyz and /metrics on the metrics port, a clean end on
 * SIGINT and SIGTERM.
 */
export async function runRole<S extends Settings>(
  role: string,
  context: CommandContext<S> & { readonly config: RoleConfig },
  make: (parts: RoleParts) => Promise<RunnableRole>,
  options: RoleOptions = {},
): Promise<number> {
  const { config, signal } = context;
  await configureLogs({ level: config.logLevel, format: config.logFormat });
  const registry = createRegistry({ role });
  const health = new Health();
  const clock = new SteadyClock(systemClock);
  health.watch("clock", clockHealth(clock));
  const { serveTelemetry: serves = true, together } = options;
  const server = serves
    ? await HttpListener.listen(telemetryApp({ health, registry }).fetch, {
      port: config.metricsPort,
      host: config.metricsHost ?? "127.0.0.1",
      setting: "--metrics-port",
    })
    : undefined;
  let log: EventLog | undefined;
  let runnable: RunnableRole | undefined;
  let watching: Promise<void> | undefined;
  const watched = new AbortController();
  try {
    if (server) context.err(`tickbell ${role}: health and metrics on port ${server.port}`);
    log = await openLog(config, {
      clock,
      random: Math.random,
      stopping: signal,
      ...(together === undefined ? {} : { together }),
    });
    const parts = { log, clock, random: Math.random, health, registry };
    // Control shows what anybody missed.
    watching = watchLog({ ...parts, ...(role === "control" ? {} : { group: role }) }, watched.signal);
    runnable = await make(parts);
    await runnable.run(signal);
    return 0;
  } catch (thrown) {
    // Stopped before the log was ever reached: nothing had begun.
    if (signal.aborted && thrown instanceof OutsideError && thrown.code === "log_closed") return 0;
    throw thrown;
  } finally {
    await runnable?.close?.();
    watched.abort();
    await watching;
    await log?.close();
    await server?.close();
    await endLogs();
  }
}
