/**
 * A file system of its own, small enough to be filled. On Linux, and for root alone.
 *
 * @module
 */

/** A folder on a file system of its own. */
export interface SmallDisk {
  readonly path: string;
  /** Fills it to the last byte, or makes room again. */
  fill(full: boolean): Promise<void>;
  /** Takes it away. */
  close(): Promise<void>;
}

/** @returns the file system, or undefined where none can be made. */
export async function smallDisk(path: string, megabytes: number): Promise<SmallDisk | undefined> {
  await Deno.mkdir(path, { recursive: true });
  const mounted = await run("mount", "-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", path);
  if (!mounted) return undefined;
  const ballast = `${path}/ballast`;
  return {
    path,
    async fill(full) {
      if (!full) return await Deno.remove(ballast);
      using file = await Deno.open(ballast, { write: true, create: true });
      const piece = new Uint8Array(65_536);
      try {
        for (;;) await file.write(piece);
      } catch (thrown) {
        // It is what was wanted: no space left on device.
        if (!(thrown instanceof Error) || !/space/i.test(thrown.message)) throw thrown;
      }
    },
    async close() {
      await run("umount", path);
    },
  };
}

async function run(command: string, ...args: readonly string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(command, { args: [...args], stderr: "null" }).output()).success;
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    return false;
  }
}
