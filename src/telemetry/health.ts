/** The state of one component of a role: its log, its source, its rules. */
export interface ComponentHealth {
  readonly state: "starting" | "ready" | "degraded" | "down";
  /** A line for people: what it is doing, or what is wrong and what to do. */
  readonly detail: string;
}

/**
 * What a process knows of its own health. Live while the process can do anything; ready once every component is ready or
 * degraded. Served at /healthz and /readyz.
 */
export class Health {
  #components = new Map<string, () => ComponentHealth>();

  /** Adds a component, or replaces the one of that name, with a function that is asked each time. */
  watch(component: string, stateOf: () => ComponentHealth): void {
    this.#components.set(component, stateOf);
  }

  /** Sets a component's state until it is set again. */
  set(component: string, health: ComponentHealth): void {
    this.#components.set(component, () => health);
  }

  remove(component: string): void {
    this.#components.delete(component);
  }

  get ready(): boolean {
    return this.#components.size > 0 &&
      [...this.#components.values()].every((stateOf) => ["ready", "degraded"].includes(stateOf().state));
  }

  components(): Readonly<Record<string, ComponentHealth>> {
    return Object.fromEntries([...this.#components].map(([name, stateOf]) => [name, stateOf()]));
  }
}
