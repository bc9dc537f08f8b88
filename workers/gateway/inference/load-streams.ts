type Streams = typeof import("./answer-stream.ts");

let loaded: Streams | null = null;

/**
 * What relays a stream, loaded with the first that is asked for and kept: a second `import()` still costs a turn of the
 * module loader. Whole answers start without it (docs/decisions/0004).
 */
export async function loadStreams(): Promise<Streams> {
  loaded ??= await import("./answer-stream.ts");
  return loaded;
}
