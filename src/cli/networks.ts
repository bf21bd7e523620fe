/** An IPv4 address, or a network of them: `10.0.0.0/8`. */
const NETWORK = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/;

interface Network {
  /** The first address, as a number. */
  readonly first: number;
  /** Leading bits that its addresses share. */
  readonly bits: number;
}

/** Whether a text is an IPv4 address or a network of them. */
export function isAddress(text: string): boolean {
  return networkOf(text) !== undefined;
}

/**
 * A network without some addresses or networks in it, as the fewest networks that make it up.
 *
 * @example
 * ```ts
 * import { withoutAddresses } from "./networks.ts";
 * console.assert(withoutAddresses("10.0.0.0/30", ["10.0.0.2"]).join() === "10.0.0.0/31,10.0.0.3/32");
 * ```
 *
 * @throws {RangeError} for what is no network.
 */
export function withoutAddresses(network: string, out: readonly string[]): readonly string[] {
  const whole = networkOf(network);
  if (whole === undefined) throw new RangeError(`${network} is no network`);
  return without(whole, out.flatMap((one) => networkOf(one) ?? [])).map(textOf);
}

function without(whole: Network, out: readonly Network[]): readonly Network[] {
  const within = out.filter((one) => overlaps(whole, one));
  if (within.length === 0) return [whole];
  if (within.some(({ bits }) => bits <= whole.bits)) return [];
  const bits = whole.bits + 1;
  const halves = [whole.first, whole.first + 2 ** (32 - bits)].map((first) => ({ first, bits }));
  return halves.flatMap((half) => without(half, within));
}

function overlaps(a: Network, b: Network): boolean {
  const size = 2 ** (32 - Math.min(a.bits, b.bits));
  return Math.floor(a.first / size) === Math.floor(b.first / size);
}

function networkOf(text: string): Network | undefined {
  const match = NETWORK.exec(text);
  if (match === null) return undefined;
  const parts = match.slice(1, 5).map(Number);
  const bits = Number(match[5] ?? 32);
  if (parts.some((part) => part > 255) || bits > 32) return undefined;
  const address = parts.reduce((sum, part) => sum * 256 + part, 0);
  const size = 2 ** (32 - bits);
  return { first: Math.floor(address / size) * size, bits };
}

function textOf({ first, bits }: Network): string {
  const parts = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
  return `${parts.join(".")}/${bits}`;
}
