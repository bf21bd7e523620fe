import { expect } from "expect";
import { zipSync } from "fflate";
import { gzipSync } from "node:zlib";
import { InputError } from "../core/errors.ts";
import { readFileText } from "./read_file.ts";
import { readLines } from "./read_lines.ts";
import { filesOf } from "./visible_files.ts";

const KIND = { code: "bad_rule_file", what: "rule file" };
const utf8 = new TextEncoder();

function bytesOf(...parts: (string | Uint8Array)[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...(typeof part === "string" ? utf8.encode(part) : part)]));
}

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-files-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function readTextOf(bytes: Uint8Array): Promise<string> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, bytes);
    return await readFileText({ path, kind: KIND });
  } catch (thrown) {
    if (!(thrown instanceof InputError)) throw thrown;
    return `${thrown.code}/${thrown.issues[0]?.code}: ${thrown.message.replace(path, "FILE")}`;
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("a file is the same plain, as gzip of one and several members, padded with zeros, and as a zip of one file", async () => {
  const [one, two] = ["첫 줄\n".repeat(30_000), "둘째\n"];
  const whole = one + two;
  const named = gzipSync(two);
  named[3] = 8; // FNAME: a name follows the header
  const forms: Record<string, Uint8Array> = {
    plain: bytesOf(whole),
    gzip: gzipSync(whole),
    members: bytesOf(gzipSync(one), gzipSync(two)),
    empty: bytesOf(gzipSync(""), gzipSync(one), gzipSync(""), gzipSync(two)),
    named: bytesOf(gzipSync(one), named.subarray(0, 10), "day.txt\0", named.subarray(10)),
    padded: bytesOf(gzipSync(one), new Uint8Array(512), gzipSync(two), new Uint8Array(70_000)),
    zip: zipSync({
      "day.txt": bytesOf(whole),
      "__MACOSX/._day.txt": bytesOf("x"),
      ".DS_Store": bytesOf("x"),
    }),
  };
  for (const [name, bytes] of Object.entries(forms)) {
    expect([name, (await readTextOf(bytes)) === whole]).toEqual([name, true]);
  }
});

Deno.test("what is wrong with a file is said with its name and what to do", async () => {
  const packed = gzipSync("a rule\n".repeat(10_000));
  const broken = new Uint8Array(packed);
  broken[broken.length - 8]! ^= 1;
  const refused: Record<string, [Uint8Array, string]> = {
    empty: [bytesOf(""), "empty: Cannot read rule file FILE: is empty"],
    blank: [bytesOf("\ufeff \r\n"), "empty: "],
    "empty gzip": [gzipSync(""), "empty: "],
    cut: [packed.subarray(0, packed.length - 5), "cut_off: Cannot read rule file FILE: is cut off"],
    checksum: [broken, "damaged: Cannot read rule file FILE: is damaged: its checksum"],
    garbage: [bytesOf(packed, "and more"), "trailing_bytes: "],
    "two files": [zipSync({ a: bytesOf("a"), b: bytesOf("b") }), "not_one_file: "],
    workbook: [
      zipSync({ "[Content_Types].xml": bytesOf("a") }),
      "workbook: Cannot read rule file FILE: is an Excel",
    ],
    "old workbook": [bytesOf(new Uint8Array([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])), "workbook: "],
    program: [bytesOf(new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 2, 1, 0, 0])), "not_utf8: Cannot read"],
    latin: [bytesOf("caf", new Uint8Array([0xe9]), " du coin"), "not_utf8: "],
  };
  for (const [name, [bytes, fault]] of Object.entries(refused)) {
    expect([name, await readTextOf(bytes)]).toEqual([
      name,
      expect.stringContaining(`bad_rule_file/${fault}`),
    ]);
  }
  const read = (path: string) => readFileText({ path, kind: KIND });
  await inFolder(async (folder) => {
    await expect(read(`${folder}/none`)).rejects.toThrow(`rule file ${folder}/none: there is no such file`);
    await expect(read(folder)).rejects.toThrow("is a folder");
    await Deno.writeTextFile(`${folder}/file`, "x");
    await expect(read(`${folder}/file/x`)).rejects.toThrow("no such file");
  });
});

Deno.test("the lines before the place where a file is cut off are read, then it is reported", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/day.gz`;
    const lines = Array.from({ length: 20_000 }, (_, n) => `${n} ${crypto.randomUUID()}\n`).join("");
    await Deno.writeFile(path, gzipSync(lines).subarray(0, 200_000));
    let read = 0;
    const reading = (async () => {
      for await (const group of readLines({ path, kind: KIND })) read = group.at(-1)!.number;
    })();
    await expect(reading).rejects.toThrow(/day\.gz: after line \d+: is cut off/);
    expect(read).toBeGreaterThan(1_000);
  });
});

Deno.test("UTF-16 lines come as UTF-8, without the mark", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/a.txt`;
    const text = "\ufeff가 1\r\n나 2\r\n";
    const units = new Uint16Array([...text].map((character) => character.charCodeAt(0)));
    await Deno.writeFile(path, new Uint8Array(units.buffer));
    const lines: string[] = [];
    for await (const group of readLines({ path, kind: KIND })) {
      lines.push(...group.map((line) => new TextDecoder().decode(line.bytes)));
    }
    expect(lines).toEqual(["가 1", "나 2"]);
  });
});

Deno.test("a folder's files come by name, rotated ones by number, hidden ones not at all", async () => {
  await inFolder(async (folder) => {
    const hidden = [".DS_Store", "._b.kis.gz", "Thumbs.db", "desktop.ini"];
    for (const name of ["b.10.kis.gz", "b.kis.gz", "b.2.kis.gz", "a.kis", ...hidden]) {
      await Deno.writeTextFile(`${folder}/${name}`, "x");
    }
    await Deno.mkdir(`${folder}/sub`);
    expect(await filesOf(`${folder}/`, KIND)).toEqual(
      ["a.kis", "b.kis.gz", "b.2.kis.gz", "b.10.kis.gz"].map((name) => `${folder}/${name}`),
    );
    await expect(filesOf(`${folder}/sub`, KIND)).rejects.toThrow(`${folder}/sub: there is no file in it`);
    await expect(filesOf(`${folder}/none`, KIND)).rejects.toThrow("there is no such file");
  });
});

Deno.test("a file packed as none that is unpacked here is refused by its name, whole and by lines", async () => {
  const tar = new Uint8Array(512);
  tar.set(utf8.encode("ustar"), 257);
  const packed: Record<string, Uint8Array> = {
    "bzip2 data": bytesOf("BZh91AY&SY", new Uint8Array([0xf0, 0x6f, 0, 0])),
    "xz data": new Uint8Array([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4]),
    "zstd data": new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 4, 0x58]),
    "lz4 data": new Uint8Array([0x04, 0x22, 0x4d, 0x18, 0x64, 0x40, 0xa7]),
    "a 7z archive": new Uint8Array([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 4]),
    "a tar archive": gzipSync(tar),
    "gzip data": gzipSync(gzipSync("{}")),
  };
  await inFolder(async (folder) => {
    for (const [what, bytes] of Object.entries(packed)) {
      expect(await readTextOf(bytes)).toContain(`FILE: is ${what}; unpack it first`);
      const path = `${folder}/file`;
      await Deno.writeFile(path, bytes);
      const read = Array.fromAsync(readLines({ path, kind: { code: "bad_replay", what: "replay file" } }));
      await expect(read).rejects.toThrow(`Cannot read replay file ${path}: is ${what}; unpack it first`);
    }
  });
});
