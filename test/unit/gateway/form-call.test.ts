import { describe, expect, it } from "vitest";
import type { FormBody } from "#wire";
import { guardCall } from "../../../workers/gateway/inference/guard-call.ts";
import { readFormCall } from "../../../workers/gateway/inference/form-call.ts";
import { prepareTranscription } from "../../../workers/gateway/inference/prepare-transcription.ts";

const CARD = "4111 1111 1111 1111";
const form = (prompt: string): FormBody => ({
  parts: [
    { name: "file", value: { bytes: new Uint8Array([1]), fileName: "a.wav", contentType: "audio/wav" } },
    { name: "prompt", value: prompt },
    { name: "model", value: "openai/whisper-1" },
  ],
  boundary: "form-0123",
});

describe("guardrails on a form", () => {
  const settings = (cards: "redact" | "block") => ({ secrets: "off", cards }) as const;

  it("redact its texts in their places, and leave its file alone", () => {
    const forms: FormBody[] = [];
    const call = readFormCall(form(`pay with ${CARD}, said "she"`), (read) => {
      forms.push(read);
      return prepareTranscription("audio.transcriptions")(read);
    });
    const guarded = guardCall(call, settings("redact"));
    expect(Object.values(guarded.counts)).toEqual([1]);
    const last = forms.at(-1);
    expect(last?.parts.map(({ name }) => name)).toEqual(["file", "prompt", "model"]);
    expect(last?.parts[0]).toEqual(form("").parts[0]);
    expect(last?.parts[1]?.value).toMatch(/^pay with .*, said "she"$/);
    expect(JSON.stringify(last?.parts)).not.toContain("1111");
  });

  it("block it, and pass one that holds nothing", () => {
    const prepare = prepareTranscription("audio.transcriptions");
    expect(() => guardCall(readFormCall(form(CARD), prepare), settings("block"))).toThrow(/guardrail/i);
    const clean = readFormCall(form("a river"), prepare);
    expect(guardCall(clean, settings("block")).call).toBe(clean.call);
  });
});
