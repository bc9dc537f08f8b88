import { describe, expect, it } from "vitest";
import { StickyMap } from "#routing";
import { STICKY_ENTRIES_MAX, STICKY_MS, STICKY_PREFIX_BYTES } from "../../../src/routing/sticky.ts";
import { NOW_MS } from "./fixture.ts";

const SECRET = new Uint8Array(32).fill(1);
const KEY = { orgLocator: "org1", mode: "live", model: "a/m", prefix: "You are a helpful assistant." };

describe("which endpoint holds a prompt's cache", () => {
  it("G28: two tenants, two modes and two models never share an entry, however their parts are cut", async () => {
    const map = new StickyMap(SECRET);
    const names = await Promise.all(
      [
        KEY,
        { ...KEY, orgLocator: "org2" },
        { ...KEY, mode: "test" },
        { ...KEY, model: "a/n" },
        { ...KEY, prefix: `${KEY.prefix}!` },
        { ...KEY, orgLocator: "org", mode: "1live" },
        { ...KEY, orgLocator: 'org1","live' },
      ].map((key) => map.nameOf(key)),
    );
    expect(new Set(names).size).toBe(names.length);
    const [mine = "", theirs = ""] = names;
    map.keep(mine, "openai/m", NOW_MS);
    expect(map.find(mine, NOW_MS)).toBe("openai/m");
    expect(map.find(theirs, NOW_MS)).toBeNull();
  });

  it("is named by a secret of the isolate: neither the prompt nor a plain hash of it", async () => {
    const name = await new StickyMap(SECRET).nameOf(KEY);
    expect(name).toBe(await new StickyMap(SECRET).nameOf(KEY));
    expect(name).not.toBe(await new StickyMap(new Uint8Array(32).fill(2)).nameOf(KEY));
    expect(name).toMatch(/^[0-9a-f]{64}$/);
  });

  it("hashes a bounded part of the prompt", async () => {
    const map = new StickyMap(SECRET);
    const long = "é".repeat(STICKY_PREFIX_BYTES);
    expect(await map.nameOf({ ...KEY, prefix: long })).toBe(await map.nameOf({ ...KEY, prefix: `${long}x` }));
  });

  it("is forgotten after ten minutes, and by its age when there are too many", () => {
    const map = new StickyMap(SECRET);
    map.keep("first", "a/m", NOW_MS);
    map.keep("second", "b/m", NOW_MS);
    expect(map.find("first", NOW_MS + STICKY_MS - 1)).toBe("a/m");
    expect(map.find("first", NOW_MS + STICKY_MS)).toBeNull();
    map.keep("first", "a/m", NOW_MS + 1);
    for (let entry = 0; entry < STICKY_ENTRIES_MAX - 1; entry += 1) map.keep(`other ${entry}`, "c/m", NOW_MS);
    expect(map.find("second", NOW_MS)).toBeNull();
    expect(map.find("first", NOW_MS)).toBe("a/m");
  });
});
