/** Where waiting comes from; production wraps `setTimeout`, tests fire by hand. */
export interface Timer {
  /** Calls back once after `delayMs`, unless the returned function was called before. */
  start(callback: () => void, delayMs: number): () => void;
}
