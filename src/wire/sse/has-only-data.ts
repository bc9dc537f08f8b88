const LINE_END = /\r\n|\r|\n/;
const DATA = "data:";
const WORDLESS_COMMENT = ":";
const EVENT = /^event: ?(.*)$/;
const NAME = /^[a-z]+(?:[._][a-z]+)*$/;
const NAME_MAX_CHARACTERS = 48;

/** True for a name that can be nothing else: lower-case words (`response.created`). Anything else could be prose or a key. */
export function isSafeEventName(name: string): boolean {
  return name.length <= NAME_MAX_CHARACTERS && NAME.test(name);
}

/**
 * True where every line of a slice is data, a safe event name or empty. Comments, ids and unknown fields are an upstream's
 * own text, which never leaves the gateway (S3, G20) and which no reader of these formats needs.
 */
export function hasOnlyData(text: string): boolean {
  if (isOneDataLine(text)) return true;
  for (const line of text.split(LINE_END)) {
    if (line === "" || line === WORDLESS_COMMENT || line.startsWith(DATA)) continue;
    const name = EVENT.exec(line)?.[1];
    if (name === undefined || !isSafeEventName(name)) return false;
  }
  return true;
}

/** What nearly every event is, told without cutting it into lines. */
function isOneDataLine(text: string): boolean {
  return (
    text.startsWith(DATA) && text.indexOf("\n") === text.length - 2 && text.endsWith("\n\n") && !text.includes("\r")
  );
}
