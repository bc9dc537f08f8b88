import { Client } from "pg";
import { explain } from "./explain.ts";
import { changeOperators, OperatorCommandError, USAGE } from "./operators/change-operators.ts";

/** `npm run operator -- grant|revoke|list …`, with DATABASE_URL of the database's owner. */
const BAD_INPUT_EXIT = 2;

async function main(): Promise<void> {
  const connectionString = process.env["DATABASE_URL"] ?? "";
  if (connectionString === "") throw new OperatorCommandError(`set DATABASE_URL\n\n${USAGE}`);
  const client = new Client({ connectionString });
  await client.connect();
  try {
    const query = async <Row>(sql: string, params: readonly unknown[]): Promise<Row[]> => {
      const { rows } = await client.query(sql, [...params]);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the caller states the row type of its own SQL
      return rows as Row[];
    };
    console.log(await changeOperators(query, process.argv.slice(2)));
  } finally {
    await client.end();
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof OperatorCommandError ? error.message : explain(error));
  process.exitCode = error instanceof OperatorCommandError ? BAD_INPUT_EXIT : 1;
}
