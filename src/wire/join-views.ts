/** Events that lie side by side in one chunk leave as one view of it: one write, no copy. */
export function appendJoined(views: Uint8Array[], next: Uint8Array): void {
  const last = views.at(-1);
  if (last && last.buffer === next.buffer && last.byteOffset + last.byteLength === next.byteOffset) {
    views[views.length - 1] = new Uint8Array(last.buffer, last.byteOffset, last.byteLength + next.byteLength);
  } else views.push(next);
}
