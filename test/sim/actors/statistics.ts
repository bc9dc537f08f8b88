/** What happened, by name: so that a run can be seen to have tried what it is for. */
export class Statistics {
  readonly #counts = new Map<string, number>();

  count(name: string, by = 1): void {
    this.#counts.set(name, this.of(name) + by);
  }

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  add(other: Statistics): void {
    for (const [name, count] of other.#counts) this.count(name, count);
  }

  lines(): string[] {
    const names = [...this.#counts.keys()].toSorted();
    return names.map((name) => `${String(this.of(name)).padStart(10)}  ${name}`);
  }
}
