import { expect, test } from "vitest";
import { ipPrefixes } from "#abuse";

test.each([
  ["203.0.113.77", "203.0.113.77", "203.0.113.0/24"],
  ["::ffff:203.0.113.77", "203.0.113.77", "203.0.113.0/24"],
  ["::ffff:cb00:714d", "203.0.113.77", "203.0.113.0/24"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"],
  ["2001:DB8:1:2::", "2001:db8:1:2::/64", "2001:db8:1::/48"],
  ["::1", "0:0:0:0::/64", "0:0:0::/48"],
])("%s counts as %s and as %s", (ip, host, network) => {
  expect(ipPrefixes(ip)).toEqual({ host, network });
});

test("two addresses of one customer's /64 are one host, of one site's /48 one network", () => {
  const [left, right] = [ipPrefixes("2001:db8:1:2::a"), ipPrefixes("2001:db8:1:2:ffff::b")];
  expect(left).toEqual(right);
  const neighbour = ipPrefixes("2001:db8:1:3::a");
  expect([neighbour.host === left.host, neighbour.network === left.network]).toEqual([false, true]);
});

test.each([null, "", "unknown", "0177.0.0.1", "127.1", "203.0.113.77, 198.51.100.1", "2001:db8::g"])(
  "what is no address (%j) shares one count with all that is none",
  (ip) => {
    expect(ipPrefixes(ip)).toEqual({ host: "unknown", network: "unknown" });
  },
);
