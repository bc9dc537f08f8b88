import type { StreamTap } from "../events.ts";
import { createTypedEventTap } from "../typed-event-tap.ts";

/** A picture of 3840 x 2160 that hardly compresses, in base64. */
const MAX_EVENT_BYTES = 48 * 1024 * 1024;

/** Watches `image_generation.*` or `image_edit.*` events on their way. Pictures that are done count as deliveries. */
export function createImagesTap(): StreamTap {
  return createTypedEventTap({
    maxEventBytes: MAX_EVENT_BYTES,
    last: /^image_(?:generation|edit)\.completed$/,
    delivered: (type) => (type.endsWith(".completed") ? 0 : null),
  });
}
