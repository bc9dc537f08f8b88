import type { Context } from "hono";
import type { NeonHttpDatabase } from "drizzle-orm/neon-http";
import { isAllowed, permissionsOf, type Permission } from "#identity";
import type { FoundManagementKey, FoundOperator, FoundSession, Membership } from "#store";
import { AppError } from "#kernel";
import type { Actor } from "../acting-database.ts";
import type { ApiServices } from "./services.ts";

export interface ApiHono {
  Bindings: ConsoleEnv;
  Variables: {
    services: ApiServices;
    requestId: string;
    session: FoundSession | null;
    /** Who asks where no person does. */
    managementKey: FoundManagementKey | null;
    /** Set where the operation's access is a member's. */
    membership: Membership | null;
    /** Set where the operation's access is an operator's. */
    operator: FoundOperator | null;
  };
}

export type ApiContext = Context<ApiHono>;

/** Whose request it is. Only where the operation's access asked for a session. */
export function sessionOf(context: Context<ApiHono>): FoundSession {
  const session = context.get("session");
  if (session === null) throw new AppError("session_required");
  return session;
}

/** Which key asks. Only where the operation's access is a key's own. */
export function managementKeyOf(context: Context<ApiHono>): FoundManagementKey {
  const key = context.get("managementKey");
  if (key === null) throw new AppError("management_key_required");
  return key;
}

/** As what the person acts, or who made the key that asks. Only where the operation's access is a member's. */
export function membershipOf(context: Context<ApiHono>): Membership {
  const membership = context.get("membership");
  if (membership === null) throw new AppError("not_found");
  return membership;
}

/** Whether who asks may: by the role in the organization, and of a management key by what it was given too. */
export function may(context: Context<ApiHono>, permission: Permission): boolean {
  const { role } = membershipOf(context);
  const key = context.get("managementKey");
  return key === null
    ? isAllowed(role, permission)
    : permissionsOf(key.permissions, role).some((one) => one === permission);
}

/** A database whose writes the audit log knows by whoever is signed in, or by the key that asks. */
export function databaseOf(
  context: Context<ApiHono>,
  userId = context.get("session")?.user.id ?? null,
): NeonHttpDatabase {
  const { ipAddress, userAgent } = originOf(context);
  const key = context.get("managementKey") ?? null;
  const actor: Actor = {
    ...(key === null
      ? ({ kind: userId === null ? "system" : kindOf(context), id: userId } as const)
      : ({ kind: "management_key", id: key.id } as const)),
    requestId: context.get("requestId"),
    ipAddress,
    userAgent,
  };
  return context.get("services").actAs(actor);
}

const kindOf = (context: Context<ApiHono>): "operator" | "user" =>
  (context.get("operator") ?? null) === null ? "user" : "operator";

/** As what the operator acts. Only where the operation's access is an operator's. */
export function operatorOf(context: Context<ApiHono>): FoundOperator {
  const operator = context.get("operator");
  if (operator === null) throw new AppError("not_found");
  return operator;
}

export interface Origin {
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  /** Two letters. */
  readonly country: string | null;
}

const USER_AGENT_CHARACTERS_MAX = 512;

/** From where the request came, as Cloudflare tells it; nobody else's headers are believed. */
export function originOf(context: Context<ApiHono>): Origin {
  const country = context.req.header("cf-ipcountry") ?? "";
  return {
    ipAddress: context.req.header("cf-connecting-ip") ?? null,
    userAgent: context.req.header("user-agent")?.slice(0, USER_AGENT_CHARACTERS_MAX) ?? null,
    country: /^[A-Z0-9]{2}$/.test(country) ? country : null,
  };
}
