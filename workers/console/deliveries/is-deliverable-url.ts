import { isPublicHttpsUrl } from "#wire";

const LOOPBACK_HOSTS = new Set(["127.0.0.1", "localhost", "[::1]"]);
const URL_CHARACTERS_MAX = 2_048;

/**
 * Whether we send to an address that a customer gave (traps S19, G20): a public https host on port 443, judged by what is
 * written. What its name resolves to is the platform's to judge, at every connection (docs/webhooks.md, "Where nothing is
 * sent"). `allowsLoopback` is for a stack on one machine.
 */
export function isDeliverableUrl(text: string, allowsLoopback: boolean): boolean {
  if (text.length > URL_CHARACTERS_MAX) return false;
  return isPublicHttpsUrl(text) || (allowsLoopback && isLoopbackUrl(text));
}

function isLoopbackUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "") return false;
  return url.protocol === "http:" && LOOPBACK_HOSTS.has(url.hostname);
}
