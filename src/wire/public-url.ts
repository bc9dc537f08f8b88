import ipaddr from "ipaddr.js";
import { invalidParameter } from "./parse-body.ts";

const URL_MAX_CHARACTERS = 8_192;
/** Names that lead nowhere public, whatever resolves them. Sources: RFC 6761, 6762, 7686, 8375; ICANN SAC113 (`internal`). */
const PRIVATE_SUFFIXES = [
  "localhost",
  "local",
  "internal",
  "intranet",
  "lan",
  "home",
  "corp",
  "home.arpa",
  "in-addr.arpa",
  "ip6.arpa",
  "onion",
  "test",
  "example",
  "invalid",
] as const;
/** Our own hosts: neither a provider nor a webhook is sent back to us on a caller's behalf. */
const OWN_SUFFIXES = ["prismaticapi.com"] as const;
const NOT_PUBLIC = new RegExp(
  `(?:^|\\.)(?:${[...PRIVATE_SUFFIXES, ...OWN_SUFFIXES].join("|").replaceAll(".", "\\.")})$`,
);
const PUBLIC_RANGE = "unicast";
/** What other parsers do not read as ours does, so that they could see another host: `https://a.com\@127.0.0.1/`. */
const READ_UNEQUALLY = /[\\\t\n\r]/;
/** Parsers skip spaces and control characters before a scheme, and some of them within it. */
const IS_HTTP = /^[^a-z:]*h[^a-z:]*t[^a-z:]*t[^a-z:]*p[^a-z:]*(?:s[^a-z:]*)?:/i;
const REASON = "must be a data URL, or an https URL of a public host on port 443.";
/** All that was ever given out of IPv6 (RFC 4291): addresses that embed an IPv4 one (`::127.0.0.1`) lie outside or have a range of their own. */
const GLOBAL_IPV6: readonly [ipaddr.IPv6, number] = [ipaddr.IPv6.parse("2000::"), 3];

/**
 * Whether a URL that a caller gave may be handed to a provider to fetch (trap G20), or be sent a webhook (S19): https on
 * port 443, no credentials, and a host that is a public name or a public address. The platform's parser has by then turned
 * every spelling of an IPv4 address (decimal, octal, hexadecimal, short) into four parts. It resolves nothing: a name that
 * leads to a private address is refused where the connection is opened, by the provider or by our platform.
 */
export function isPublicHttpsUrl(text: string): boolean {
  if (text.length > URL_MAX_CHARACTERS || READ_UNEQUALLY.test(text.trim())) return false;
  const url = URL.parse(text);
  if (!url || url.protocol !== "https:" || url.port !== "" || url.username !== "" || url.password !== "") return false;
  const { hostname } = url;
  if (hostname.startsWith("[")) return isPublicAddress(hostname.slice(1, -1));
  if (/^[\d.]+$/.test(hostname)) return isPublicAddress(hostname);
  const name = hostname.replace(/\.$/, "");
  if (!/^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+[a-z0-9-]*[a-z][a-z0-9-]*$/.test(name)) return false;
  return !NOT_PUBLIC.test(name);
}

function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  // An IPv4-mapped address counts as what it maps to.
  const address = ipaddr.process(text);
  const isGlobal = address instanceof ipaddr.IPv4 || address.match(...GLOBAL_IPV6);
  return isGlobal && address.range() === PUBLIC_RANGE;
}

/** Refuses a picture's URL that no provider shall fetch for a caller. Data URLs hold the picture itself. Throws AppError `invalid_parameter`. */
export function checkMediaUrl(url: string, param: string): void {
  if (/^data:/i.test(url) || isPublicHttpsUrl(url)) return;
  throw invalidParameter(param, REASON);
}

/**
 * The same for the media of a text request, where what is neither http nor https passes: data, an address that only the
 * provider knows (`gs:`), and bare base64. Throws AppError `invalid_parameter`.
 */
export function checkPartUrl(url: string, param: string): void {
  if (IS_HTTP.test(url) && !isPublicHttpsUrl(url)) throw invalidParameter(param, REASON);
}
