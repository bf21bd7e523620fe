import { Buffer } from "node:buffer";
import { crc32, deflateSync } from "node:zlib";

/** Colours of a picture; one byte a pixel holds them. */
const COLOURS = 255;

/** A picture of pixels. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue and alpha of each pixel; alpha is left out. */
  readonly rgba: Uint8ClampedArray | Uint8Array;
}

/** A PNG with a palette of the commonest colours: a screen's picture is a third of the size that way. */
export function indexedPng({ width, height, rgba }: Pixels): Uint8Array {
  const palette = commonest(rgba);
  const indexOf = nearest(palette);
  const lines = Buffer.alloc((width + 1) * height);
  for (let y = 0, at = 0; y < height; y++) {
    at++;
    for (let x = 0; x < width; x++) lines[at++] = indexOf(colourAt(rgba, (y * width + x) * 4));
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const colours = Buffer.from(palette.flatMap((colour) => [colour >> 16, colour >> 8 & 255, colour & 255]));
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("PLTE", colours),
    chunk("IDAT", deflateSync(lines, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function colourAt(rgba: Pixels["rgba"], at: number): number {
  return rgba[at]! << 16 | rgba[at + 1]! << 8 | rgba[at + 2]!;
}

/** The commonest colours, no two of which look the same. */
function commonest(rgba: Pixels["rgba"]): number[] {
  const counts = new Map<number, { colour: number; count: number }>();
  for (let at = 0; at < rgba.length; at += 4) {
    const colour = colourAt(rgba, at);
    const alike = colour & 0xf8f8f8;
    const known = counts.get(alike);
    if (known === undefined) counts.set(alike, { colour, count: 1 });
    else known.count++;
  }
  return [...counts.values()].sort((a, b) => b.count - a.count).slice(0, COLOURS).map(({ colour }) => colour);
}

function nearest(palette: readonly number[]): (colour: number) => number {
  const known = new Map(palette.map((colour, index) => [colour, index]));
  return (colour) => {
    let best = known.get(colour);
    if (best !== undefined) return best;
    let least = Infinity;
    best = 0;
    for (const [index, other] of palette.entries()) {
      const [red, green, blue] = [16, 8, 0].map((bits) => (colour >> bits & 255) - (other >> bits & 255));
      const far = red! ** 2 + green! ** 2 + blue! ** 2;
      if (far < least) [least, best] = [far, index];
    }
    known.set(colour, best);
    return best;
  };
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const around = Buffer.alloc(8);
  around.writeUInt32BE(data.length, 0);
  around.writeUInt32BE(crc32(body) >>> 0, 4);
  return Buffer.concat([around.subarray(0, 4), body, around.subarray(4)]);
}
