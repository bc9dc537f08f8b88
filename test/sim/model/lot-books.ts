import { least } from "./prices.ts";

/** Credit that is used, and ends, together. */
interface TrueLot {
  readonly priority: number;
  readonly expiresMs: number | null;
  nano: bigint;
}

/** Where the wallet's credit came from, and in which order it goes. Whoever takes any takes what is used first. */
export class LotBooks {
  #lots: TrueLot[] = [];
  owedNano = 0n;

  /** Credit pays what is owed before anything else. */
  add(amountNano: bigint, priority: number, expiresMs: number | null): void {
    const paidNano = least(amountNano, this.owedNano);
    this.owedNano -= paidNano;
    if (amountNano === paidNano) return;
    const same = this.#lots.find((lot) => lot.priority === priority && lot.expiresMs === expiresMs);
    if (same) same.nano += amountNano - paidNano;
    else this.#lots.push({ priority, expiresMs, nano: amountNano - paidNano });
    this.#lots.sort((a, b) => a.priority - b.priority || (a.expiresMs ?? Infinity) - (b.expiresMs ?? Infinity) || 0);
  }

  take(amountNano: bigint): void {
    let left = amountNano;
    for (const lot of this.#lots) {
      const taken = least(left, lot.nano);
      lot.nano -= taken;
      left -= taken;
    }
    this.#lots = this.#lots.filter(({ nano }) => nano > 0n);
    this.owedNano += left;
  }

  /** Some of a lot goes whose time is over. False where there is none that has so much. */
  letGo(amountNano: bigint, expiresMs: number): boolean {
    const lot = this.#lots.find((one) => one.expiresMs === expiresMs && one.nano >= amountNano);
    if (lot === undefined) return false;
    lot.nano -= amountNano;
    this.#lots = this.#lots.filter(({ nano }) => nano > 0n);
    return true;
  }

  /** What is left of credit that has expired. */
  expiredNano(accountMs: number): bigint {
    const expired = this.#lots.filter(({ expiresMs }) => expiresMs !== null && expiresMs <= accountMs);
    return expired.reduce((sum, { nano }) => sum + nano, 0n);
  }

  get sumNano(): bigint {
    return this.#lots.reduce((sum, { nano }) => sum + nano, 0n);
  }

  /** In the order of use. */
  get lots(): readonly Readonly<TrueLot>[] {
    return this.#lots;
  }
}
