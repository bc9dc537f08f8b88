import type {
  AccountRows,
  CreditRow,
  Effects,
  EndedRow,
  HoldRow,
  IdempotencyRow,
  KeyRow,
  KeyWindowRow,
  LeaseRow,
  MetaRow,
  OutboxRow,
  ProviderKeyRow,
  RetiredKeyRow,
  ScopeRow,
  StoredRows,
} from "#admission";

/** The durable rows of one account in memory, through JSON, so that nothing survives that a real store would lose. */
export class MemoryRows implements AccountRows {
  readonly #meta = new Map<string, string>();
  readonly #keys = new Map<string, string>();
  readonly #scopes = new Map<string, string>();
  readonly #retired = new Map<string, string>();
  readonly #providerKeys = new Map<string, string>();
  readonly #holds = new Map<string, string>();
  readonly #leases = new Map<string, string>();
  readonly #idempotency = new Map<string, string>();
  readonly #ended = new Map<string, string>();
  readonly #outbox = new Map<number, string>();
  readonly #credits = new Map<string, string>();
  readonly #windows = new Map<string, string>();

  apply({ put, remove, pruneEnded }: Effects): void {
    for (const row of put.meta) this.#meta.set(row.name, JSON.stringify(row));
    for (const row of put.keyRecords) this.#keys.set(row.hash, JSON.stringify(row));
    for (const row of put.scopes) this.#scopes.set(row.name, JSON.stringify(row));
    for (const row of put.retiredKeys) this.#retired.set(row.hash, JSON.stringify(row));
    for (const row of put.providerKeys) this.#providerKeys.set(row.provider, JSON.stringify(row));
    for (const row of put.idempotency) this.#idempotency.set(row.name, JSON.stringify(row));
    for (const row of put.holds) this.#holds.set(row.id, JSON.stringify(row));
    for (const row of put.leases) this.#leases.set(row.id, JSON.stringify(row));
    for (const row of put.ended) this.#ended.set(row.id, JSON.stringify(row));
    for (const row of put.outbox) this.#putOutbox(row);
    for (const row of put.credits) this.#credits.set(row.entry_id, JSON.stringify(row));
    for (const row of put.keyWindows) this.#windows.set(`${row.key_hash} ${row.second}`, JSON.stringify(row));
    for (const hash of remove.keyRecords) this.#keys.delete(hash);
    for (const name of remove.idempotency) this.#idempotency.delete(name);
    for (const id of remove.holds) this.#holds.delete(id);
    for (const id of remove.leases) this.#leases.delete(id);
    for (const seq of remove.outbox) this.#outbox.delete(seq);
    for (const row of remove.keyWindows) this.#windows.delete(`${row.key_hash} ${row.second}`);
    if (pruneEnded === null) return;
    const old = [...this.#ended.values()].map(parse<EndedRow>).filter((row) => row.ended_at_ms < pruneEnded.beforeMs);
    for (const row of old.slice(0, pruneEnded.limit)) this.#ended.delete(row.id);
  }

  stored(): StoredRows {
    const outbox = this.outbox();
    return {
      meta: [...this.#meta.values()].map(parse<MetaRow>),
      keyRecords: [...this.#keys.values()].map(parse<KeyRow>),
      scopes: [...this.#scopes.values()].map(parse<ScopeRow>),
      retiredKeys: [...this.#retired.values()].map(parse<RetiredKeyRow>),
      providerKeys: [...this.#providerKeys.values()].map(parse<ProviderKeyRow>),
      idempotency: [...this.#idempotency.values()].map(parse<IdempotencyRow>),
      holds: [...this.#holds.values()].map(parse<HoldRow>),
      leases: [...this.#leases.values()].map(parse<LeaseRow>),
      credits: [...this.#credits.values()].map(parse<CreditRow>),
      keyWindows: [...this.#windows.values()].map(parse<KeyWindowRow>),
      outboxWaiting: outbox.filter((row) => row.set_aside === null).length,
      outboxSetAside: outbox.filter((row) => row.set_aside !== null).length,
    };
  }

  outbox(): OutboxRow[] {
    return [...this.#outbox.values()].map(parse<OutboxRow>).sort((a, b) => a.seq - b.seq);
  }

  endedCount(): number {
    return this.#ended.size;
  }

  findEnded(id: string): EndedRow | null {
    const text = this.#ended.get(id);
    return text === undefined ? null : parse<EndedRow>(text);
  }

  endedPage({ fromMs, toMs, after, limit }: Parameters<AccountRows["endedPage"]>[0]) {
    const placed = [...this.#ended.values()].map(parse<EndedRow>).map((row, index) => ({ row, place: index + 1 }));
    const found = placed
      .filter(({ row, place }) => place > after && row.ended_at_ms >= fromMs && row.ended_at_ms < toMs)
      .slice(0, limit);
    const next = found.length < limit ? null : (found.at(-1)?.place ?? null);
    return { ended: found.map(({ row }) => row), next };
  }

  waitingIds(ids: readonly string[]): ReadonlySet<string> {
    return new Set(
      this.outbox()
        .map(({ id }) => id)
        .filter((id) => ids.includes(id)),
    );
  }

  findOutbox(id: string): OutboxRow | null {
    return this.outbox().find((row) => row.id === id) ?? null;
  }

  findCorrections(receiptId: string): OutboxRow[] {
    return this.outbox().filter(({ item }) => item.type === "correction" && item.correction.receipt_id === receiptId);
  }

  outboxHead(limit: number): OutboxRow[] {
    return this.outbox()
      .filter((row) => row.set_aside === null)
      .slice(0, limit);
  }

  outboxRows(seqs: readonly number[]): OutboxRow[] {
    return this.outbox().filter((row) => seqs.includes(row.seq));
  }

  outboxSetAside(limit: number): OutboxRow[] {
    return this.outbox()
      .filter((row) => row.set_aside !== null)
      .slice(0, limit);
  }

  #putOutbox(row: OutboxRow): void {
    const isTaken = this.outbox().some((other) => other.id === row.id && other.seq !== row.seq);
    if (isTaken) throw new Error(`two outbox rows under the id ${row.id}`);
    this.#outbox.set(row.seq, JSON.stringify(row));
  }
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the row type of the map it reads
function parse<Row>(text: string): Row {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only rows of that type are put into the map it came from
  return JSON.parse(text) as Row;
}
