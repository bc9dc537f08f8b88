import { expect, it } from "vitest";
import { PROVIDERS } from "#providers";
import { PROVIDERS as SIMULATED } from "../../../dev/sim/providers.ts";

const needed = PROVIDERS.filter(({ env }) => env !== null).map(({ id }) => id);

it("every provider that the gateway speaks to is simulated", () => {
  expect(needed.length).toBeGreaterThan(10);
  expect(needed.filter((id) => !SIMULATED.has(id))).toEqual([]);
});

it("every simulated provider plays at least one way to ask it", () => {
  const silent = [...SIMULATED.values()].filter(({ formats }) => formats.every(({ method }) => method === "GET"));
  expect(silent).toEqual([]);
});
