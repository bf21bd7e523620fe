import { InputError, messageOf } from "../core/errors.ts";
import { compileEngine } from "../engine/engine.ts";
import { fileFault } from "../files/file_fault.ts";
import { PROGRAM_FOLDER } from "../files/program_folder.ts";
import { readFileText } from "../files/read_file.ts";
import { type ListedSymbol, SymbolDirectory } from "../market/directory.ts";
import { LISTING } from "../market/listing.ts";
import { isSymbol } from "../market/symbol.ts";

/** What a list of symbols is called in messages. */
const SYMBOLS_FILE = { code: "bad_symbols_file", what: "symbols file" };

const ENGINE = new URL("wasm/build/engine.wasm", PROGRAM_FOLDER);

/**
 * The compiled engine.
 *
 * @throws {InputError} code `not_built` when `deno task build` has not been run.
 */
export async function loadEngine(): Promise<WebAssembly.Module> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await Deno.readFile(ENGINE);
  } catch (error) {
    const reason = `the WASM module cannot be read (${messageOf(error)}); build it with: deno task build`;
    throw new InputError("not_built", [{ field: "", code: "not_built", reason }]);
  }
  return await compileEngine(bytes);
}

/**
 * The symbols: the built-in listing, or those of `--symbols-file`.
 *
 * @throws {InputError} code `bad_symbols_file`.
 */
export async function loadListing(file: string | undefined): Promise<readonly ListedSymbol[]> {
  if (file === undefined) return LISTING;
  const refuse = (field: string, reason: string, value?: unknown) =>
    fileFault({ path: file, kind: SYMBOLS_FILE }, { field, reason, value });
  const text = await readFileText({ path: file, kind: SYMBOLS_FILE });
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (error) {
    throw refuse("", `is no JSON: ${messageOf(error)}`);
  }
  if (!Array.isArray(read) || read.length === 0) throw refuse("", "must be a list of at least one symbol");
  return read.map((entry, index) =>
    listed(entry, (field, reason, value) => refuse(`[${index}].${field}`, reason, value))
  );
}

function listed(
  entry: unknown,
  refuse: (field: string, reason: string, value: unknown) => InputError,
): ListedSymbol {
  const { symbol, name, nameEn = name, market = "KOSPI", type = "stock", basePrice = 10_000 } = Object(entry);
  if (!isSymbol(symbol)) throw refuse("symbol", "must be a six-character code", symbol);
  if (typeof name !== "string" || name === "") throw refuse("name", "must be a name", name);
  if (typeof nameEn !== "string") throw refuse("nameEn", "must be a name", nameEn);
  if (!["KOSPI", "KOSDAQ"].includes(market)) throw refuse("market", "must be KOSPI or KOSDAQ", market);
  if (!["stock", "etf", "etn"].includes(type)) throw refuse("type", "must be stock, etf or etn", type);
  if (!Number.isSafeInteger(basePrice) || basePrice <= 0) {
    throw refuse("basePrice", "must be won, above 0", basePrice);
  }
  return { symbol, name, nameEn, market, type, basePrice };
}

/**
 * The directory of a listing. The built-in list has the best-known symbols only, so it says what exists in the simulated
 * market alone; a list of one's own is taken as the whole market.
 */
export function directoryOf(
  listing: readonly ListedSymbol[],
  config: { readonly symbolsFile: string | undefined; readonly source?: string },
): SymbolDirectory {
  return new SymbolDirectory(listing, {
    complete: config.symbolsFile !== undefined || config.source === "simulator",
  });
}
