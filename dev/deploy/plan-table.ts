import type { StepPlan } from "./run.ts";

export interface PlanRow extends StepPlan {
  readonly name: string;
}

/** A plan as a person reads it: a step, whether there is something to do, and what. */
export function planTable(rows: readonly PlanRow[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length));
  return rows
    .flatMap(({ name, action, lines }) => {
      const [first = "", ...others] = lines;
      const indent = " ".repeat(width + ACTION_WIDTH + 2);
      return [`${name.padEnd(width)}  ${action.padEnd(ACTION_WIDTH)}${first}`, ...others.map((line) => indent + line)];
    })
    .join("\n");
}

const ACTION_WIDTH = 6;
