import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPublicHttpsUrl } from "#wire";

describe("G20: addresses that a provider may be sent to", () => {
  it.each([
    "https://pictures.example.com/a.png?x=1#y",
    "https://example.com:443/",
    "https://example.com./",
    "https://foo.xn--p1ai/",
    "https://8.8.8.8/",
    "https://[2606:4700::1111]/",
    "https://[::ffff:8.8.8.8]/",
  ])("%s is public", (url) => {
    expect(isPublicHttpsUrl(url)).toBe(true);
  });

  it.each([
    ["another scheme", "http://example.com/"],
    ["a file", "file:///etc/passwd"],
    ["another port", "https://example.com:8443/"],
    ["credentials", "https://a:b@example.com/"],
    ["a name alone", "https://a@example.com/"],
    ["a single label", "https://intranet/"],
    ["this machine", "https://localhost/"],
    ["this machine below another name", "https://a.localhost/"],
    ["this machine in other letters", "https://ⓛocalhost/"],
    ["the local network", "https://printer.local/"],
    ["a cloud's metadata by name", "https://metadata.google.internal/"],
    ["our own host", "https://api.prismaticapi.com/v1/models"],
    ["loopback", "https://127.0.0.1/"],
    ["loopback, decimal", "https://2130706433/"],
    ["loopback, hexadecimal", "https://0x7f000001/"],
    ["loopback, octal", "https://0177.0.0.1/"],
    ["loopback, short", "https://127.1/"],
    ["loopback, in wide digits", "https://１２７.0.0.1/"],
    ["loopback of IPv6", "https://[::1]/"],
    ["loopback, mapped", "https://[::ffff:127.0.0.1]/"],
    ["loopback, mapped in hexadecimal", "https://[::ffff:7f00:1]/"],
    ["loopback, compatible", "https://[::127.0.0.1]/"],
    ["loopback by NAT64", "https://[64:ff9b::7f00:1]/"],
    ["loopback by 6to4", "https://[2002:7f00:1::]/"],
    ["an address by Teredo", "https://[2001:0:1::1]/"],
    ["any address", "https://0.0.0.0/"],
    ["a private network", "https://10.1.2.3/"],
    ["a private network of 172", "https://172.16.0.1/"],
    ["a private network of 192", "https://192.168.1.1/"],
    ["a carrier's network", "https://100.64.0.1/"],
    ["a cloud's metadata", "https://169.254.169.254/"],
    ["a test network", "https://198.18.0.1/"],
    ["multicast", "https://224.0.0.1/"],
    ["broadcast", "https://255.255.255.255/"],
    ["a unique local address", "https://[fd00::1]/"],
    ["a link-local address", "https://[fe80::1]/"],
    ["no address", "https://a.1/"],
    ["nothing", ""],
    ["too long a one", `https://example.com/${"a".repeat(9_000)}`],
  ])("refuses %s", (_what, url) => {
    expect(isPublicHttpsUrl(url)).toBe(false);
  });

  it("refuses every private IPv4 address in every way of writing it", () => {
    const privates = fc.oneof(
      fc.tuple(fc.constantFrom(10, 127, 0), fc.nat(255), fc.nat(255), fc.nat(255)),
      fc.tuple(fc.constant(192), fc.constant(168), fc.nat(255), fc.nat(255)),
      fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), fc.nat(255), fc.nat(255)),
      fc.tuple(fc.constant(169), fc.constant(254), fc.nat(255), fc.nat(255)),
    );
    fc.assert(
      fc.property(privates, ([a, b, c, d]) => {
        const number = ((a * 256 + b) * 256 + c) * 256 + d;
        const hex = number.toString(16);
        const hosts = [
          `${a}.${b}.${c}.${d}`,
          String(number),
          `0x${hex}`,
          `0${number.toString(8)}`,
          `${a}.${(b * 256 + c) * 256 + d}`,
          `0x${a.toString(16)}.0${b.toString(8)}.${c}.${d}`,
          `[::ffff:${a}.${b}.${c}.${d}]`,
          `[64:ff9b::${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}]`,
          `[2002:${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}::1]`,
        ];
        for (const host of hosts) expect(isPublicHttpsUrl(`https://${host}/`), host).toBe(false);
      }),
    );
  });
});
