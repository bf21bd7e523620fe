import { unzipSync } from "fflate";
import { InputError, messageOf, OutsideError } from "../../../core/errors.ts";
import { type MasterFile, readMasterFile } from "../../../market/kis/master_file.ts";

/** KIS's own place, after koreainvestment/open-trading-api, stocks_info. */
export const MASTER_URL = "https://new.real.download.dws.co.kr/common/master";
/** The files of KOSPI and KOSDAQ. */
const NAMES = ["kospi_code.mst.zip", "kosdaq_code.mst.zip"];
/** A zipped master file has some 300 kB; one of this size is something else. */
const MAX_BYTES = 32 * 1024 * 1024;
const TIMEOUT_MS = 60_000;

/** Where KIS's master files are downloaded from; no key is needed. */
export class MasterSite {
  readonly #url: string;
  readonly #fetch: typeof fetch;

  constructor(options: { readonly url: string; readonly fetch: typeof fetch }) {
    this.#url = options.url;
    this.#fetch = options.fetch;
  }

  /**
   * The master files of today.
   *
   * @throws {OutsideError} `kis_master_unreachable`, retryable.
   * @throws {InputError} `bad_master_file`.
   */
  async download(signal: AbortSignal): Promise<readonly MasterFile[]> {
    const files: MasterFile[] = [];
    for (const name of NAMES) files.push(...mastersIn(await this.#get(name, signal), name));
    return files;
  }

  async #get(name: string, signal: AbortSignal): Promise<Uint8Array> {
    const url = `${this.#url}/${name}`;
    try {
      const response = await this.#fetch(url, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      return new Uint8Array(await response.arrayBuffer());
    } catch (error) {
      const message = `Cannot download ${url}: ${messageOf(error)}`;
      throw new OutsideError("kis_master_unreachable", message, { retryable: true, cause: error });
    }
  }
}

/**
 * The master files in some bytes: of one file as it is, or of every `.mst` in a zip.
 *
 * @throws {InputError} `bad_master_file`, with the file's name.
 */
export function mastersIn(bytes: Uint8Array, name: string): readonly MasterFile[] {
  if (bytes.length > MAX_BYTES) throw refuse(name, `must be at most ${MAX_BYTES} bytes`);
  const zipped = bytes[0] === 0x50 && bytes[1] === 0x4b;
  const files = zipped ? unzipped(bytes, name) : [{ name, bytes }];
  if (files.length === 0) throw refuse(name, "has no .mst file");
  return files.map((file) => {
    try {
      return readMasterFile(file.bytes);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw new InputError("bad_master_file", error.issues, file.name);
    }
  });
}

function unzipped(bytes: Uint8Array, name: string): { name: string; bytes: Uint8Array }[] {
  try {
    const found = unzipSync(bytes, {
      filter: (file) => file.name.toLowerCase().endsWith(".mst") && file.originalSize <= MAX_BYTES,
    });
    return Object.entries(found).map(([inside, content]) => ({ name: `${name}/${inside}`, bytes: content }));
  } catch (error) {
    throw refuse(name, `cannot be unzipped: ${messageOf(error)}`);
  }
}

function refuse(name: string, reason: string): InputError {
  return new InputError("bad_master_file", [{ field: name, code: "bad_master_file", reason }]);
}
