import { describe, expect, it } from "vitest";
import { findModel, nearMatches } from "#catalog";

describe("near matches", () => {
  it("name what was meant: a slip, a missing or wrong provider, another separator", () => {
    expect(nearMatches("gpt-4o-mni", 3)).toContain("openai/gpt-4o-mini");
    expect(nearMatches("openai/gpt4o", 5)).toContain("openai/gpt-4o");
    expect(nearMatches("meta/llama-3.3-70b", 1)).toEqual(["meta/llama-3.3-70b-instruct"]);
    expect(nearMatches("Mistral-Large-Latest", 1)).toEqual(["mistral/mistral-large-latest"]);
    expect(nearMatches("sandbox/ecko", 1)).toEqual(["sandbox/echo"]);
  });

  it("are models that exist, at most as many as asked for", () => {
    const matches = nearMatches("gpt-5", 4);
    expect(matches).toHaveLength(4);
    for (const id of matches) expect(findModel(id)?.id).toBe(id);
    expect(nearMatches("gpt-5", 0)).toEqual([]);
  });

  it("are none for a text that is like no model", () => {
    expect(nearMatches("", 3)).toEqual([]);
    expect(nearMatches("zzzzzzzzzzzz", 3)).toEqual([]);
    expect(nearMatches("\r\nSet-Cookie: a=b", 3)).toEqual([]);
  });

  it("read only the beginning of a hostile text, so that its length costs nothing", () => {
    const hostile = "gpt-4o-mini-".repeat(500_000);
    expect(nearMatches(hostile, 3)).toEqual(nearMatches(hostile.slice(0, 96), 3));
  });
});
