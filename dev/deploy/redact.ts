/** Shorter values are words, and not what a secret looks like. */
const SECRET_CHARACTERS_MIN = 8;

/** Knows every secret of this run and takes it out of what is shown: the last net, where a tool quotes what it was given. */
export class Redactor {
  readonly #secrets = new Set<string>();

  add(...secrets: readonly string[]): void {
    for (const secret of secrets) {
      for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
        if (form.length >= SECRET_CHARACTERS_MIN) this.#secrets.add(form);
    }
  }

  clean(text: string): string {
    let clean = text;
    // The longest first: one that contains another would be left in part.
    for (const secret of [...this.#secrets].toSorted((a, b) => b.length - a.length))
      clean = clean.replaceAll(secret, "[secret]");
    return clean;
  }
}
