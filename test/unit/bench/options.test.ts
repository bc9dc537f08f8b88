import { describe, expect, it } from "vitest";
import { readOptions, TARGET_NAMES } from "../../bench/options.ts";

describe("the bench's command line", () => {
  it("measures every target in five rounds unless told otherwise", () => {
    const options = readOptions([]);
    expect(options.targets).toEqual(TARGET_NAMES.filter((name) => name !== "gateway before"));
    expect(options.plan.rounds).toBeGreaterThanOrEqual(5);
    expect(options.profile).toBeNull();
  });

  it("always keeps the two that every ratio is to", () => {
    expect(readOptions(["--targets", "gateway"]).targets).toEqual(["direct", "minimal", "gateway"]);
  });

  it("measures a gateway of before where its checkout is named, and only there", () => {
    expect(readOptions(["--targets", "gateway", "--before", "/old"])).toMatchObject({
      targets: ["direct", "minimal", "gateway", "gateway before"],
      beforePath: "/old",
    });
    expect(() => readOptions(["--targets", "gateway before"])).toThrow("--before DIR");
    expect(() => readOptions(["--profile", "gateway before"])).toThrow("--before DIR");
  });

  it("refuses what it does not know, and rounds without a bound", () => {
    expect(() => readOptions(["--targets", "gatway"])).toThrow("unknown target 'gatway'");
    expect(() => readOptions(["--profile", "nginx"])).toThrow("unknown target");
    expect(() => readOptions(["--rounds", "1e9"])).toThrow("--rounds");
    expect(() => readOptions(["--rounds", "2.5"])).toThrow("--rounds");
    expect(() => readOptions(["--load", "wrk2"])).toThrow("--load");
    expect(() => readOptions(["--fast"])).toThrow();
  });
});
