/** One server-sent event as text. Line breaks inside the data become several `data:` lines, as the format demands. */
export function encodeEvent(data: string, event?: string): string {
  const name = event === undefined ? "" : `event: ${event}\n`;
  return `${name}data: ${data.replaceAll(/\r\n|\r|\n/g, "\ndata: ")}\n\n`;
}
