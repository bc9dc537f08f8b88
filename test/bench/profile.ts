import type { TargetName } from "./options.ts";
import type { Bench } from "./start-targets.ts";
export async function profileTarget(name: TargetName, bench: Bench): Promise<void> {
  console.log(name, bench.cores);
}
