import { refused } from "./deploy-error.ts";
import type { DeployRun } from "./run.ts";

/** Prints one value of the vault, for an operator whose tool needs it. The only way in which a deploy shows a secret. */
export async function reveal(run: DeployRun, name: string, show: (secret: string) => void): Promise<void> {
  const value = (await run.vault()).get(name);
  if (value === null) throw refused(`the vault has no ${name}`);
  show(value);
}
