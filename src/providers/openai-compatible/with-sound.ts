import { encodeMedia, isMedia } from "../openai/encode-media.ts";
import { countsMedia, mapMediaUsage } from "../openai/map-media-usage.ts";
import type { ProviderAdapter } from "../spec.ts";

/** An adapter that also turns sound into text, as OpenAI does, and bills each call as no shorter than `minimumMs`. */
export function withSound(adapter: ProviderAdapter, minimumMs: number): ProviderAdapter {
  return {
    ...adapter,
    encodeRequest: (settings, call) =>
      isMedia(call) ? encodeMedia(settings, call) : adapter.encodeRequest(settings, call),
    mapUsage(raw, operation, format) {
      if (!countsMedia(operation)) return adapter.mapUsage(raw, operation, format);
      const units = mapMediaUsage(raw, operation);
      return units?.audio_ms === undefined ? units : { ...units, audio_ms: Math.max(units.audio_ms, minimumMs) };
    },
  };
}
