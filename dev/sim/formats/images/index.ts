import { z } from "zod";
import type { Directives } from "../../directives.ts";
import { type Answer, type Format, type FormatResult, invalidRequest } from "../../format.ts";
import { NAMED_SSE } from "../../framing.ts";
import { countTokens } from "../../tokens.ts";
import { type Form, isForm, parseForm } from "../form.ts";
import { makePng } from "./png.ts";

const COUNT_MAX = 10;
const PARTIAL_MAX = 3;
const SIZE_DEFAULT = "1024x1024";
const INPUT_IMAGE_TOKENS = 323;
/** Of gpt-image-1. Source: OpenAI's image generation guide. */
const TOKENS: Readonly<Record<string, readonly [square: number, long: number]>> = {
  low: [272, 408],
  medium: [1_056, 1_584],
  high: [4_160, 6_240],
};
const PARTIAL_TOKENS = 100;

const reference = z.strictObject({ image_url: z.string().min(1) });
const shared = {
  model: z.string().startsWith("gpt-image"),
  prompt: z.string().min(1).max(32_000),
  n: z.int().min(1).max(COUNT_MAX).nullish(),
  size: z
    .string()
    .regex(/^(auto|\d{2,4}x\d{2,4})$/)
    .nullish(),
  quality: z.enum(["low", "medium", "high", "auto"]).nullish(),
  background: z.enum(["transparent", "opaque", "auto"]).nullish(),
  output_format: z.enum(["png", "webp", "jpeg"]).nullish(),
  output_compression: z.int().min(0).max(100).nullish(),
  moderation: z.enum(["low", "auto"]).nullish(),
  partial_images: z.int().min(0).max(PARTIAL_MAX).nullish(),
  stream: z.boolean().nullish(),
  user: z.string().nullish(),
};
const generation = z.strictObject(shared);
const edit = z.strictObject({
  ...shared,
  input_fidelity: z.enum(["low", "high"]).nullish(),
  images: z.array(reference).min(1).max(16),
  mask: reference.nullish(),
});

type Request = z.output<typeof generation> & { readonly inputImages: number };

export const openaiImageGenerations: Format = {
  path: "/images/generations",
  read(body) {
    const parsed = generation.safeParse(body);
    return parsed.success ? answerWith("image_generation", { ...parsed.data, inputImages: 0 }) : refuse(parsed.error);
  },
};

/** Edits come as a form, which the official client sends, or as JSON with references. */
export const openaiImageEdits: Format = {
  path: "/images/edits",
  async parse(bytes, contentType) {
    return contentType.startsWith("application/json") ? parseJson(bytes) : parseForm(bytes, contentType);
  },
  read(body) {
    const parsed = edit.safeParse(isForm(body) ? fieldsOf(body) : body);
    if (!parsed.success) return refuse(parsed.error);
    const { images, mask, input_fidelity: _, ...request } = parsed.data;
    return answerWith("image_edit", { ...request, inputImages: images.length + (mask ? 1 : 0) });
  },
};

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return null;
  }
}

/** A form's parts as the JSON that they stand for. */
function fieldsOf({ texts, files }: Form): Readonly<Record<string, unknown>> {
  const whole = new Set(["n", "partial_images", "output_compression"]);
  const fields = [...texts].map(([name, values]) => {
    const [value = ""] = values.length === 1 ? values : [""];
    return [name, whole.has(name) ? Number(value) : name === "stream" ? value === "true" : value] as const;
  });
  const images = ["image", "image[]"].flatMap((name) => files.get(name) ?? []);
  const mask = files.get("mask")?.[0];
  return {
    ...Object.fromEntries(fields),
    images: images.map(({ name }) => ({ image_url: name })),
    ...(mask ? { mask: { image_url: mask.name } } : {}),
  };
}

function refuse({ issues }: z.ZodError): FormatResult {
  const name = String(issues[0]?.path[0] ?? "body");
  return { ok: false, refusal: invalidRequest(`Invalid value for '${name}'.`, name) };
}

function answerWith(kind: "image_generation" | "image_edit", request: Request): FormatResult {
  const promptTokens = countTokens(request.prompt);
  return {
    ok: true,
    texts: [request.prompt],
    promptTokens,
    answer: (directives, seed) => {
      const settings = settingsOf(request);
      const count = directives.empty ? 0 : (request.n ?? 1);
      const picture = (at: number) => pictureOf(settings.size, seed + at);
      const partials = request.stream ? (request.partial_images ?? 0) : 0;
      const usage = usageOf(request, directives, count, partials);
      if (!request.stream) {
        return wholeAnswer(
          Array.from({ length: count }, (_, at) => ({ b64_json: picture(at) })),
          settings,
          usage,
        );
      }
      return {
        kind: "stream",
        framing: NAMED_SSE,
        render: ({ createdSeconds }) => {
          const event = (type: string, at: number, more: object) =>
            JSON.stringify({
              type: `${kind}.${type}`,
              created_at: createdSeconds,
              ...settings,
              b64_json: picture(at),
              ...more,
            });
          const pieces = Array.from({ length: partials }, (_, at) =>
            event("partial_image", at + 1, { partial_image_index: at }),
          );
          return count === 0 ? pieces : [...pieces, event("completed", 0, usage)];
        },
      };
    },
  };
}

function wholeAnswer(data: readonly object[], settings: object, usage: object): Answer {
  return {
    kind: "json",
    render: ({ createdSeconds }) => JSON.stringify({ created: createdSeconds, ...settings, data, ...usage }),
  };
}

function settingsOf(request: Request) {
  const or = (value: string | null | undefined, fallback: string) => (!value || value === "auto" ? fallback : value);
  return {
    background: or(request.background, "opaque"),
    output_format: request.output_format ?? "png",
    quality: or(request.quality, "high"),
    size: or(request.size, SIZE_DEFAULT),
  };
}

function pictureOf(size: string, shade: number): string {
  const [width = 1, height = 1] = size.split("x").map(Number);
  return makePng(width, height, shade).toString("base64");
}

function usageOf(request: Request, directives: Directives, count: number, partials: number): object {
  if (directives.no_usage) return {};
  const { quality, size } = settingsOf(request);
  const [square, long] = TOKENS[quality] ?? [0, 0];
  const each = size === SIZE_DEFAULT ? square : long;
  const text = directives.zero_usage ? 0 : (directives.usage_input ?? countTokens(request.prompt));
  const images = directives.zero_usage ? 0 : request.inputImages * INPUT_IMAGE_TOKENS;
  const output = directives.zero_usage ? 0 : (directives.usage_output ?? count * each + partials * PARTIAL_TOKENS);
  return {
    usage: {
      input_tokens: text + images,
      input_tokens_details: { image_tokens: images, text_tokens: text },
      output_tokens: output,
      total_tokens: text + images + output,
    },
  };
}
