import { countOf, type Fields, itemsOf, textOf } from "./json-fields.ts";
import { countTokens } from "./sandbox-tokens.ts";

const DIMENSIONS_DEFAULT = 256;
const DIMENSIONS_MAX = 3_072;
const BYTES_PER_FLOAT = 4;

/** An embeddings answer in OpenAI's shape: unit vectors that depend on the text alone, as floats or little-endian base64. */
export function encodeEmbeddings(body: Fields): string {
  const inputs = readInputs(body["input"]);
  const length = Math.min(countOf(body["dimensions"]) ?? DIMENSIONS_DEFAULT, DIMENSIONS_MAX);
  const encode = body["encoding_format"] === "base64" ? toBase64 : toFloats;
  const data = inputs.map(({ text }, index) => ({
    object: "embedding",
    index,
    embedding: encode(makeVector(text, length)),
  }));
  const tokens = inputs.reduce((sum, input) => sum + input.tokens, 0);
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  return JSON.stringify({ object: "list", data, model: textOf(body["model"]) ?? "embed", usage });
}

interface Input {
  readonly text: string;
  readonly tokens: number;
}

/** A text, a list of token ids, or a list of either. */
function readInputs(input: unknown): readonly Input[] {
  const items = itemsOf(input);
  const isTokenIds = typeof items[0] === "number";
  return (typeof input === "string" || isTokenIds ? [input] : items).map((item) => {
    const ids = itemsOf(item);
    const text = textOf(item);
    return text === null ? { text: ids.join(" "), tokens: ids.length } : { text, tokens: countTokens(text) };
  });
}

function makeVector(text: string, length: number): Float32Array {
  let state = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) state = Math.imul(state ^ text.charCodeAt(at), 0x01000193);
  const vector = Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  });
  const norm = Math.hypot(...vector) || 1;
  return vector.map((value) => value / norm);
}

/** Nine significant digits name a 32-bit float exactly. */
const toFloats = (vector: Float32Array) => Array.from(vector, (value) => Number(value.toPrecision(9)));

function toBase64(vector: Float32Array): string {
  const view = new DataView(new ArrayBuffer(vector.length * BYTES_PER_FLOAT));
  vector.forEach((value, at) => view.setFloat32(at * BYTES_PER_FLOAT, value, true));
  let binary = "";
  for (const byte of new Uint8Array(view.buffer)) binary += String.fromCharCode(byte);
  return btoa(binary);
}
