/**
 * Loaded before the program (`deno run --preload`): its time of day is ahead of the machine's by as many ms as the file of
 * `TORTURE_CLOCK` says, which may change at any time; the monotonic clock stays as it is. What libfaketime does, wherever
 * Deno runs.
 *
 * @module
 */
const file = Deno.env.get("TORTURE_CLOCK");
const machine = Date;
let aheadMs = 0;

function read(): void {
  try {
    aheadMs = Number(Deno.readTextFileSync(file as string)) || 0;
  } catch { /* it is not there yet, or is being written */ }
}

if (file !== undefined) {
  read();
  Deno.unrefTimer(setInterval(read, 100));
  const now = () => machine.now() + aheadMs;
  globalThis.Date = new Proxy(machine, {
    construct: (target, given: []) => given.length === 0 ? new target(now()) : new target(...given),
    get: (target, name) => name === "now" ? now : Reflect.get(target, name),
  });
}
