import { tokenFrom } from "../../text.ts";
import type { ChatFlavour } from "./flavours.ts";

/** A completion's id in the provider's style, unique in a run. */
export function makeChatId(style: ChatFlavour["id"], requestNumber: number): string {
  const serial = requestNumber.toString(16).padStart(8, "0");
  const rest = tokenFrom(requestNumber, 24, "hex");
  if (style === "hex") return serial + rest;
  if (style === "uuid") {
    return `chatcmpl-${serial}-${rest.slice(0, 4)}-4${rest.slice(4, 7)}-8${rest.slice(7, 10)}-${rest.slice(10, 22)}`;
  }
  return `chatcmpl-D${serial}${tokenFrom(requestNumber, 20)}`;
}
