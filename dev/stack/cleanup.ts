/** What was started, to be stopped in reverse order. Every step runs, whatever an earlier one throws. */
export class Cleanup {
  readonly #steps: { readonly name: string; readonly stop: () => unknown }[] = [];

  /** Registers a step. `name` is for the message when it fails. */
  add(name: string, stop: () => unknown): void {
    this.#steps.push({ name, stop });
  }

  /** Runs and forgets the steps. Throws one AggregateError when any failed. */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      try {
        await step.stop();
      } catch (error) {
        failures.push(new Error(`stopping the ${step.name} failed`, { cause: error }));
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, "the stack did not stop cleanly");
  }
}
