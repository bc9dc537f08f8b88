/** Where time comes from. Domain code never calls `Date.now`; tests and the simulation pass their own. */
export interface Clock {
  /** Milliseconds since the Unix epoch, UTC. */
  nowMs(): number;
}

/** Where randomness comes from. Returns `length` bytes; production uses the platform's cryptographic source. */
export type RandomBytes = (length: number) => Uint8Array;
