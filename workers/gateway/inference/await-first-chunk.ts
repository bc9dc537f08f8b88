import {
  upstreamFault,
  type ReadResult,
  type UpstreamReader,
  type UpstreamResponse,
  type UpstreamResult,
} from "#providers";

/**
 * Waits until a streamed answer has sent something. What ends before that is a failed attempt like any other: nothing
 * was output, so it may be tried again (trap G21 begins with the first byte), and its error still gets a status of its own.
 */
export async function awaitFirstChunk(response: UpstreamResponse): Promise<UpstreamResult> {
  const first = await response.reader.read();
  if (first.type === "chunk") return { ok: true, response: { ...response, reader: putBack(first, response.reader) } };
  if (first.type === "aborted") return { ok: false, aborted: true };
  const fault =
    first.type === "fault" ? first.fault : upstreamFault("upstream_stream_interrupted", true, response.status);
  return { ok: false, aborted: false, fault };
}

/** A reader that gives the chunk again before it reads on. */
function putBack(chunk: ReadResult, reader: UpstreamReader): UpstreamReader {
  let waiting: ReadResult | null = chunk;
  return {
    read() {
      const next = waiting;
      waiting = null;
      return next === null ? reader.read() : Promise.resolve(next);
    },
    cancel() {
      waiting = null;
      reader.cancel();
    },
  };
}
