/** A vector as OpenAI's clients ask for it: numbers, or little-endian 32-bit floats in base64. */
export function encodeVector(values: readonly unknown[], encodingFormat: string | null): readonly unknown[] | string {
  if (encodingFormat !== "base64") return values;
  const bytes = new DataView(new ArrayBuffer(values.length * Float32Array.BYTES_PER_ELEMENT));
  for (const [index, value] of values.entries()) {
    bytes.setFloat32(index * Float32Array.BYTES_PER_ELEMENT, Number(value), true);
  }
  return btoa(String.fromCharCode(...new Uint8Array(bytes.buffer)));
}
