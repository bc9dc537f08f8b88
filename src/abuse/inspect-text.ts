import type { GuardrailAction, GuardrailCounts, GuardrailSettings } from "#kernel";
import { isCardNumber } from "./is-card-number.ts";
import { CARD_PATTERN, SECRET_PATTERNS } from "./patterns.ts";

/** What was found in a request's JSON text, by kind and number; never what matched. */
export interface Inspection {
  readonly counts: GuardrailCounts;
  /** Kinds for which the request must be refused. Empty: it may go on. */
  readonly blocked: readonly string[];
  /** The text to go on with: the same, or with matches taken out. Never longer than it was. */
  readonly text: string;
}

/** Shorter than anything that it stands for, and the same in JSON as it is. */
const REDACTED = "[redacted]";

/**
 * Looks a JSON text through for credentials and card numbers, in memory, as a key's settings ask (design GATEWAY section
 * 5). Only strings are looked at, names of members included.
 */
export function inspectText(text: string, settings: GuardrailSettings): Inspection {
  const counts: Record<string, number> = {};
  const blocked = new Set<string>();
  const found = (kind: string, action: GuardrailAction, match: string): string => {
    counts[kind] = (counts[kind] ?? 0) + 1;
    if (action === "block") blocked.add(kind);
    return action === "redact" ? REDACTED : match;
  };
  const inspectString = (value: string): string => {
    let inspected = value;
    if (settings.secrets !== "off") {
      for (const { kind, pattern } of SECRET_PATTERNS) {
        inspected = inspected.replace(pattern, (match) => found(kind, settings.secrets, match));
      }
    }
    if (settings.cards !== "off") {
      inspected = inspected.replace(CARD_PATTERN, (match) =>
        isCardNumber(match.replaceAll(/[ -]/g, "")) ? found("card_number", settings.cards, match) : match,
      );
    }
    return inspected;
  };
  const inspected = mapStrings(text, inspectString);
  return { counts, blocked: [...blocked], text: inspected };
}

/** Replaces what stands in each string of a JSON text, and nothing else: it stays JSON. Walks by `indexOf`, so that long strings cost little. */
function mapStrings(text: string, map: (value: string) => string): string {
  const parts: string[] = [];
  let from = 0;
  for (;;) {
    const open = text.indexOf('"', from);
    const close = open < 0 ? -1 : closingQuote(text, open + 1);
    if (close < 0) break;
    const value = text.slice(open + 1, close);
    const plain = unescape(value);
    const mapped = map(plain);
    parts.push(text.slice(from, open + 1), mapped === plain ? value : mapped, '"');
    from = close + 1;
  }
  parts.push(text.slice(from));
  return parts.join("");
}

/** As JSON writes it at its shortest, so that no secret hides in `\u0073`. Never longer; the same where it is no JSON. */
function unescape(value: string): string {
  if (!value.includes("\\u")) return value;
  try {
    return JSON.stringify(JSON.parse(`"${value}"`)).slice(1, -1);
  } catch {
    return value;
  }
}

function closingQuote(text: string, from: number): number {
  let quote = text.indexOf('"', from);
  while (quote >= 0) {
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === "\\") backslashes += 1;
    if (backslashes % 2 === 0) return quote;
    quote = text.indexOf('"', quote + 1);
  }
  return -1;
}
