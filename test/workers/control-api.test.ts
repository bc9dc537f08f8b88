import { describe, expect, test } from "vitest";
import { createApi } from "../../workers/console/api/app.ts";
import { OPERATIONS } from "../../workers/console/api/operations.ts";

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
