export interface QueuedEvent {
  readonly atMs: number;
  /** Orders events of one instant, at random: nothing in the world promises an order between them. */
  readonly tie: number;
  readonly run: () => void;
  isCancelled: boolean;
}

/** A binary heap: the earliest event first. */
export class EventQueue {
  readonly #heap: QueuedEvent[] = [];

  push(event: QueuedEvent): void {
    const heap = this.#heap;
    let index = heap.push(event) - 1;
    while (index > 0) {
      const above = (index - 1) >> 1;
      if (!this.#swapIfEarlier(index, above)) break;
      index = above;
    }
  }

  /** The earliest event that was not cancelled; null where there is none. */
  pop(): QueuedEvent | null {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined) return null;
      this.#removeFirst();
      if (!first.isCancelled) return first;
    }
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      const earlier = isEarlier(heap[right], heap[left]) ? right : left;
      if (!this.#swapIfEarlier(earlier, index)) return;
      index = earlier;
    }
  }

  #swapIfEarlier(one: number, other: number): boolean {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a === undefined || b === undefined || !isEarlier(a, b)) return false;
    this.#heap[one] = b;
    this.#heap[other] = a;
    return true;
  }
}

function isEarlier(a: QueuedEvent | undefined, b: QueuedEvent | undefined): boolean {
  if (a === undefined || b === undefined) return b === undefined && a !== undefined;
  return a.atMs === b.atMs ? a.tie < b.tie : a.atMs < b.atMs;
}
