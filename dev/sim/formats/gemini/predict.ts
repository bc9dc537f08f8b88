import { z } from "zod";
import type { Format } from "../../format.ts";
import { countTokens } from "../../tokens.ts";
import { unsupportedModel } from "./generate.ts";
import { PIXEL_PNG } from "./parts.ts";
import { readWith } from "./request.ts";

const IMAGES_MAX = 4;

const predictRequest = z.strictObject({
  instances: z.array(z.looseObject({ prompt: z.string().min(1) })).length(1),
  parameters: z.looseObject({ sampleCount: z.int().min(1).max(IMAGES_MAX).optional() }).optional(),
});

/** `:predict`, which Imagen's models answer with pictures; a filtered one comes as a reason without bytes. */
export const predict: Format = {
  path: "/models/{model}:predict",
  read(body, { parameters }) {
    const model = parameters["model"] ?? "";
    if (!model.startsWith("imagen")) return { ok: false, refusal: unsupportedModel(model, "predict") };
    const read = readWith(predictRequest, body);
    if (!read.ok) return read;
    const prompt = read.value.instances[0]?.prompt ?? "";
    const count = read.value.parameters?.sampleCount ?? 1;
    return {
      ok: true,
      texts: [prompt],
      promptTokens: countTokens(prompt),
      answer(directives) {
        const image = directives.refuse
          ? {
              raiFilteredReason:
                "Unable to show generated images. All images were filtered out because they violated usage guidelines.",
            }
          : { mimeType: "image/png", bytesBase64Encoded: PIXEL_PNG };
        const predictions = directives.empty ? [] : Array.from({ length: count }, () => image);
        const text = JSON.stringify(predictions.length === 0 ? {} : { predictions });
        return { kind: "json", render: () => text };
      },
    };
  },
};
