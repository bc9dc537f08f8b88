import type { Modality } from "../../src/catalog/types.ts";
import type { Operation, UsageUnit } from "../../src/kernel/index.ts";
import type { Kind } from "./facts/facts.ts";
import { factsOf } from "./overlay.ts";

interface KindRule {
  readonly operations: readonly Operation[];
  readonly input: readonly Modality[];
  readonly output: readonly Modality[];
  /** Without a price for every unit of one of these sets, a model of this kind cannot be sold (trap G3). */
  readonly needs: readonly (readonly UsageUnit[])[];
}

const TEXT: readonly Operation[] = ["chat.completions", "tokens.count"];
const TOKENS: readonly UsageUnit[] = ["input", "output"];

export const KINDS: Readonly<Record<Kind, KindRule>> = {
  text: { operations: TEXT, input: ["text"], output: ["text"], needs: [TOKENS] },
  text_image: {
    operations: [...TEXT, "images.generations"],
    input: ["text"],
    output: ["text", "image"],
    needs: [["input", "output", "image_out"]],
  },
  embeddings: { operations: ["embeddings"], input: ["text"], output: ["embedding"], needs: [["input"]] },
  rerank: { operations: ["rerank"], input: ["text"], output: [], needs: [["searches"], ["input"]] },
  moderations: { operations: ["moderations"], input: ["text"], output: [], needs: [["input"]] },
  images: { operations: ["images.generations"], input: ["text"], output: ["image"], needs: [["images"], TOKENS] },
  image_edits: {
    operations: ["images.generations", "images.edits"],
    input: ["text", "image"],
    output: ["image"],
    needs: [TOKENS],
  },
  speech: { operations: ["audio.speech"], input: ["text"], output: ["audio"], needs: [["characters"], TOKENS] },
  transcriptions: {
    operations: ["audio.transcriptions"],
    input: ["audio"],
    output: ["text"],
    needs: [["audio_ms"], ["input", "audio_in", "output"]],
  },
  translations: {
    operations: ["audio.transcriptions", "audio.translations"],
    input: ["audio"],
    output: ["text"],
    needs: [["audio_ms"]],
  },
};

/** What a model is for. The package does not say, so a rule of ours does. */
export function kindOf(provider: string, upstream: string): Kind {
  return factsOf(provider, upstream).kind ?? "text";
}
