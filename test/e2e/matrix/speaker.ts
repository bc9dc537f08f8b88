/** What one test asks a model, in no client's words in particular. */
export interface Question {
  readonly model: string;
  readonly prompt: string;
  readonly system?: string;
  readonly maxTokens?: number;
  /** A PNG in base64. */
  readonly image?: string;
  /** One tool `get_weather(city)`; `forced`: it must be called. */
  readonly tool?: "offered" | "forced";
  /** The result of the call of an earlier turn: the client repeats that turn and answers it. */
  readonly turn?: { readonly reply: Reply; readonly result: string };
  /** Asks for `{ city: string, degrees: number }`. */
  readonly structured?: boolean;
  readonly reasoning?: boolean;
  readonly signal?: AbortSignal;
}

export interface Call {
  readonly id: string;
  readonly name: string;
  readonly args: unknown;
}

/** An answer as a client of any format read it. */
export interface Reply {
  readonly text: string;
  readonly reasoning: string;
  readonly calls: readonly Call[];
  readonly finish: "stop" | "length" | "tool" | "other";
  readonly usage: { readonly input: number; readonly output: number };
  /** The client's own object, to be sent back in the next turn. */
  readonly own: unknown;
  /** Pieces in which the text came; 1 for a whole answer. */
  readonly pieces: number;
}

/** One official client, unmodified. */
export interface Speaker {
  readonly name: string;
  readonly format: "openai-chat" | "openai-responses" | "anthropic-messages" | "gemini";
  /** It asks for more when it streams (`eager_input_streaming` of each tool), so that the input counts more too. */
  readonly streamsWithMore?: boolean;
  ask(question: Question): Promise<Reply>;
  /** Streams; `onPiece` is told of each piece of text as it comes. */
  stream(question: Question, onPiece?: () => void): Promise<Reply>;
}

export const WEATHER_SCHEMA = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
} as const;

export const REPORT_SCHEMA = {
  type: "object",
  properties: { city: { type: "string" }, degrees: { type: "number" } },
  required: ["city", "degrees"],
  additionalProperties: false,
} as const;

export const TOOL_NAME = "get_weather";
export const TOOL_TEXT = "The weather of a city";

/** One transparent pixel. */
export const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

export const MAX_TOKENS = 4_096;
