/** The price store lost with its disk and brought back from last night's backup, by the instance's own scripts. */
import { expect } from "expect";
import { InfluxApi } from "../../src/adapters/influx/influx_api.ts";
import { layOutInflux } from "../../src/adapters/influx/influx_setup.ts";
import { InfluxSeriesStore } from "../../src/adapters/influx/series_store.ts";
import { systemClock } from "../../src/core/clock.ts";
import { tradeOf } from "../contract/series_store.ts";
import { answering, freePort, INFLUXD, influxdProgram, runInfluxd } from "../support/influxd.ts";
import {
  filesOf,
  Instance,
  missingChroot,
  missingTerraform,
  priceStoreUserData,
} from "../support/instance.ts";
import { findProgram, partsFolder, partTest } from "../support/part.ts";

const influx = () => findProgram(`${partsFolder()}/bin/influx`, "influx");

const DRILL = {
  part: "Terraform, a chroot, InfluxDB and its command",
  missing: async () =>
    await missingTerraform() ?? await missingChroot() ?? await INFLUXD.missing() ??
      (await influx() === undefined
        ? "influx is needed on PATH or in the parts folder: scripts/install_parts.sh."
        : undefined),
};

/** S3 is a folder, the secret a file; everything else of the scripts is real. */
const AWS = `case "$call" in
"aws secretsmanager get-secret-value"*) cat /secret;;
"aws secretsmanager put-secret-value"*) cat > /secret;;
"aws s3 cp"*) from="\${@: -2:1}"; to="\${@: -1}"
  from="\${from/s3:\\/\\//\\/s3/}"; to="\${to/s3:\\/\\//\\/s3/}"; mkdir -p "$to"; cp -R "$from"/. "$to";;
esac`;

partTest("a lost price store is made anew and has last night's prices and tokens again", DRILL, async () => {
  const url = `http://127.0.0.1:${freePort()}`;
  await using instance = await Instance.boot(filesOf(await priceStoreUserData()), {
    aws: AWS,
    influx: `exec '${await influx()}' "$@"`,
    // The server's files are elsewhere here.
    du: `printf '%s\\t%s\\n' "$(cat /used)" "\${@: -1}"`,
    dnf:
      'grep -q influxdb /etc/passwd || { echo "influxdb:x:991:991::/:/sbin/nologin" >> /etc/passwd; echo "influxdb:x:991:" >> /etc/group; }',
    ...Object.fromEntries(
      ["systemctl", "mount", "mountpoint", "blkid", "mkfs.xfs", "chown", "sleep"].map((name) => [name, ""]),
    ),
  });
  await instance.write("/secret", '{"password":"a-long-password","token":"the-operators-token"}', 0o600);
  const run = async (...words: string[]) => {
    const { code, text } = await instance.run("/usr/bin/env", `INFLUX_URL=${url}`, ...words);
    expect({ words, code, text: code === 0 ? "" : text }).toEqual({ words, code: 0, text: "" });
    return text;
  };
  const today = new Date().toISOString().slice(0, 10);
  const prices = ["000660", "005930"].map((symbol, index) =>
    `realtime_purchase,STOCKCODE=${symbol} STCK_PRPR=${70_000 + index} ${Date.now() - index * 1_000}`
  );
  let before: string;
  {
    await using _server = await Server.start(url);
    await run("/usr/local/sbin/influxdb-setup");
    await write(url, await token(instance), prices.join("\n"));
    await usedByEach(url, JSON.parse(await instance.read("/secret")));
    await rotated(url, instance, run);
    before = await read(url, await token(instance));
    expect(before).toContain("70001");
    await instance.write("/used", "1", 0o644);
    await run("/usr/local/sbin/influxdb-backup");
    // Its age is what the alarm goes by.
    expect(await instance.read("/data/last-backup")).toBe("");
    await instance.write("/used", "999999999999999", 0o644);
    const full = await instance.run("/usr/bin/env", `INFLUX_URL=${url}`, "/usr/local/sbin/influxdb-backup");
    expect(full).toMatchObject({ code: 1, text: expect.stringContaining("no backup is made") });
  }
  const kept = await instance.read("/secret");
  {
    // Another disk: nothing of the first server is left but what is in S3 and in the secret.
    await using _server = await Server.start(url);
    await run("/usr/local/sbin/influxdb-setup");
    expect(await read(url, await token(instance))).not.toContain("70001");
    const said = await run("/usr/local/sbin/influxdb-restore", today);
    expect(said).toContain(`influxdb-restore: ${today} is back`);
    // Grafana's token, which reads, is the old one again: the secret needs nothing new.
    const { token: operator, reader } = JSON.parse(kept) as { token: string; reader: string };
    expect(await read(url, operator)).toBe(before);
    expect(await read(url, reader)).toBe(before);
    await write(url, operator, `realtime_purchase,STOCKCODE=035720 STCK_PRPR=50000 ${Date.now()}`);
    expect(await read(url, operator)).toContain("50000");
  }
});

const LATE = Date.now() - 3 * 3_600_000;

