import { systemClock } from "../core/clock.ts";
import { SteadyClock } from "../core/steady_clock.ts";
import type { ListedSymbol } from "../market/directory.ts";
import { configureLogs, endLogs } from "../telemetry/logs.ts";
import { carryOut, importRules, planRules } from "./apply/apply_rules.ts";
import { planLines, planSummary } from "./apply/plan_report.ts";
import { setNameOf } from "./apply/wanted_rules.ts";
import { ControlClient } from "../control/client/client.ts";
import type { StartContext } from "./start_settings.ts";
import { BacktestFolder } from "./backtest/backtest_folder.ts";
import { sparedCores, WorkerRunner } from "./backtest/worker_runner.ts";
import { controlDeps } from "./control_deps.ts";
import { embeddedApiKey, embeddedLinkSecret, embeddedPushKeys, prepareDataDir } from "./data_dir.ts";
import { Embedded, onceAborted } from "./embedded.ts";
import { openEmbeddedLog } from "./open_embedded_log.ts";
import { notifierOptions, openChannels } from "./open_channels.ts";
import { openMail } from "./open_mail.ts";
import { openSeries } from "./open_series.ts";
import { nxtFlags, openRestParts } from "./open_rest_parts.ts";
import { boxRetention, openUpstream } from "./open_upstream.ts";
import { lagOf } from "../books/lag.ts";
import { DayByDay } from "./day_by_day.ts";
import { openSource, symbolsOf } from "./open_source.ts";
import type { Copyable } from "../ports/copyable.ts";
import type { SeriesStore } from "../ports/series_store.ts";
import { backupName, makeBackup } from "./backup_folder.ts";
import { hostOf, reachOf } from "./reach.ts";
import { idleChannels, requireReach } from "./require_reach.ts";
import { type ReplayPlace, replayPlace } from "./replay_place.ts";
import { replayReport } from "./replay_report.ts";
import { serveApi } from "./serve_api.ts";
import { startReport } from "./start_report.ts";
import { alertLine } from "./alert_line.ts";
import { seoulClock } from "./seoul.ts";
import { directoryOf, loadEngine, loadListing } from "./wiring.ts";

/**
 * Runs everything until the signal is aborted, or a replay is done.
 *
 * @returns the exit code.
 */
export async function start(context: StartContext): Promise<number> {
  const { config, signal } = context;
  await configureLogs({ level: config.logLevel, format: config.logFormat });
  requireReach(reachOf(config), config.host);
  const dataDir = await prepareDataDir(config.dataDir);
  const listing = await loadListing(config.symbolsFile);
  const apiKey = config.apiKey ?? await embeddedApiKey(dataDir);
  const replay = await ownReplay(dataDir, config);
  let embedded: Embedded | undefined;
  const served = await serveApi(
    (request, from) => embedded?.control.app.fetch(request, from) ?? starting(),
    config,
  );
  try {
    embedded = await assemble(context, { dataDir, apiKey, url: served.url, listing, replay });
    await embedded.startBehindFeed();
    await loadRules({ context, embedded, apiKey, url: served.url, replay });
    await report(context, { embedded, url: served.url, apiKey, dataDir, listing });
    const feed = embedded.startFeed();
    await Promise.race([
      config.exitWhenDone ? done(embedded, feed, signal) : onceAborted(signal),
      embedded.failed,
    ]);
    if (config.exitWhenDone && !signal.aborted) {
      for (const line of replayReport(embedded, replay?.resumed ?? false)) context.out(line);
    }
    return 0;
  } finally {
    const late = await embedded?.stop() ?? [];
    await served.close();
    for (const role of late) {
      context.err(`${role} did not stop within 10 s and was left; nothing acknowledged is lost`);
    }
    await endLogs();
  }
}

/** What is answered before the roles are there. */
function starting(): Response {
  return new Response("starting\n", { status: 503, headers: { "retry-after": "1" } });
}

