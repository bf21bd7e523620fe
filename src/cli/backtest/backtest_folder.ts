import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { messageOf, OutsideError } from "../../core/errors.ts";
import type { BacktestShelf, KnownBacktest } from "../../control/backtests/shelf.ts";
import { logger } from "../../telemetry/log.ts";

const log = logger("control");

const pack = promisify(gzip);
const unpack = promisify(gunzip);
const ENDING = ".json.gz";

/** Keeps backtests in files of a folder, one each, which only their owner may read. */
export class BacktestFolder implements BacktestShelf {
  readonly #folder: string;

  /** @param dataDir an absolute path; the folder `backtests` in it is made when something is kept. */
  constructor(dataDir: string) {
    this.#folder = `${dataDir}/backtests`;
  }

  all(): Promise<readonly KnownBacktest[]> {
    return reached(async () => {
      const found: KnownBacktest[] = [];
      try {
        for await (const { name } of Deno.readDir(this.#folder)) {
          if (!name.endsWith(ENDING)) continue;
          const known = await this.#read(name);
          if (known !== undefined) found.push(known);
        }
      } catch (thrown) {
        if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
      }
      return found.sort((one, other) => one.createdAt - other.createdAt);
    });
  }

  put(known: KnownBacktest): Promise<void> {
    return reached(async () => {
      await Deno.mkdir(this.#folder, { recursive: true, mode: 0o700 });
      const path = this.#pathOf(known.id);
      // A stop on the way leaves the file that was there.
      await Deno.writeFile(`${path}.new`, await pack(JSON.stringify(known)), { mode: 0o600 });
      await Deno.rename(`${path}.new`, path);
    });
  }

  remove(id: string): Promise<void> {
    return reached(async () => {
      try {
        await Deno.remove(this.#pathOf(id));
      } catch (thrown) {
        if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
      }
    });
  }

  /** What a file has; one that cannot be read is passed over. */
  async #read(name: string): Promise<KnownBacktest | undefined> {
    try {
      return JSON.parse(String(await unpack(await Deno.readFile(`${this.#folder}/${name}`))));
    } catch (thrown) {
      log.warn("the backtest {name} cannot be read: {error}", { name, error: messageOf(thrown) });
      return undefined;
    }
  }

  #pathOf(id: string): string {
    return `${this.#folder}/${id}${ENDING}`;
  }
}

/** @throws {OutsideError} `backtests_unwritable` in place of what the file system says. */
async function reached<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw new OutsideError("backtests_unwritable", messageOf(thrown), { retryable: true, cause: thrown });
  }
}
