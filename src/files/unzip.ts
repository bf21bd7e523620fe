import { InputError, messageOf } from "../core/errors.ts";
import { isHidden } from "./visible_files.ts";

/** The most that is unpacked from one archive, bytes. */
const MAX_BYTES = 512 * 1024 * 1024;

/** Whether bytes begin as a zip archive does. */
export function isZip(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4;
}

/**
 * The one file of a zip archive, as KIS's master files and mail programs have them; hidden ones (`__MACOSX/`) are passed
 * over.
 *
 * @throws {InputError} `not_one_file`, `workbook`, `too_large`, `damaged`.
 */
export async function unzipOne(archive: Uint8Array): Promise<Uint8Array> {
  // Loaded by who is handed a zip archive: every role can read files, and hardly one does.
  const { unzipSync } = await import("fflate");
  let size = 0;
  let files: [string, Uint8Array][];
  try {
    files = Object.entries(unzipSync(archive, {
      filter: ({ name, originalSize }) => {
        if (name === "[Content_Types].xml") throw workbook();
        if (name.endsWith("/") || name.split("/").some(isHidden)) return false;
        size += originalSize;
        if (size > MAX_BYTES) throw fault("too_large", `unpacks to more than ${MAX_BYTES} bytes`);
        return true;
      },
    }));
  } catch (thrown) {
    if (thrown instanceof InputError) throw thrown;
    throw fault("damaged", `is a zip archive that cannot be unpacked: ${messageOf(thrown)}`);
  }
  if (files.length === 1) return files[0]![1];
  throw fault(
    "not_one_file",
    files.length === 0
      ? "is a zip archive without a file"
      : `is a zip archive of ${files.length} files, unpack it`,
  );
}

/** Whether bytes begin as an Excel workbook of before 2007 does. */
export function isOldWorkbook(head: Uint8Array): boolean {
  return [0xd0, 0xcf, 0x11, 0xe0].every((byte, index) => head[index] === byte);
}

/** What is said of an Excel workbook. */
export function workbook(): InputError {
  return fault("workbook", "is an Excel workbook: save it as CSV UTF-8 and give that");
}

function fault(code: string, reason: string): InputError {
  return new InputError(code, [{ field: "", code, reason }]);
}