/** Opens the parts and makes the roles. */
async function assemble(
  context: StartContext,
  place: {
    dataDir: string;
    apiKey: string;
    url: string;
    listing: readonly ListedSymbol[];
    replay: ReplayPlace | undefined;
  },
): Promise<Embedded> {
  const { dataDir, apiKey, listing, replay } = place;
  const clock = new SteadyClock(systemClock);
  // The links in the mails lead to this process, signed with what it alone knows.
  const { consoleUrl = place.url, linkSecret = await embeddedLinkSecret(dataDir) } = context.config;
  const pushKeys = context.config.pushKeys ??
    (context.config.webPush ? await embeddedPushKeys(dataDir) : undefined);
  const pushPublicKey = pushKeys?.split(",")[0];
  const config = { ...context.config, dataDir, consoleUrl, linkSecret, pushKeys, pushPublicKey };
  const log = await openEmbeddedLog(replay?.folder ?? dataDir, { clock, retention: boxRetention(config) });
  // What a replay gives stays here.
  const upstream = replay === undefined
    ? await openUpstream(config, { clock, random: Math.random })
    : undefined;
  const series = replay === undefined ? config : { ...config, dataDir: replay.folder, influxUrl: undefined };
  const engine = await loadEngine();
  const rest = await openRestParts(config, { log, clock, random: Math.random });
  const isOnNxt = nxtFlags(rest);
  const prices = openSeries(series, { clock });
  const source = await openSource(config, { log, clock, random: Math.random, listing, isOnNxt });
  const evaluated = async (signal: AbortSignal) => {
    while (!signal.aborted && await lagOf(log, "stream", "trades") > 0) await clock.sleep(20, signal);
  };
  return new Embedded({
    clock,
    log,
    series: prices,
    channels: await openChannels(config, openMail),
    source: config.source === "replay" ? new DayByDay(source, evaluated) : source,
    symbols: await symbolsOf(config),
    rest,
    directory: directoryOf(listing, config),
    engine,
    apiKey,
    control: {
      ...controlDeps(config, { clock, engine }),
      idleChannels: idleChannels(config),
      backtestShelf: new BacktestFolder(replay?.folder ?? dataDir),
      backtests: new WorkerRunner({ module: engine, series, threads: sparedCores() }),
      ...(replay === undefined ? { backup: () => backUp(dataDir, log, prices) } : {}),
    },
    outbox: config.mail === "outbox" ? `${dataDir}/outbox` : undefined,
    notifier: { ...notifierOptions(config), mailer: "box" },
    stream: upstream === undefined ? timesOf(config) : { ...timesOf(config), mailer: config.mailer },
    ...(upstream === undefined ? {} : { upstream }),
    consumer: { batchPoints: config.seriesBatchPoints, batchMs: config.seriesBatchMs },
    onAlert: (alert) => context.out(alertLine(seoulClock(alert.eventTime), alert)),
  });
}

function timesOf({ windowMs, graceMs, maxAheadMs, commitMs }: StartContext["config"]) {
  return { windowMs, graceMs, maxAheadMs, commitMs };
}

/** Copies the data directory's log and prices while they are used. */
async function backUp(dataDir: string, log: Copyable, prices: SeriesStore | (SeriesStore & Copyable)) {
  const now = systemClock.now();
  const folder = `${dataDir}/backups/${backupName(now)}`;
  const series = "copyTo" in prices ? prices : undefined;
  const { at, files } = await makeBackup(folder, { dataDir, log, series, now });
  return { folder, at, files: [...files] };
}

/** A replay's own place, where there is one. */
async function ownReplay(
  dataDir: string,
  { source, file, replayInto, ...config }: StartContext["config"],
): Promise<ReplayPlace | undefined> {
  if (source !== "replay" || replayInto === "live" || file === undefined) return undefined;
  return await replayPlace(dataDir, { ...config, file });
}

/** Brings the rules to what the file says, and reports what differed; without a file a replay gets those of the feed. */
async function loadRules({ context, embedded, apiKey, url, replay }: {
  context: StartContext;
  embedded: Embedded;
  apiKey: string;
  url: string;
  replay: ReplayPlace | undefined;
}): Promise<void> {
  const fetch = async (request: Request) => await embedded.control.app.fetch(request);
  const api = new ControlClient({ url, key: apiKey, fetch });
  const { rules: path } = context.config;
  if (path === undefined) {
    return await importRules(api, replay?.rules ?? [], { mode: "replace" }).then(() => {});
  }
  const plan = await planRules(api, { path, set: setNameOf(path), prune: true });
  for (const warning of plan.warnings) context.err(`tickbell: note: ${warning}`);
  await carryOut(api, plan);
  if (plan.changes.length === 0) return;
  context.out(`${planSummary(plan, true)}.`);
  for (const line of planLines(plan, { limit: 20, made: false })) context.out(line);
}

async function report(
  context: StartContext,
  facts: {
    embedded: Embedded;
    url: string;
    apiKey: string;
    dataDir: string;
    listing: readonly ListedSymbol[];
  },
): Promise<void> {
  const { url, apiKey, dataDir, listing } = facts;
  const response = await facts.embedded.control.app.request("/v1/status", {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  const { rules } = await response.json();
  const report = startReport({
    url,
    apiKey,
    code: facts.embedded.control.signInCode(),
    apiKeyFile: context.config.apiKey === undefined ? `${context.config.dataDir}/api-key` : undefined,
    mail: mailWords(context.config, dataDir),
    terminal: context.terminal,
    feed: facts.embedded.producer.sourceStatus().detail,
    rules,
    example: context.config.source === "replay"
      ? undefined
      : listing.find((listed) => listed.symbol === "005930") ?? listing[0],
  });
  for (const line of report) context.out(line);
}

/** Where mails go. */
function mailWords({ mail, mailFrom, sesRegion, smtpUrl }: StartContext["config"], dataDir: string): string {
  if (mail === "ses") return `by SES in ${sesRegion}, from ${mailFrom}`;
  if (mail === "smtp") return `by ${hostOf(smtpUrl ?? "")}, from ${mailFrom}`;
  return `${dataDir}/outbox   (one .eml file a mail, nothing is sent; see --mail)`;
}

async function done(embedded: Embedded, feed: Promise<void>, signal: AbortSignal): Promise<void> {
  await Promise.race([feed, onceAborted(signal)]);
  await Promise.race([embedded.drained(signal), embedded.failed]);
}
