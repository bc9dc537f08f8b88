/** What Anthropic's streams say, as far as we say it. Source: Anthropic's streaming reference. */
export type StreamEvent =
  | { readonly type: "message_start"; readonly message: Values }
  | { readonly type: "content_block_start"; readonly index: number; readonly content_block: Block }
  | { readonly type: "content_block_delta"; readonly index: number; readonly delta: Delta }
  | { readonly type: "content_block_stop"; readonly index: number }
  | { readonly type: "message_delta"; readonly delta: Values; readonly usage: Values }
  | { readonly type: "message_stop" };

export type Values = Readonly<Record<string, unknown>>;

export type Block =
  | { readonly type: "text"; readonly text: string; readonly citations?: readonly Values[] }
  | { readonly type: "thinking"; readonly thinking: string; readonly signature: string }
  | { readonly type: "redacted_thinking"; readonly data: string }
  | { readonly type: "tool_use"; readonly id: string; readonly name: string; readonly input: unknown };

export type Delta =
  | { readonly type: "text_delta"; readonly text: string }
  | { readonly type: "thinking_delta"; readonly thinking: string }
  | { readonly type: "signature_delta"; readonly signature: string }
  | { readonly type: "input_json_delta"; readonly partial_json: string }
  | { readonly type: "citations_delta"; readonly citation: Values };
