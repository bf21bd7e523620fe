import type { ChartLevel } from "./chart.ts";

/** How near to a line it is taken, px; a finger is less exact than a mouse. */
const NEAR_PX = { mouse: 6, touch: 14 } as const;
/** What moves less than this is a press, px. */
const PRESS_PX = 4;

export interface LineDragOptions {
  levels(): readonly ChartLevel[];
  priceAt(y: number): number | undefined;
  yOf(price: number): number | undefined;
  axisWidth(): number;
  moved(level: ChartLevel, price: number, ended: boolean): void;
  pressed(price: number): void;
  /** While a line is dragged the chart itself stands still. */
  busy(busy: boolean): void;
}

/** Lines of the chart dragged by a pointer, and presses on its price axis. */
export class LineDrag {
  readonly #element: HTMLElement;
  readonly #options: LineDragOptions;
  readonly #listens = new AbortController();
  #dragged: ChartLevel | undefined;
  #from = 0;

  constructor(element: HTMLElement, options: LineDragOptions) {
    this.#element = element;
    this.#options = options;
    const { signal } = this.#listens;
    // Before the chart's own listeners, which would scroll it.
    element.addEventListener("pointerdown", (event) => this.#down(event), { signal, capture: true });
    element.addEventListener("pointermove", (event) => this.#move(event), { signal, capture: true });
    element.addEventListener("pointerup", (event) => this.#up(event), { signal, capture: true });
    element.addEventListener("pointercancel", () => this.#end(), { signal });
  }

  get busy(): boolean {
    return this.#dragged !== undefined;
  }

  stop(): void {
    this.#listens.abort();
  }

  #down(event: PointerEvent): void {
    this.#from = event.clientY;
    const level = this.#levelAt(event);
    if (level === undefined) return;
    this.#dragged = level;
    this.#options.busy(true);
    this.#element.setPointerCapture(event.pointerId);
  }

  #move(event: PointerEvent): void {
    if (this.#dragged === undefined) {
      this.#element.classList.toggle("on-line", this.#levelAt(event) !== undefined);
      return;
    }
    const price = this.#options.priceAt(this.#yOf(event));
    if (price !== undefined && price > 0) this.#options.moved(this.#dragged, price, false);
  }

  #up(event: PointerEvent): void {
    const price = this.#options.priceAt(this.#yOf(event));
    const still = Math.abs(event.clientY - this.#from) < PRESS_PX;
    const level = this.#dragged;
    this.#end();
    if (price === undefined || price <= 0) return;
    if (level !== undefined) {
      if (!still) this.#options.moved(level, price, true);
    } else if (still && this.#isOnAxis(event)) this.#options.pressed(price);
  }

  #end(): void {
    if (this.#dragged === undefined) return;
    this.#dragged = undefined;
    this.#options.busy(false);
  }

  #levelAt(event: PointerEvent): ChartLevel | undefined {
    const near = event.pointerType === "touch" ? NEAR_PX.touch : NEAR_PX.mouse;
    const y = this.#yOf(event);
    return this.#options.levels().find(({ price }) => {
      const of = this.#options.yOf(price);
      return of !== undefined && Math.abs(of - y) <= near;
    });
  }

  #isOnAxis(event: PointerEvent): boolean {
    const { right } = this.#element.getBoundingClientRect();
    return event.clientX > right - this.#options.axisWidth();
  }

  #yOf(event: PointerEvent): number {
    return event.clientY - this.#element.getBoundingClientRect().top;
  }
}
