import ipaddr from "ipaddr.js";

export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;

/** An address of either kind, an IPv4-mapped IPv6 address as the IPv4 that it is; null for anything else. */
export function parseIpAddress(text: string): IpAddress | null {
  // Octal, hexadecimal and shortened IPv4 forms are read differently by different programs, so none is accepted.
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  if (!text.includes(":") || !ipaddr.IPv6.isValid(text)) return null;
  const address = ipaddr.IPv6.parse(text);
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}
