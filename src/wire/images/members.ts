import type { FormField, FormTable } from "../multipart/read-form.ts";

const TEXT: FormField = { kind: "text", most: 1 };
const FILE: FormField = { kind: "file", most: 1 };

/** Words that several requests for pictures share. Source: OpenAI's API reference, images. */
const SHARED = ["model", "prompt", "n", "size", "quality", "response_format", "user"] as const;
const GPT_IMAGE = [
  "background",
  "complexity",
  "input_fidelity",
  "moderation",
  "output_compression",
  "output_format",
  "partial_images",
  "safety_identifier",
  "stream",
] as const;

/** What would be billed apart from the tokens that the hold bounds: further models, many frames. */
export const UNPRICED_MEMBERS: readonly string[] = ["svg", "frame_count", "frame_duration_ms", "prompt_rewriter"];

/** Members of JSON bodies that we read, take out or refuse. */
export const IMAGE_MEMBERS: readonly string[] = [
  ...SHARED,
  ...GPT_IMAGE,
  ...UNPRICED_MEMBERS,
  "images",
  "mask",
  "models",
  "provider",
  "usage",
];

const INPUT_IMAGES_MAX = 16;

const texts = (names: readonly string[]): FormTable => Object.fromEntries(names.map((name) => [name, TEXT]));

export const EDIT_PARTS: FormTable = {
  ...texts([...SHARED, ...GPT_IMAGE]),
  image: { kind: "file", most: INPUT_IMAGES_MAX },
  mask: FILE,
  markup: FILE,
};

export const VARIATION_PARTS: FormTable = {
  ...texts(["model", "n", "size", "response_format", "user"]),
  image: FILE,
};
