import { assert } from "../core/errors.ts";
import { type Repeat, REPEAT_MS, REPEATS } from "../rules/repeat.ts";
import type { Rule } from "../rules/rule.ts";
import { DAY_MS, SEOUL_MS } from "../../wasm/layout.ts";
import type { EngineExports } from "./module.ts";

/** The class of the default windows. */
export const DEFAULT_CLASS = 0;

interface WindowClass {
  readonly number: number;
  /** Ms; 0 for `once`, whose one window has the number 0. */
  readonly lengthMs: number;
  /** By so many ms its windows begin before the epoch's. */
  readonly offsetMs: number;
}

/** The classes of windows: the default length, each other length a rule may name, the day in Seoul, and once. */
export class WindowClasses {
  readonly #wasm: EngineExports;
  readonly #classes: WindowClass[] = [];
  readonly #byRepeat = new Map<Repeat | null, WindowClass>();

  /** @param windowMs of the default class. */
  constructor(wasm: EngineExports, windowMs: number) {
    this.#wasm = wasm;
    this.#byRepeat.set(null, this.#define(windowMs, 0));
    for (const repeat of REPEATS) this.#byRepeat.set(repeat, this.#classOf(repeat, windowMs));
  }

  /** The class of a rule's windows. */
  of(rule: Pick<Rule, "repeat">): WindowClass {
    const found = this.#byRepeat.get(rule.repeat);
    if (found === undefined) assert(false, `no windows are known for repeat ${rule.repeat}`);
    return found;
  }

  /** The number of a rule's window at a time, epoch ms. */
  windowAt(rule: Pick<Rule, "repeat">, time: number): number {
    const { lengthMs, offsetMs } = this.of(rule);
    return lengthMs === 0 ? 0 : Math.floor((time + offsetMs) / lengthMs);
  }

  /** When a rule's window began, epoch ms. */
  startOf(rule: Pick<Rule, "repeat" | "armedAt">, window: number): number {
    const { lengthMs, offsetMs } = this.of(rule);
    return lengthMs === 0 ? rule.armedAt : window * lengthMs - offsetMs;
  }

  /** When a window of a class began, epoch ms; -1: of `once` the rule says it. */
  startIn(number: number, window: number): number {
    const { lengthMs, offsetMs } = this.#classes[number] as WindowClass;
    return lengthMs === 0 ? -1 : window * lengthMs - offsetMs;
  }

  /** The first ms after a rule's window of a time; Infinity for `once`. */
  endAfter(rule: Pick<Rule, "repeat">, time: number): number {
    const { lengthMs, offsetMs } = this.of(rule);
    return lengthMs === 0 ? Infinity : (this.windowAt(rule, time) + 1) * lengthMs - offsetMs;
  }

  /** Forgets what has fired in windows that end before a time. */
  forgetBefore(time: number): void {
    for (const { number, lengthMs, offsetMs } of this.#classes) {
      if (lengthMs > 0) {
        this.#wasm.forgetWindows(number, Math.max(0, Math.floor((time + offsetMs) / lengthMs)));
      }
    }
  }

  #classOf(repeat: Repeat, windowMs: number): WindowClass {
    if (repeat === "once") return this.#define(0, 0);
    if (repeat === "day") return this.#define(DAY_MS, SEOUL_MS);
    const lengthMs = REPEAT_MS[repeat];
    return lengthMs === windowMs ? this.#classes[DEFAULT_CLASS] as WindowClass : this.#define(lengthMs, 0);
  }

  #define(lengthMs: number, offsetMs: number): WindowClass {
    const defined = { number: this.#classes.length, lengthMs, offsetMs };
    this.#classes.push(defined);
    this.#wasm.setClass(defined.number, lengthMs, offsetMs);
    return defined;
  }
}
