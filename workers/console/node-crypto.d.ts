/** What of Node's module the console uses (flag `nodejs_compat`): Node's own types would clash with those of Workers. */
declare module "node:crypto" {
  export function scrypt(
    password: string,
    salt: Uint8Array,
    length: number,
    options: { readonly N: number; readonly r: number; readonly p: number; readonly maxmem: number },
    done: (error: Error | null, key: Uint8Array) => void,
  ): void;
  export function createVerify(algorithm: "sha256"): {
    update(data: Uint8Array): { verify(publicKeyPem: string, signature: string, encoding: "base64"): boolean };
  };
}
