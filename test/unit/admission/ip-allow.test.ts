import { describe, expect, it } from "vitest";
import { isIpAllowed, isIpRange } from "#admission";

describe("an IP allow-list", () => {
  it.each([
    ["203.0.113.7", "203.0.113.7", true],
    ["203.0.113.8", "203.0.113.7", false],
    ["10.255.0.1", "10.0.0.0/8", true],
    ["11.0.0.1", "10.0.0.0/8", false],
    ["198.51.100.1", "0.0.0.0/0", true],
    ["2001:db8::1", "2001:db8::/32", true],
    ["2001:db9::1", "2001:db8::/32", false],
    ["::ffff:10.1.2.3", "10.0.0.0/8", true],
    ["::ffff:a01:203", "10.0.0.0/8", true],
    ["10.1.2.3", "::ffff:10.0.0.0/104", true],
    ["11.1.2.3", "::ffff:10.0.0.0/104", false],
    ["10.1.2.3", "::/0", false],
    ["2001:db8::1", "0.0.0.0/0", false],
    ["0x0a010203", "10.0.0.0/8", false],
    ["10.1", "10.0.0.0/8", false],
    ["167838211", "10.0.0.0/8", false],
    ["not an address", "0.0.0.0/0", false],
    ["", "0.0.0.0/0", false],
  ])("%s in %s: %s", (address, range, expected) => {
    expect(isIpAllowed([range], address)).toBe(expected);
  });

  it("allows what any entry allows, and an empty list nothing", () => {
    expect(isIpAllowed(["10.0.0.0/8", "203.0.113.7"], "203.0.113.7")).toBe(true);
    expect(isIpAllowed([], "203.0.113.7")).toBe(false);
  });

  it("a malformed entry allows nothing", () => {
    for (const entry of [
      "10.0.0.0/33",
      "10.0.0.0/",
      "10.0.0.0/-1",
      "/8",
      "10/8",
      "::/129",
      "::ffff:10.0.0.0/95",
      "*",
    ]) {
      expect(isIpRange(entry), entry).toBe(false);
      expect(isIpAllowed([entry], "10.0.0.0"), entry).toBe(false);
    }
  });
});
