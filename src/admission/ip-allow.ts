import ipaddr from "ipaddr.js";
import { parseIpAddress, type IpAddress } from "#kernel";

type Range = readonly [IpAddress, number];

const IPV4_BITS = 32;
const IPV6_BITS = 128;
const MAPPED_PREFIX_BITS = 96;

/**
 * Whether an address is on a key's allow-list of addresses and CIDR ranges. IPv4 and its IPv4-mapped IPv6 form are the
 * same address. An unknown or malformed address is on no list, and a malformed entry allows nothing.
 */
export function isIpAllowed(allow: readonly string[], clientIp: string | null): boolean {
  const address = clientIp === null ? null : parseIpAddress(clientIp);
  if (address === null) return false;
  return allow.some((entry) => {
    const range = parseRange(entry);
    return range !== null && isInRange(address, range);
  });
}

/** Whether an address is on each of the lists that there are. */
export function isOnAllLists(lists: readonly (readonly string[] | null)[], clientIp: string | null): boolean {
  return lists.every((allow) => allow === null || isIpAllowed(allow, clientIp));
}

/** True when the text is an address or CIDR range that an allow-list may hold. */
export function isIpRange(entry: string): boolean {
  return parseRange(entry) !== null;
}

function isInRange(address: IpAddress, [network, bits]: Range): boolean {
  // Kinds differ: an IPv6 address is never inside an IPv4 range, and `match` throws on a mix.
  if (address instanceof ipaddr.IPv4 && network instanceof ipaddr.IPv4) return address.match(network, bits);
  if (address instanceof ipaddr.IPv6 && network instanceof ipaddr.IPv6) return address.match(network, bits);
  return false;
}

function parseRange(entry: string): Range | null {
  const slash = entry.indexOf("/");
  if (slash < 0) {
    const address = parseIpAddress(entry);
    return address === null ? null : [address, address instanceof ipaddr.IPv4 ? IPV4_BITS : IPV6_BITS];
  }
  const [text, bitsText] = [entry.slice(0, slash), entry.slice(slash + 1)];
  const address = parseIpAddress(text);
  if (address === null || !/^\d{1,3}$/.test(bitsText)) return null;
  const isMapped = address instanceof ipaddr.IPv4 && text.includes(":");
  const bits = Number(bitsText) - (isMapped ? MAPPED_PREFIX_BITS : 0);
  const bitsMax = address instanceof ipaddr.IPv4 ? IPV4_BITS : IPV6_BITS;
  return bits < 0 || bits > bitsMax ? null : [address, bits];
}
