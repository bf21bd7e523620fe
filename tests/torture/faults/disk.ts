/** Data directories that are full or damaged; listeners without descriptors. */
import { assert } from "../../../src/core/errors.ts";
import { type Fault, IN_A_BOX, pause } from "../fault.ts";

export const DISK_FAULTS: readonly Fault[] = [
  {
    name: "the data directory's disk is full for 5 s",
    fits: ({ box }) =>
      box !== undefined &&
      (box.fill !== undefined || "a file system that can be filled needs Linux and root"),
    async happen({ box }) {
      await box!.fill!(true);
      await pause(5_000);
      await box!.fill!(false);
    },
  },
  ...([
    ["cut", (bytes: Uint8Array<ArrayBuffer>) => bytes.subarray(0, bytes.length >> 1)],
    ["empty", () => new Uint8Array(0)],
    ["a foreign file", () => new TextEncoder().encode("no database at all\n".repeat(500))],
  ] as const).map(([how, damage]): Fault => ({
    name: `events.db is ${how}: the start refuses and says so`,
    fits: IN_A_BOX,
    async happen(rig) {
      const box = rig.box!;
      const victim = rig.victim("");
      await victim.stop();
      const path = `${box.dataDir}/replay/events.db`;
      const sound = await Deno.readFile(path);
      await Deno.writeFile(path, damage(sound));
      const { code, said } = await box.start();
      await Deno.writeFile(path, sound);
      assert(code !== 0 && said.includes("events.db"), `a start on a damaged file said ${code}: ${said}`);
      await victim.start();
    },
  })),
  {
    name: "the listener is flooded with connections that say nothing, for 4 s",
    fits: IN_A_BOX,
    async happen({ box }) {
      const { hostname, port } = new URL(box!.url);
      const open: Deno.Conn[] = [];
      for (let each = 0; each < 600; each++) {
        const connection = await Deno.connect({ hostname, port: Number(port) }).catch(() => undefined);
        if (connection === undefined) break;
        open.push(connection);
      }
      await pause(4_000);
      for (const connection of open) connection.close();
    },
  },
];
