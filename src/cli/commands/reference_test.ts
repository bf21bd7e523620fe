import { expect } from "expect";
import { zipSync } from "fflate";
import { FakeKis } from "../../../tests/support/fake_kis.ts";
import { masterFile } from "../../../tests/support/master_file.ts";
import { ruleOf } from "../../../tests/support/rules.ts";
import { ReferenceBook } from "../../books/reference_book.ts";
import { loadConfig } from "../../config/load.ts";
import { systemClock } from "../../core/clock.ts";
import { encodeRule } from "../../rules/codec.ts";
import { openEmbeddedLog } from "../open_embedded_log.ts";
import { referenceUpdateCommand } from "./reference.ts";

const KOSPI = masterFile("KOSPI", [
  { code: "005930", name: "삼성전자", basePrice: 71_900 },
  { code: "F70100026", name: "대신 KOSPI200인덱스", group: "BC" },
]);
const KOSDAQ = masterFile("KOSDAQ", [{ code: "247540", name: "에코프로비엠" }]);

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function update(folder: string, flags: Record<string, string>) {
  const lines: string[] = [];
  const { settings } = referenceUpdateCommand;
  const config = loadConfig(settings, { flags: { dataDir: folder, ...flags }, env: {} });
  const code = await referenceUpdateCommand.run({
    config,
    args: [],
    out: (line) => lines.push(line),
    err: (line) => lines.push(line),
    signal: AbortSignal.timeout(20_000),
    terminal: false,
  });
  return { code, lines };
}

async function known(folder: string): Promise<ReferenceBook> {
  const log = await openEmbeddedLog(folder);
  try {
    const book = new ReferenceBook(log);
    await book.load();
    return book;
  } finally {
    await log.close();
  }
}

Deno.test("master files of one's own are read, zipped or not, without any key", async () => {
  await withFolder(async (folder) => {
    await Deno.writeFile(`${folder}/kospi_code.mst`, KOSPI);
    await Deno.writeFile(
      `${folder}/all.zip`,
      zipSync({ "kosdaq_code.mst": KOSDAQ, "readme.txt": new Uint8Array(3) }),
    );
    const { code, lines } = await update(folder, { from: `${folder}/kospi_code.mst,${folder}/all.zip` });
    expect(code).toBe(0);
    expect(lines[0]).toBe("KOSPI: 1 symbols; 1 securities whose code no rule can name");
    expect(lines.join("\n")).toMatch(/written: 2 symbols of \d{8}; 0 are listed no more/);
    const book = await known(folder);
    expect(book.get("005930")).toMatchObject({ name: "삼성전자", basePrice: 71_900, nxt: null });
    expect(book.get("247540")?.market).toBe("KOSDAQ");
  });
});

Deno.test("with keys what rules name is asked for too", async () => {
  await withFolder(async (folder) => {
    const fake = new FakeKis({ apps: { "test-app-key": "test-app-secret" } });
    try {
      fake.rest.master("kospi_code.mst.zip", new Uint8Array(zipSync({ "kospi_code.mst": KOSPI })));
      fake.rest.master("kosdaq_code.mst.zip", new Uint8Array(zipSync({ "kosdaq_code.mst": KOSDAQ })));
      fake.rest.know("005930", { name: "삼성전자", nameEn: "SamsungElec", nxt: true, upperLimit: 93_400 });
      const log = await openEmbeddedLog(folder);
      for (const [id, symbol] of [["one", "005930"], ["two", "999999"]] as const) {
        const rule = ruleOf({ id, symbol, value: "70000" });
        await log.append([{
          topic: "rules",
          key: id,
          placement: symbol,
          value: encodeRule(rule),
          timestamp: systemClock.now(),
        }]);
      }
      await log.close();
      const { code, lines } = await update(folder, {
        kisAppKeys: "test-app-key",
        kisAppSecrets: "test-app-secret",
        kisRestUrl: fake.restUrl,
      });
      expect(lines.slice(-2)).toEqual([
        "999999: KIS does not know it",
        "details: 1 of 2 symbols that rules name",
      ]);
      expect(code).toBe(1);
      expect((await known(folder)).get("005930")).toMatchObject({ nxt: true, upperLimit: 93_400 });
    } finally {
      await fake.close();
    }
  });
});

Deno.test("a file that is no master file is refused with its name and what is wrong", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/wrong.mst`, "005930,삼성전자\n");
    await expect(update(folder, { from: `${folder}/wrong.mst` })).rejects.toThrow(
      /wrong.mst: line 1: \d+ bytes/,
    );
    await expect(update(folder, { from: `${folder}/missing.mst` })).rejects.toThrow("cannot be read");
  });
});
