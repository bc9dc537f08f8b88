import type { Signature } from "../prompt.ts";
import { signatureText } from "../signature.ts";
import type { ItemList } from "./write-output.ts";

/** Says reasoning as an item with one summary; its signature is the item's encrypted content. */
export interface ReasoningWriter {
  say(text: string): void;
  /** Ends the open item. A signature where none is open makes an item of its own. */
  end(signature: Signature | null): void;
}

interface OpenReasoning {
  readonly at: number;
  readonly id: string;
  readonly pieces: string[];
}

/** Makes a writer for one answer. */
export function createReasoningWriter(list: ItemList): ReasoningWriter {
  let open: OpenReasoning | null = null;

  const begin = (): OpenReasoning => {
    const id = list.newId("rs");
    return { at: list.add({ id, type: "reasoning", summary: [] }), id, pieces: [] };
  };
  const place = ({ id, at }: OpenReasoning) => ({ item_id: id, output_index: at, summary_index: 0 });

  return {
    say(text) {
      open ??= begin();
      if (open.pieces.length === 0) {
        list.emit("reasoning_summary_part.added", { ...place(open), part: { type: "summary_text", text: "" } });
      }
      open.pieces.push(text);
      list.emit("reasoning_summary_text.delta", { ...place(open), delta: text });
    },
    end(signature) {
      if (!open && !signature) return;
      const item = open ?? begin();
      open = null;
      const text = item.pieces.join("");
      const part = { type: "summary_text", text };
      if (text !== "") {
        list.emit("reasoning_summary_text.done", { ...place(item), text });
        list.emit("reasoning_summary_part.done", { ...place(item), part });
      }
      list.done(item.at, {
        id: item.id,
        type: "reasoning",
        summary: text === "" ? [] : [part],
        encrypted_content: signature && signatureText(signature, "openai-responses"),
      });
    },
  };
}
