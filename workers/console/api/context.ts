import type { Context } from "hono";
import type { NeonHttpDatabase } from "drizzle-orm/neon-http";
import type { FoundSession, Membership } from "#store";
import { AppError } from "#kernel";
import type { Actor } from "../acting-database.ts";
import type { ApiServices } from "./services.ts";

export interface ApiHono {
  Bindings: ConsoleEnv;
  Variables: {
    services: ApiServices;
    requestId: string;
    session: FoundSession | null;
    /** Set where the operation's access is a member's. */
    membership: Membership | null;
  };
}

export type ApiContext = Context<ApiHono>;

/** Whose request it is. Only where the operation's access asked for a session. */
export function sessionOf(context: Context<ApiHono>): FoundSession {
  const session = context.get("session");
  if (session === null) throw new AppError("session_required");
  return session;
}

/** As what the person acts. Only where the operation's access is a member's. */
export function membershipOf(context: Context<ApiHono>): Membership {
  const membership = context.get("membership");
  if (membership === null) throw new AppError("not_found");
  return membership;
}

/** A database whose writes the audit log knows by whoever is signed in. */
export function databaseOf(
  context: Context<ApiHono>,
  userId = context.get("session")?.user.id ?? null,
): NeonHttpDatabase {
  const { ipAddress, userAgent } = originOf(context);
  const actor: Actor = {
    kind: userId === null ? "system" : "user",
    id: userId,
    requestId: context.get("requestId"),
    ipAddress,
    userAgent,
  };
  return context.get("services").actAs(actor);
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
