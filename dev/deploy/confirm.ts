import { refused } from "./deploy-error.ts";
import type { DeployRun } from "./run.ts";

/** The environment's name is typed: a habit of pressing y is no decision. */
export async function confirmByName({ args, environment, ports }: DeployRun): Promise<void> {
  if (args.yes) return;
  if (ports.ask === null) throw refused("nobody is there to say yes: --yes goes on without asking");
  const answer = await ports.ask(`Type ${environment.name} to go on: `, { hidden: false });
  if (answer.trim() !== environment.name) throw refused("nothing was changed");
}
