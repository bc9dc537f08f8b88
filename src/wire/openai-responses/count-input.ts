import { invalidParameter, isRecord } from "../parse-body.ts";
import { checkPartUrl } from "../public-url.ts";
import type { TextTally } from "../text-tally.ts";

export interface MediaCounts {
  images: number;
  audios: number;
  files: number;
}

type Kind = keyof MediaCounts;

/** Per kind of part or item: what it counts as, and the members that hold its payload or its address. */
const MEDIA: ReadonlyMap<unknown, { readonly counts: Kind; readonly payloads: ReadonlySet<string> }> = new Map([
  ["input_image", { counts: "images", payloads: new Set(["image_url"]) }],
  ["computer_screenshot", { counts: "images", payloads: new Set(["image_url"]) }],
  ["image_generation_call", { counts: "images", payloads: new Set(["result"]) }],
  ["input_file", { counts: "files", payloads: new Set(["file_data", "file_url"]) }],
  ["input_audio", { counts: "audios", payloads: new Set(["input_audio"]) }],
]);
/** Members that name or link things. */
const LABELS: ReadonlySet<string> = new Set(["type", "role", "status", "phase", "id", "call_id", "detail"]);
const ADDRESSES: ReadonlySet<string> = new Set(["image_url", "file_url", "file_data"]);
const NOTHING: ReadonlySet<string> = new Set();

/**
 * Counts whatever the input holds: texts into the tally, media as items. The body's depth bound bounds the recursion. All
 * that is not known to be no text counts, encrypted reasoning too, so that the bound is never below the truth. Throws
 * AppError `invalid_parameter` for what lies with the provider, under an id that could be another customer's.
 */
export function countInput(value: unknown, path: string, counts: MediaCounts, tally: TextTally): void {
  if (typeof value === "string") return tally.add(value);
  if (Array.isArray(value)) {
    for (const [index, inner] of value.entries()) countInput(inner, `${path}[${index}]`, counts, tally);
    return;
  }
  if (isRecord(value)) countObject(value, path, counts, tally);
}

function countObject(
  value: Readonly<Record<string, unknown>>,
  path: string,
  counts: MediaCounts,
  tally: TextTally,
): void {
  refuseKept(value, path);
  const media = MEDIA.get(value["type"]);
  if (media) counts[media.counts] += 1;
  const payloads = media?.payloads ?? NOTHING;
  for (const [name, inner] of Object.entries(value)) {
    if (payloads.has(name)) {
      if (ADDRESSES.has(name)) checkAddress(inner, `${path}.${name}`);
      continue;
    }
    if (typeof inner === "string" && LABELS.has(name)) tally.addLabel(inner);
    else countInput(inner, memberPath(path, name), counts, tally);
  }
}

function checkAddress(address: unknown, path: string): void {
  if (address === undefined || address === null) return;
  if (typeof address !== "string") throw invalidParameter(path, "must be a string.");
  checkPartUrl(address, path);
}

/** Only names of ours stand in paths: those of a caller may be anything. */
const PATH_NAMES: ReadonlySet<string> = new Set(["content", "output"]);
const memberPath = (path: string, name: string): string => (PATH_NAMES.has(name) ? `${path}.${name}` : path);

function refuseKept(value: Readonly<Record<string, unknown>>, path: string): void {
  const { type } = value;
  const isReference = type === "item_reference" || (type === undefined && isIdAlone(value));
  if (isReference) {
    throw invalidParameter(
      path,
      "refers to an item of an earlier answer; none is kept, so send the item (store: false).",
    );
  }
  const isFile = type === "input_file" || type === "input_image";
  if (isFile && typeof value["file_id"] === "string") {
    throw invalidParameter(
      `${path}.file_id`,
      "refers to a file that the provider would keep; send its data or its URL.",
    );
  }
}

/** OpenAI reads `{ id }` as a reference too. */
const isIdAlone = (value: Readonly<Record<string, unknown>>): boolean =>
  typeof value["id"] === "string" && Object.keys(value).length === 1;
