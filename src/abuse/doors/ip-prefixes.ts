import { parseIpAddress } from "#kernel";

/** What an address is counted as. */
export interface IpPrefixes {
  readonly host: string;
  readonly network: string;
}

/** Nobody knows who that is: all of them share one count, so that hiding is no way around a limit. */
const UNKNOWN: IpPrefixes = { host: "unknown", network: "unknown" };

const IPV6_HOST_GROUPS = 4;
const IPV6_NETWORK_GROUPS = 3;
const HEX = 16;

/**
 * An IPv4 address counts as itself and as its /24. An IPv6 address counts as its /64, which is the least that one customer
 * has, and as its /48, which a whole site may have (RFC 6177). An IPv4-mapped address is the IPv4 address.
 */
export function ipPrefixes(clientIp: string | null): IpPrefixes {
  const address = clientIp === null ? null : parseIpAddress(clientIp);
  if (address === null) return UNKNOWN;
  if ("octets" in address) {
    const octets = address.octets;
    return { host: octets.join("."), network: `${octets.slice(0, -1).join(".")}.0/24` };
  }
  const groups = (count: number): string =>
    address.parts
      .slice(0, count)
      .map((part) => part.toString(HEX))
      .join(":");
  return { host: `${groups(IPV6_HOST_GROUPS)}::/64`, network: `${groups(IPV6_NETWORK_GROUPS)}::/48` };
}
