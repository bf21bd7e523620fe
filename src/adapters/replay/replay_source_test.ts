import { expect } from "expect";
import { VirtualClock } from "../../core/clock.ts";
import type { SourceEvent } from "../../ports/tick_source.ts";
import { ReplaySource } from "./replay_source.ts";

const NOW = Date.parse("2026-11-23T10:00:00+09:00");
const FRAMES = await Deno.readTextFile(new URL("../../../tests/fixtures/kis_frames.txt", import.meta.url));
const TRADE = FRAMES.split("\n")[0] as string;

async function withFile(content: string | Uint8Array, body: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ prefix: "tickbell-replay-" });
  try {
    await Deno.writeFile(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
    await body(path);
  } finally {
    await Deno.remove(path);
  }
}

async function events(path: string, clock = new VirtualClock(NOW)): Promise<SourceEvent[]> {
  const source = new ReplaySource({ path, speed: Infinity, clock });
  const all: SourceEvent[] = [];
  for await (const batch of source.events(new AbortController().signal)) all.push(...batch);
  expect(source.status().state).toBe("ended");
  return all;
}

async function gzip(text: string): Promise<Uint8Array> {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

Deno.test("a file of KIS frames is played frame by frame, heartbeats left out, order books on the day before them", async () => {
  await withFile(FRAMES, async (path) => {
    const seen = await events(path);
    expect(seen.map((event) => event.type)).toEqual(["frame", "frame", "frame"]);
    const times = seen.map((event) => event.type === "frame" ? new Date(event.receivedAt).toISOString() : "");
    expect(times).toEqual([
      "2026-03-10T01:15:12.000Z",
      "2024-06-11T00:40:54.000Z",
      "2024-06-11T00:40:54.000Z",
    ]);
  });
});

Deno.test("a trade with a wrong date arrived with those around it, in the next file too, and nobody waits for it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-replay-" });
  try {
    const [nine, hour] = [Date.parse("2026-03-10T09:00:00+09:00"), 3_600_000];
    const lines = (claims: readonly number[]) => claims.map((at) => `{"eventTime":${at}}\n`).join("");
    await Deno.writeTextFile(
      `${folder}/1`,
      lines([nine, nine + 20 * hour, nine + 1, nine + 2, nine + 3 * hour]),
    );
    await Deno.writeTextFile(`${folder}/2`, lines([nine + 20 * hour, nine, nine + 1]));
    const read = await events(folder);
    const arrived = read.map((event) => event.type === "trade" ? event.receivedAt - nine : undefined);
    expect(arrived).toEqual([0, 1, 1, 2, 3 * hour, 0, 0, 1]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a gzip file with carriage returns and no newline at its end is the same", async () => {
  await withFile(await gzip(FRAMES.trimEnd().replaceAll("\n", "\r\n")), async (path) => {
    const seen = await events(path);
    expect(seen.length).toBe(3);
    expect(seen[0]?.type === "frame" && new TextDecoder().decode(seen[0].bytes)).toBe(TRADE);
  });
});

Deno.test("trades as JSON lines and recorded frames are played as what they are", async () => {
  const json = '{"symbol":"005930","eventTime":1764115200123}';
  await withFile(
    `${json}\n1764115200456 ${TRADE}\n1764115200457 {"header":{"tr_id":"PINGPONG"}}\n`,
    async (path) => {
      const seen = await events(path);
      expect(seen.map((event) => event.type)).toEqual(["trade", "frame"]);
      expect(seen[1]).toMatchObject({ receivedAt: 1764115200456 });
    },
  );
});

Deno.test("a line that is none of the forms is refused with its number and bytes, and the next is played", async () => {
  await withFile(`${TRADE}\nwhat is this\n${TRADE}\n`, async (path) => {
    const seen = await events(path);
    expect(seen.map((event) => event.type)).toEqual(["frame", "refused", "frame"]);
    expect(seen[1]?.type === "refused" && seen[1].reason).toContain("line 2: must be a KIS frame");
  });
});