/** What each token may and may not, against the real server. */
async function usedByEach(url: string, tokens: Readonly<Record<string, string>>): Promise<void> {
  const options = {
    url,
    org: "project",
    bucket: "stock",
    tickDays: 30,
    candleDays: 3650,
    clock: systemClock,
  };
  const apiOf = (user: string) => new InfluxApi({ url, org: "project", token: tokens[user] as string });
  const storeOf = (user: string) => new InfluxSeriesStore({ ...options, token: tokens[user] as string });
  const refused = { code: "influx_unauthorized" };

  // As topics create does before each release.
  await layOutInflux(apiOf("setup"), options);
  await expect(layOutInflux(apiOf("consumer"), options)).rejects.toMatchObject({ code: "influx_not_found" });

  // The consumer writes, and makes the candles of a trade that came late.
  const consumer = storeOf("consumer");
  const late = tradeOf({ symbol: "000270", eventTime: LATE });
  expect(await consumer.write({ trades: [late], quotes: [] })).toEqual([]);
  await consumer.flushCandles();
  const query = { symbol: "000270", from: 0, to: Date.now(), limit: 10 };
  for (const user of ["control", "reader"]) {
    const store = storeOf(user);
    expect(await store.trades(query)).toHaveLength(1);
    expect(await store.candles({ ...query, interval: "1m" })).toHaveLength(1);
    await expect(store.write({ trades: [late], quotes: [] })).rejects.toMatchObject(refused);
    await store.close();
  }
  await consumer.close();

  // Nobody but the operator makes tokens; no role makes buckets, tasks or sees another's bucket.
  const { orgs } = await apiOf("setup").json<{ orgs: { id: string }[] }>("GET", "/api/v2/orgs?org=project");
  const orgID = orgs[0]?.id;
  const all = [{ action: "write", resource: { type: "authorizations" } }];
  const flux = 'option task = {name: "mine", every: 1h}\nfrom(bucket: "stock") |> range(start: -1h)';
  for (const user of ["setup", "consumer", "control", "reader"]) {
    const api = apiOf(user);
    await expect(api.json("POST", "/api/v2/authorizations", { orgID, permissions: all }))
      .rejects.toMatchObject(refused);
    const { authorizations } = await api.json<{ authorizations: unknown[] }>("GET", "/api/v2/authorizations");
    expect(authorizations).toEqual([]);
    if (user === "setup") continue;
    await expect(api.json("POST", "/api/v2/buckets", { orgID, name: "mine", retentionRules: [] }))
      .rejects.toMatchObject(refused);
    await expect(api.json("POST", "/api/v2/tasks", { orgID, flux, status: "active" }))
      .rejects.toThrow("unauthorized");
    await expect(api.rows('from(bucket: "_monitoring") |> range(start: -1h)')).rejects.toThrow();
  }
}

/** New tokens for all; the old ones are good until they are ended. */
async function rotated(
  url: string,
  instance: Instance,
  run: (...words: string[]) => Promise<string>,
): Promise<void> {
  const old = JSON.parse(await instance.read("/secret")) as Record<string, string>;
  const said = await run("/usr/local/sbin/influxdb-rotate");
  const now = JSON.parse(await instance.read("/secret")) as Record<string, string>;
  for (const [user, secret] of Object.entries(old)) {
    if (user === "password") expect(now.password).toBe(secret);
    else expect(now[user]).not.toBe(secret);
  }
  const ids = /^old tokens: (\S+)$/m.exec(said)?.[1] ?? "";
  expect(ids.split(",")).toHaveLength(5);
  await read(url, old.control as string);
  await run("/usr/local/sbin/influxdb-rotate", "end", ids);
  await expect(read(url, old.control as string)).rejects.toThrow();
  await usedByEach(url, now);
}

/** A blank InfluxDB. */
class Server implements AsyncDisposable {
  private constructor(readonly folder: string, readonly process: Deno.ChildProcess) {}

  static async start(url: string): Promise<Server> {
    const folder = await Deno.makeTempDir({ prefix: "tickbell-drill-" });
    const process = runInfluxd(await influxdProgram() as string, folder, Number(new URL(url).port));
    await answering(url, process);
    return new Server(folder, process);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGKILL");
    await this.process.status;
    await Deno.remove(this.folder, { recursive: true });
  }
}

async function token(instance: Instance): Promise<string> {
  return (JSON.parse(await instance.read("/secret")) as { token: string }).token;
}

async function write(url: string, secret: string, lines: string): Promise<void> {
  const answer = await fetch(`${url}/api/v2/write?org=project&bucket=stock&precision=ms`, {
    method: "POST",
    headers: { authorization: `Token ${secret}` },
    body: lines,
  });
  expect({ status: answer.status, text: await answer.text() }).toEqual({ status: 204, text: "" });
}

/** All prices of the bucket, as Flux's table. */
async function read(url: string, secret: string): Promise<string> {
  const answer = await fetch(`${url}/api/v2/query?org=project`, {
    method: "POST",
    headers: { authorization: `Token ${secret}`, "content-type": "application/vnd.flux" },
    body: 'from(bucket: "stock") |> range(start: -1h) |> keep(columns: ["_time", "_value", "STOCKCODE"])',
  });
  const text = await answer.text();
  expect({ status: answer.status, text: answer.ok ? "" : text }).toEqual({ status: 200, text: "" });
  return text;
}
