import { OPERATOR_ROLES, type OperatorRole } from "#identity";
import type { Query } from "../keys/create-key.ts";

export const USAGE = `npm run operator -- grant <e-mail> ${OPERATOR_ROLES.join("|")}
npm run operator -- revoke <e-mail>
npm run operator -- list

The database's owner makes operators, of people who have an account: DATABASE_URL is the owner's. Nothing in the product
can. They sign in as everybody does, and act only with a second factor.`;

/** What was asked for cannot be done; its message is for whoever typed it. */
export class OperatorCommandError extends Error {}

interface OperatorRow {
  readonly user_id: string;
  readonly email: string;
  readonly role: string;
  readonly revoked_at: unknown;
}

/** Runs a command line; answers what to print. Throws `OperatorCommandError`. */
export async function changeOperators(query: Query, words: readonly string[]): Promise<string> {
  const [verb, email = "", role = "", ...more] = words;
  if (verb === "list" && words.length === 1) return listOperators(query);
  if (verb === "grant" && more.length === 0 && isRole(role)) return grant(query, email, role);
  if (verb === "revoke" && words.length === 2) return revoke(query, email);
  throw new OperatorCommandError(USAGE);
}

const isRole = (text: string): text is OperatorRole => OPERATOR_ROLES.some((role) => role === text);

async function listOperators(query: Query): Promise<string> {
  const rows = await query<OperatorRow>(
    `SELECT o.user_id, u.email, o.role, o.revoked_at FROM operator o JOIN account_user u ON u.id = o.user_id
     ORDER BY o.created_at`,
    [],
  );
  if (rows.length === 0) return "There are no operators.";
  return rows
    .map((row) => `${row.user_id}  ${row.role.padEnd(7)}  ${row.email}${row.revoked_at === null ? "" : "  (revoked)"}`)
    .join("\n");
}

async function grant(query: Query, email: string, role: OperatorRole): Promise<string> {
  const [person] = await query<{ id: string }>(
    "SELECT id FROM account_user WHERE email = lower($1) AND email_verified AND status = 'active'",
    [email],
  );
  if (!person) throw new OperatorCommandError(`nobody with a confirmed account has the address ${email}`);
  await query(
    `INSERT INTO operator (user_id, role) VALUES ($1, $2)
     ON CONFLICT (user_id) DO UPDATE SET role = $2, revoked_at = NULL, version = operator.version + 1`,
    [person.id, role],
  );
  return `${email} (${person.id}) is an operator: ${role}.`;
}

async function revoke(query: Query, email: string): Promise<string> {
  const revoked = await query<{ user_id: string }>(
    `UPDATE operator SET revoked_at = now(), version = version + 1
     WHERE revoked_at IS NULL AND user_id = (SELECT id FROM account_user WHERE email = lower($1)) RETURNING user_id`,
    [email],
  );
  if (revoked.length === 0) throw new OperatorCommandError(`${email} is no operator`);
  return `${email} is no operator any more.`;
}
