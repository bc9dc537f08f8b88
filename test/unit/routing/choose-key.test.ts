import { expect, it } from "vitest";
import { chooseKey } from "#routing";
import { full, seededRandom, zero } from "./fixture.ts";

const keys = [
  { id: "a", weight: 3 },
  { id: "b", weight: 1 },
];

it("keys are drawn by their weight", () => {
  const random = seededRandom(11);
  const draws = Array.from({ length: 4_000 }, () => chooseKey(keys, random, new Set())?.id);
  expect(draws.filter((id) => id === "a").length / draws.length).toBeCloseTo(3 / 4, 1);
});

it("one that cools is left alone, unless all do", () => {
  expect(chooseKey(keys, zero, new Set(["a"]))?.id).toBe("b");
  expect(chooseKey(keys, full, new Set(["b"]))?.id).toBe("a");
  expect(chooseKey(keys, zero, new Set(["a", "b"]))?.id).toBe("a");
  expect(chooseKey([], zero, new Set())).toBeNull();
});
