import { neon } from "@neondatabase/serverless";
import { drizzle } from "drizzle-orm/neon-http";
import { describe, expect, test } from "vitest";
import { createApi } from "../../workers/console/api/app.ts";
import { OPERATIONS } from "../../workers/console/api/operations.ts";
import { createAuth, SESSION_COOKIE } from "../../workers/console/identity/auth.ts";
import { parsePasswordPeppers } from "../../workers/console/identity/peppers.ts";
import { systemClock, systemRandom } from "../../workers/http/platform.ts";

const api = () => createApi(() => Promise.reject(new Error("nothing is called here")));

/** Routes of the router that no operation of the table stands behind: nobody has said who may call them. */
function strays(app: ReturnType<typeof api>): string[] {
  const known = new Set(
    OPERATIONS.map(({ method, path }) => `${method.toUpperCase()} /api/v1${path.replaceAll(/\{(\w+)\}/g, ":$1")}`),
  );
  // What every request passes through, and the answer to what is not there.
  const general = new Set(["ALL /api/v1/*"]);
  return app.routes
    .map(({ method, path }) => `${method} ${path}`)
    .filter((route) => !known.has(route) && !general.has(route));
}

describe("the control API's router", () => {
  test("has no route beside the table of operations", () => {
    expect(strays(api())).toEqual([]);
  });

  test("is caught with one that was planted", () => {
    const app = api();
    app.get("/organizations/:org/secrets", (context) => context.text("planted"));
    expect(strays(app)).toEqual(["GET /api/v1/organizations/:org/secrets"]);
  });

  test("has a door before everything that is not signed in and changes something", () => {
    const open = OPERATIONS.filter(
      ({ access, method, hasDoor }) => access.kind === "public" && method !== "get" && !hasDoor,
    );
    expect(open.map(({ id }) => id)).toEqual([]);
  });

  test("names every operation once", () => {
    const ids = OPERATIONS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("the session's cookie", () => {
  test.each(["https://prismaticapi.com", "http://127.0.0.1:8788"])("has its own name at %s", async (siteUrl) => {
    const nobody = (): Promise<never> => Promise.reject(new Error("nobody is told anything here"));
    const auth = createAuth({
      db: drizzle(neon("postgresql://nobody:secret@db.invalid/app")),
      siteUrl,
      secret: "s".repeat(43),
      peppers: await parsePasswordPeppers(JSON.stringify({ "1": "A".repeat(43) })),
      mail: { verifyEmail: nobody, resetPassword: nobody, signUpExists: nobody, passwordReset: nobody },
      newPerson: null,
      clock: systemClock,
      random: systemRandom,
    });
    const { authCookies } = await auth.$context;
    expect(authCookies.sessionToken.name).toBe(SESSION_COOKIE);
    expect(authCookies.sessionToken.attributes).toMatchObject({ secure: true, httpOnly: true, path: "/" });
    expect(authCookies.sessionToken.attributes.domain).toBeUndefined();
  });
});
