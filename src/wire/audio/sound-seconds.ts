/** A third of a year. What claims more is held for as if it lasted this long, so that amounts stay within a ledger's row. */
const SECONDS_MAX = 10_000_000;
/** Where a format's own description must have begun. */
const HEADER_BYTES = 64;
const WAV_CHUNKS_MAX = 16;
/** An Ogg page is no longer. */
const OGG_PAGE_BYTES_MAX = 65_307;
const OGG_PAGE_HEAD_BYTES = 27;
const OPUS_RATE = 48_000;

/**
 * How long a sound file says it is, in seconds; null where it says nothing that we read. FLAC, WAV and Ogg may hold hours in
 * a few kilobytes, which their size does not tell. Sources: RFC 9639, RFC 3533, RFC 7845, Vorbis I, Microsoft's RIFF.
 */
export function soundSeconds(bytes: Uint8Array): number | null {
  if (bytes.length < HEADER_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const mark = markAt(view, 0);
  const seconds =
    mark === "fLaC" ? flacSeconds(view) : mark === "RIFF" ? wavSeconds(view) : mark === "OggS" ? oggSeconds(view) : 0;
  return seconds > 0 ? Math.min(seconds, SECONDS_MAX) : null;
}

const markAt = (view: DataView, at: number): string =>
  at + 4 > view.byteLength ? "" : String.fromCharCode(...[0, 1, 2, 3].map((step) => view.getUint8(at + step)));

/** A quotient, or zero where one side is not known. */
const over = (samples: number, rate: number): number => (rate > 0 ? samples / rate : 0);

/** STREAMINFO comes first: 20 bits of rate, 8 of other things, 36 of samples. */
function flacSeconds(view: DataView): number {
  return over((view.getUint8(21) & 0x0f) * 2 ** 32 + view.getUint32(22), flacRate(view, 0));
}

const flacRate = (view: DataView, at: number): number => view.getUint32(at + 18) >>> 12;

/** By the file's own bytes: the length in its header is often that of a stream whose end nobody knew. */
function wavSeconds(view: DataView): number {
  let at = 12;
  for (let chunk = 0; chunk < WAV_CHUNKS_MAX && at + 24 <= view.byteLength; chunk += 1) {
    if (markAt(view, at) === "fmt ") {
      const rates = [view.getUint32(at + 16, true), view.getUint32(at + 12, true) * view.getUint16(at + 20, true)];
      return over(view.byteLength, Math.min(...rates.filter((rate) => rate > 0)));
    }
    const length = view.getUint32(at + 4, true);
    at += 8 + length + (length % 2);
  }
  return 0;
}

/** The last page tells how many samples end with it. */
function oggSeconds(view: DataView): number {
  const rate = oggRate(view, OGG_PAGE_HEAD_BYTES + view.getUint8(26));
  const least = Math.max(0, view.byteLength - OGG_PAGE_BYTES_MAX);
  for (let at = view.byteLength - OGG_PAGE_HEAD_BYTES; at >= least; at -= 1) {
    if (view.getUint8(at) !== 0x4f || markAt(view, at) !== "OggS") continue;
    const samples = Number(view.getBigInt64(at + 6, true));
    // Minus one stands on pages on which nothing ends.
    if (samples >= 0) return over(samples, rate);
  }
  return 0;
}

function oggRate(view: DataView, at: number): number {
  if (at + HEADER_BYTES > view.byteLength) return 0;
  if (markAt(view, at) === "Opus") return OPUS_RATE;
  if (markAt(view, at + 1) === "vorb") return view.getUint32(at + 12, true);
  return markAt(view, at + 1) === "FLAC" ? flacRate(view, at + 9) : 0;
}
