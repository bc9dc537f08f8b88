import { createHash } from "node:crypto";
import type { Directives } from "../../directives.ts";
import type { PromptCache } from "../../prompt-cache.ts";
import { countTokens } from "../../tokens.ts";
import type { CacheControl, ContentBlock } from "./blocks.ts";
import type { CountRequest } from "./request.ts";
import { blocksOf } from "./rules.ts";

const TOKENS_PER_MESSAGE = 3;
const TOKENS_PER_REPLY = 3;
const TOKENS_PER_IMAGE = 1_500;
const TOKENS_PER_DOCUMENT = 2_000;
/** Anthropic remembers no shorter prefix for most of its models. */
const CACHED_TOKENS_MIN = 1_024;
/** How many blocks before a mark it looks back for a remembered prefix. */
const LOOK_BACK_BLOCKS = 20;
const TTL_MS = { "5m": 300_000, "1h": 3_600_000 } as const;

/** One block of the prompt, in the order that prefixes are made of: tools, system, messages. */
export interface Segment {
  readonly text: string;
  readonly tokens: number;
  readonly cacheControl: CacheControl;
}

export interface CacheUse {
  readonly read: number;
  readonly written5m: number;
  readonly written1h: number;
}

/** Every text of the conversation, in order: where directives may stand. */
export function textsOf(request: CountRequest): string[] {
  const system = typeof request.system === "string" ? [request.system] : (request.system ?? []).map(({ text }) => text);
  return [
    ...system,
    ...request.messages.flatMap((message) =>
      blocksOf(message).flatMap((block) => ("text" in block ? [String(block.text)] : [])),
    ),
  ];
}

export function segmentsOf(request: CountRequest): Segment[] {
  const segments: Segment[] = [];
  for (const tool of request.tools ?? []) {
    const text = JSON.stringify(tool);
    segments.push({ text, tokens: countTokens(text), cacheControl: tool.cache_control });
  }
  const { system } = request;
  const systemBlocks = typeof system === "string" ? [{ type: "text" as const, text: system }] : (system ?? []);
  for (const block of systemBlocks) segments.push(segmentOf(block));
  for (const message of request.messages) {
    for (const [at, block] of blocksOf(message).entries()) {
      const segment = segmentOf(block);
      segments.push({ ...segment, tokens: segment.tokens + (at === 0 ? TOKENS_PER_MESSAGE : 0) });
    }
  }
  const last = segments.pop();
  // A mark on the whole request stands on its last block.
  if (last !== undefined) {
    const tokens = last.tokens + TOKENS_PER_REPLY;
    segments.push({ ...last, tokens, cacheControl: last.cacheControl ?? request.cache_control });
  }
  return segments;
}

function segmentOf(block: ContentBlock): Segment {
  const text = JSON.stringify({ ...block, cache_control: undefined });
  return { text, tokens: countBlock(block), cacheControl: "cache_control" in block ? block.cache_control : null };
}

/** The prompt's tokens by a rule that a test can repeat: texts, 3 per message and reply, fixed sums for images and documents. */
function countBlock(block: ContentBlock): number {
  if (block.type === "text") return countTokens(block.text);
  if (block.type === "image") return TOKENS_PER_IMAGE;
  if (block.type === "document") return TOKENS_PER_DOCUMENT;
  if (block.type === "thinking") return countTokens(block.thinking);
  if (block.type === "tool_use") return countTokens(block.name) + countTokens(JSON.stringify(block.input));
  if (block.type !== "tool_result") return countTokens(JSON.stringify(block));
  if (typeof block.content === "string") return countTokens(block.content);
  return (block.content ?? []).reduce((sum, inner) => sum + countBlock(inner), 0);
}

export const totalOf = (segments: readonly Segment[]) => segments.reduce((sum, { tokens }) => sum + tokens, 0);

/** What the marked prefixes of this prompt read from the cache and write to it; afterwards they are remembered. */
export function useCache(model: string, segments: readonly Segment[], cache: PromptCache, nowMs: number): CacheUse {
  const ends = prefixesOf(model, segments);
  const marked = ends.filter(({ ttl, tokens }) => ttl !== null && tokens >= CACHED_TOKENS_MIN);
  let read = 0;
  for (const mark of marked) {
    for (const end of ends.slice(Math.max(0, mark.at - LOOK_BACK_BLOCKS), mark.at + 1).toReversed()) {
      if (end.tokens <= read) break;
      if (cache.touch(end.key, TTL_MS[end.ttl ?? mark.ttl ?? "5m"], nowMs)) read = end.tokens;
    }
  }
  const written = { "5m": 0, "1h": 0 };
  let before = read;
  for (const { key, ttl, tokens } of marked) {
    if (tokens <= before) continue;
    written[ttl ?? "5m"] += tokens - before;
    before = tokens;
    cache.remember(key, TTL_MS[ttl ?? "5m"], nowMs);
  }
  return { read, written5m: written["5m"], written1h: written["1h"] };
}

function prefixesOf(model: string, segments: readonly Segment[]) {
  let text = model;
  let tokens = 0;
  return segments.map((segment, at) => {
    text += `\n${segment.text}`;
    tokens += segment.tokens;
    const ttl = segment.cacheControl ? (segment.cacheControl.ttl ?? "5m") : null;
    return { at, key: digest(text), tokens, ttl };
  });
}

const digest = (text: string) => createHash("sha256").update(text).digest("base64");

/** What a directive says of the cache goes before what the cache knows. */
export function steerCache(use: CacheUse, directives: Directives): CacheUse {
  return {
    read: directives.cached ?? use.read,
    written5m: directives.cache_write ?? use.written5m,
    written1h: directives.cache_write === undefined ? use.written1h : 0,
  };
}
