import {
  beyond,
  beyondContext,
  CONTEXT_MAX_TOKENS,
  DIMENSIONS_MAX,
  EMBEDDING_MAX_NUMBERS,
  type Refusal,
} from "./bounds.ts";
import { countOf, type Fields, itemsOf, textOf } from "./json-fields.ts";
import { countTokens } from "./sandbox-tokens.ts";

const DIMENSIONS_DEFAULT = 256;
const BYTES_PER_FLOAT = 4;
/** Six decimals: short to write, and enough for a unit vector. */
const DECIMALS = 1e6;

/** An embeddings answer in OpenAI's shape: unit vectors that depend on the text alone, as floats or little-endian base64. */
export function encodeEmbeddings(body: Fields): { readonly ok: true; readonly json: string } | Refusal {
  const length = countOf(body["dimensions"]) ?? DIMENSIONS_DEFAULT;
  if (length > DIMENSIONS_MAX) {
    return beyond("too_many_dimensions", "dimensions", `The model has at most ${DIMENSIONS_MAX} dimensions.`);
  }
  const items = readItems(body["input"]);
  if (items.length * length > EMBEDDING_MAX_NUMBERS) {
    const most = `${EMBEDDING_MAX_NUMBERS} numbers (inputs times dimensions)`;
    return beyond("too_many_numbers", "input", `An answer has at most ${most}.`);
  }
  const inputs = items.map(readInput);
  const tokens = inputs.reduce((sum, input) => sum + input.tokens, 0);
  if (tokens > CONTEXT_MAX_TOKENS) return beyondContext("input");
  const isPacked = body["encoding_format"] === "base64";
  const data = inputs.map(({ text }, index) => {
    const vector = makeVector(text, length);
    return { object: "embedding", index, embedding: isPacked ? toBase64(vector) : vector };
  });
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  const model = textOf(body["model"]) ?? "embed";
  return { ok: true, json: JSON.stringify({ object: "list", data, model, usage }) };
}

interface Input {
  readonly text: string;
  readonly tokens: number;
}

/** A text, a list of token ids, or a list of either. */
function readItems(input: unknown): readonly unknown[] {
  const items = itemsOf(input);
  return typeof input === "string" || typeof items[0] === "number" ? [input] : items;
}

function readInput(item: unknown): Input {
  const text = textOf(item);
  if (text !== null) return { text, tokens: countTokens(text, CONTEXT_MAX_TOKENS) };
  const ids = itemsOf(item);
  return { text: ids.join(" "), tokens: ids.length };
}

function makeVector(text: string, length: number): readonly number[] {
  let state = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) state = Math.imul(state ^ text.charCodeAt(at), 0x01000193);
  const vector: number[] = [];
  let squares = 0;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const value = state / 2 ** 32 - 0.5;
    vector.push(value);
    squares += value * value;
  }
  const norm = Math.sqrt(squares) || 1;
  vector.forEach((value, at) => (vector[at] = Math.round((value / norm) * DECIMALS) / DECIMALS));
  return vector;
}

function toBase64(vector: readonly number[]): string {
  const view = new DataView(new ArrayBuffer(vector.length * BYTES_PER_FLOAT));
  vector.forEach((value, at) => view.setFloat32(at * BYTES_PER_FLOAT, value, true));
  return btoa(String.fromCharCode(...new Uint8Array(view.buffer)));
}
