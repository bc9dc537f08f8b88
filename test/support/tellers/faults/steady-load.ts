import type { Call } from "../../stack/calls.ts";
import { startConstant } from "../constant-calls.ts";
import type { Teller, Tellers } from "../start-tellers.ts";

/** One key at one gateway calls so often, and so often at most in all. */
const PACE_MS = 400;
const CALLS_MAX = 600;

/** Calls that go on until they are told to stop, or the test is over: of each key through each gateway, one after the other. */
export interface SteadyLoad extends AsyncDisposable {
  /** What has ended so far, by key. */
  callsOf(apiKey: string): readonly Call[];
  /** Resolves when the last call is over. */
  stop(): Promise<void>;
}

export function startLoad({ tellers }: Tellers, apiKeys: readonly string[]): SteadyLoad {
  const ended = new Map<string, Call[]>(apiKeys.map((apiKey) => [apiKey, []]));
  const stop = new AbortController();
  const { promise: stopped, resolve: onStop } = Promise.withResolvers<undefined>();
  const lane = async (teller: Teller, apiKey: string): Promise<void> => {
    for (let count = 0; count < CALLS_MAX && !stop.signal.aborted; count += 1) {
      ended.get(apiKey)?.push(await startConstant(teller, apiKey).over);
      await Promise.race([stopped, pause()]);
    }
  };
  const lanes = tellers.flatMap((teller) => apiKeys.map((apiKey) => lane(teller, apiKey)));
  const end = async (): Promise<void> => {
    stop.abort();
    onStop(undefined);
    await Promise.all(lanes);
  };
  return { callsOf: (apiKey) => ended.get(apiKey) ?? [], stop: end, [Symbol.asyncDispose]: end };
}

/** Between two calls of one client; nothing is waited for by it. */
function pause(): Promise<void> {
  return new Promise((done) => {
    setTimeout(done, PACE_MS);
  });
}
