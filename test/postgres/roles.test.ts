import { randomBytes } from "node:crypto";
import type { Client } from "pg";
import type { DatabaseRole } from "../support/database.ts";
import { registerRolesSuite } from "../support/suites/roles-suite.ts";

const PASSWORD_BYTES = 16;

// Here the roles are real logins, as the deployer makes them: what is refused is refused to the session's own user.
registerRolesSuite(async (db) => {
  const sessions = new Map<DatabaseRole, Client>();
  for (const role of ["gateway_app", "console_app", "readonly_app"] as const) {
    const password = randomBytes(PASSWORD_BYTES).toString("hex");
    await db.query(`alter role ${role} login password '${password}'`);
    sessions.set(role, await db.connect({ user: role, password }));
  }
  return async (role, sql, params = []) => {
    const session = sessions.get(role);
    if (!session) throw new Error("no session");
    const { rows } = await session.query(sql, [...params]);
    return rows;
  };
});