Deno.test("a broken file is refused with one clear line", async () => {
  await withFile("\n\nPK\u0003\u0004 not a market\n", async (path) => {
    await expect(events(path)).rejects.toThrow(
      `Cannot read replay file ${path}: line 3: must be a KIS frame`,
    );
  });
  await expect(events("/no/such/file")).rejects.toThrow(
    "Cannot read replay file /no/such/file: there is no such file",
  );
});

Deno.test("the pace follows the lines' times, starting anew where they go back", async () => {
  const at = (ms: number) => `{"symbol":"005930","eventTime":${ms}}`;
  await withFile([at(10_000), at(14_000), at(3_000), at(5_000)].join("\n"), async (path) => {
    const clock = new VirtualClock(NOW);
    const source = new ReplaySource({ path, speed: 2, clock });
    const seen: number[] = [];
    const reading = (async () => {
      for await (const batch of source.events(new AbortController().signal)) {
        for (const _ of batch) seen.push(clock.now() - NOW);
      }
    })();
    for (let step = 0; step < 8 && seen.length < 4; step++) {
      // Files are read outside the virtual clock.
      await new Promise((resolve) => setTimeout(resolve, 20));
      await clock.advance(500);
    }
    await reading;
    expect(seen.slice(1)).toEqual([2000, 2000, 3000]);
  });
});

Deno.test("names in CP949 and decomposed Korean reach the trade as the same words", async () => {
  const json = (name: string) => `{"symbol":"005930","name":"${name}","eventTime":1764115200123}\n`;
  const cp949 = [0xbb, 0xef, 0xbc, 0xba, 0xc0, 0xfc, 0xc0, 0xda];
  const utf8 = new TextEncoder();
  const [before, after] = json("@").split("@") as [string, string];
  const bytes = new Uint8Array([
    ...utf8.encode(`\ufeff${json("삼성전자".normalize("NFD"))}`),
    ...utf8.encode(before),
    ...cp949,
    ...utf8.encode(after),
  ]);
  await withFile(bytes, async (path) => {
    const names = (await events(path)).map((event) =>
      event.type === "trade" && JSON.parse(new TextDecoder().decode(event.bytes)).name
    );
    expect(names).toEqual(["삼성전자", "삼성전자"]);
  });
});

Deno.test("of a recording that was cut off what it has is replayed, and that it was cut is reported", async () => {
  const lines = Array.from({ length: 5_000 }, (_, n) => `${1764115200000 + n} ${TRADE}#${Math.random()}\n`);
  const packed = await gzip(lines.join(""));
  await withFile(packed.subarray(0, packed.length - 300), async (path) => {
    const read = await events(path);
    const last = read.at(-1);
    expect(read.length).toBeGreaterThan(3_000);
    expect(last).toMatchObject({ type: "refused", code: "cut_off" });
    expect(last?.type === "refused" && last.reason).toMatch(/after line \d+: is cut off/);
  });
});

Deno.test("an empty file is refused before anything starts", async () => {
  await withFile("", async (path) => {
    const source = new ReplaySource({ path, speed: Infinity, clock: new VirtualClock(NOW) });
    await expect(source.check()).rejects.toThrow(`Cannot read replay file ${path}: is empty`);
  });
});

Deno.test("a replay goes on behind the line that was published last", async () => {
  await withFile(`# begin\n${TRADE}\n${TRADE}\n${TRADE}\n`, async (path) => {
    const source = new ReplaySource({
      path,
      speed: Infinity,
      clock: new VirtualClock(NOW),
      run: "r",
      after: { file: 0, line: 3 },
    });
    const places: unknown[] = [];
    for await (const batch of source.events(new AbortController().signal)) {
      places.push(...batch.map((event) => "place" in event && event.place));
    }
    expect(places).toEqual(["r 0:4"]);
  });
});
