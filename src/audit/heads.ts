import type { ChainHead } from "./chain.ts";

const CHAIN_FORM = /^(?:platform|org_[0-7][0-9a-hjkmnp-tv-z]{25})$/;
const MAC_FORM = /^[0-9A-Za-z_-]{43}$/;

/**
 * Heads of chains as JSON lines, newest by chain. The console logs a line with the same members after every run, so that
 * its log is such a file too: lines that name no head are passed over, and of several of one chain the furthest counts.
 * Throws where a line that begins as one is malformed, or where no line names any.
 */
export function parseHeads(text: string): ReadonlyMap<string, ChainHead> {
  const heads = new Map<string, ChainHead>();
  for (const [index, line] of text.split("\n").entries()) {
    if (!line.includes('"mac"')) continue;
    const head = readHead(line);
    if (head === null) throw new Error(`line ${index + 1} is no head of a chain`);
    if (head.position > (heads.get(head.chain)?.position ?? 0)) heads.set(head.chain, head);
  }
  if (heads.size === 0) throw new Error("no line names a head of a chain");
  return heads;
}

export function formatHeads(heads: Iterable<ChainHead>): string {
  return [...heads].map(({ chain, position, mac }) => `${JSON.stringify({ chain, position, mac })}\n`).join("");
}

function readHead(line: string): ChainHead | null {
  let value: unknown;
  try {
    // Logs put their own words in front.
    value = JSON.parse(line.slice(line.indexOf("{")));
  } catch {
    return null;
  }
  const member = (name: string): unknown =>
    typeof value === "object" && value !== null ? Reflect.get(value, name) : null;
  const [chain, position, mac] = [member("chain"), member("position"), member("mac")];
  if (typeof chain !== "string" || !CHAIN_FORM.test(chain)) return null;
  if (typeof position !== "number" || !Number.isSafeInteger(position) || position < 1) return null;
  return typeof mac === "string" && MAC_FORM.test(mac) ? { chain, position, mac } : null;
}
