/**
 * Streams whose caller speaks another format than the provider, by target. Each model is one that the catalogue sells
 * through a provider which answers in the format named; nobody who asks in chat completions is answered from responses.
 */
export const TRANSLATION_NAMES = [
  "chat-to-messages",
  "chat-to-gemini",
  "messages-to-chat",
  "messages-to-responses",
] as const;
export type TranslationName = (typeof TRANSLATION_NAMES)[number];

export interface Translation {
  readonly clientFormat: "chat" | "messages";
  readonly model: string;
}

export const TRANSLATIONS: Readonly<Record<TranslationName, Translation>> = {
  "chat-to-messages": { clientFormat: "chat", model: "anthropic/claude-haiku-4-5" },
  "chat-to-gemini": { clientFormat: "chat", model: "google/gemini-2.5-flash" },
  "messages-to-chat": { clientFormat: "messages", model: "openai/gpt-4o-mini" },
  "messages-to-responses": { clientFormat: "messages", model: "openai/gpt-5-mini" },
};

/** The translation that a target measures; null for the targets that pass a format through. */
export function translationOf(name: string): Translation | null {
  const found = TRANSLATION_NAMES.find((candidate) => candidate === name);
  return found === undefined ? null : TRANSLATIONS[found];
}
