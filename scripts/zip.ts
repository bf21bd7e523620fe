import { Buffer } from "node:buffer";
import { crc32, deflateRawSync } from "node:zlib";

/** 1 January 1980, the beginning of ZIP's time: the same files give the same archive. */
const DOS_DATE = 0x21;

/**
 * A ZIP archive (PKWARE APPNOTE 6.3) of a few files that are in memory, reproducible byte for byte.
 *
 * @param files by name; small: neither sizes nor offsets beyond 4 GiB.
 */
export function zip(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const locals: Uint8Array[] = [];
  const entries: Uint8Array[] = [];
  let offset = 0;
  for (const [name, bytes] of Object.entries(files)) {
    const packed = deflateRawSync(bytes, { level: 9 });
    const common = commonHeader(name, bytes, packed.length);
    const local = Buffer.concat([signature(0x04034b50), common, Buffer.from(name), packed]);
    entries.push(centralEntry(common, name, offset));
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(entries);
  return new Uint8Array(
    Buffer.concat([...locals, central, endRecord(entries.length, central.length, offset)]),
  );
}

/** From "version needed" to "extra length": the same in both headers of a file. */
function commonHeader(name: string, bytes: Uint8Array, packedSize: number): Buffer {
  const header = Buffer.alloc(26);
  header.writeUInt16LE(20, 0);
  header.writeUInt16LE(0x0800, 2); // the name is UTF-8
  header.writeUInt16LE(8, 4); // deflated
  header.writeUInt16LE(DOS_DATE, 8);
  header.writeUInt32LE(crc32(bytes), 10);
  header.writeUInt32LE(packedSize, 14);
  header.writeUInt32LE(bytes.length, 18);
  header.writeUInt16LE(Buffer.byteLength(name), 22);
  return header;
}

function centralEntry(common: Buffer, name: string, offset: number): Buffer {
  const madeBy = Buffer.from([20, 3]); // Unix
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE((0o100644 << 16) >>> 0, 6);
  rest.writeUInt32LE(offset, 10);
  return Buffer.concat([signature(0x02014b50), madeBy, common, rest, Buffer.from(name)]);
}

function endRecord(count: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return end;
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value, 0);
  return bytes;
}
