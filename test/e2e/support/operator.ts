import { codeOf, ConsoleClient } from "./console-client.ts";
import type { World } from "./world.ts";

export interface OperatorPerson {
  readonly client: ConsoleClient;
  readonly userId: string;
}

/** One of the platform's own people, with a second factor, signed in. */
export async function joinAsOperator(world: World, role: "support" | "finance" | "admin"): Promise<OperatorPerson> {
  const client = new ConsoleClient(world.stack);
  const { userId } = await client.join();
  const begun = await client.post("/me/factor");
  await client.post("/me/factor/confirm", { code: codeOf(begun.body["secret"]) });
  // Nobody is made one through the API.
  await world.sql("insert into operator (user_id, role) values ($1, $2)", [userId, role]);
  return { client, userId };
}
