import type { BetterAuthOptions } from "better-auth";
import type { DBAdapter, Where } from "better-auth/types";
import { hashToken } from "./hash-token.ts";

type MakeAdapter = (options: BetterAuthOptions) => DBAdapter;
type Row = Record<string, unknown>;

/** What other providers gave for calls in the person's name: we make none, so none of it is kept. */
const FOREIGN_TOKENS = [
  "accessToken",
  "refreshToken",
  "idToken",
  "accessTokenExpiresAt",
  "refreshTokenExpiresAt",
  "scope",
] as const;

/**
 * Puts two of better-auth's defaults right at its adapter: session tokens are stored hashed, and tokens of other
 * providers not at all (design PRIVACY section 6).
 */
export function hashedSessions(make: MakeAdapter): MakeAdapter {
  return (options) => {
    const adapter = make(options);
    return {
      ...adapter,
      create: async (request) => {
        const created = await adapter.create<Row, Row>({ ...request, data: await stored(request.model, request.data) });
        return withToken(request.model, created, tokenIn(request.data));
      },
      findOne: async (request) => {
        const where = await hashed(request.model, request.where);
        const found = await adapter.findOne<Row>({ ...request, where });
        return found === null ? null : withToken(request.model, found, tokenOf(request.where));
      },
      findMany: async (request) =>
        adapter.findMany({ ...request, where: await hashed(request.model, request.where ?? []) }),
      count: async (request) => adapter.count({ ...request, where: await hashed(request.model, request.where ?? []) }),
      update: async (request) => {
        const where = await hashed(request.model, request.where);
        const update = await stored(request.model, request.update);
        const updated = await adapter.update<Row>({ ...request, where, update });
        return updated === null ? null : withToken(request.model, updated, tokenOf(request.where));
      },
      updateMany: async (request) => {
        const where = await hashed(request.model, request.where);
        return adapter.updateMany({ ...request, where, update: await stored(request.model, request.update) });
      },
      delete: async (request) => adapter.delete({ ...request, where: await hashed(request.model, request.where) }),
      deleteMany: async (request) =>
        adapter.deleteMany({ ...request, where: await hashed(request.model, request.where) }),
    };
  };
}

/** The same conditions, with tokens as they are stored. */
function hashed(model: string, conditions: Where[]): Promise<Where[]> {
  return Promise.all(
    conditions.map(async (condition) => {
      const { field, value } = condition;
      if (model !== "session" || field !== "token") return condition;
      if (Array.isArray(value))
        return { ...condition, value: await Promise.all(value.map((one) => hashToken(String(one)))) };
      return typeof value === "string" ? { ...condition, value: await hashToken(value) } : condition;
    }),
  );
}

async function stored(model: string, data: Row): Promise<Row> {
  if (model === "account") {
    return Object.fromEntries(Object.entries(data).filter(([name]) => !FOREIGN_TOKENS.some((token) => token === name)));
  }
  const token = model === "session" ? tokenIn(data) : null;
  return token === null ? data : { ...data, token: await hashToken(token) };
}

/** better-auth goes on with what it wrote or looked for: it gets the token back that it knew already. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the adapter names its row by what the caller asks for
function withToken<R>(model: string, row: Row, token: string | null): R {
  const whole = model === "session" && token !== null ? { ...row, token } : row;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the adapter's own generic result, with one member set
  return whole as R;
}

const tokenIn = (data: Row): string | null => (typeof data["token"] === "string" ? data["token"] : null);

function tokenOf(conditions: Where[]): string | null {
  const value = conditions.find(({ field }) => field === "token")?.value;
  return typeof value === "string" ? value : null;
}
