const HEADER_BYTES = 44;
const SAMPLES_PER_SECOND = 24_000;
const BYTES_PER_SAMPLE = 2;
const PITCH_HERTZ = 220;
const LOUDNESS = 8_000;

/** A tone as a WAV file (RIFF, 16-bit mono at 24 kHz), as OpenAI's voices have it. */
export function makeWav(seconds: number): Buffer {
  const samples = Math.round(seconds * SAMPLES_PER_SECOND);
  const wav = Buffer.alloc(HEADER_BYTES + samples * BYTES_PER_SAMPLE);
  wav.write("RIFF", 0, "latin1");
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.write("WAVEfmt ", 8, "latin1");
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(SAMPLES_PER_SECOND, 24);
  wav.writeUInt32LE(SAMPLES_PER_SECOND * BYTES_PER_SAMPLE, 28);
  wav.writeUInt16LE(BYTES_PER_SAMPLE, 32);
  wav.writeUInt16LE(BYTES_PER_SAMPLE * 8, 34);
  wav.write("data", 36, "latin1");
  wav.writeUInt32LE(samples * BYTES_PER_SAMPLE, 40);
  for (let at = 0; at < samples; at += 1) {
    const level = LOUDNESS * Math.sin((2 * Math.PI * PITCH_HERTZ * at) / SAMPLES_PER_SECOND);
    wav.writeInt16LE(Math.round(level), HEADER_BYTES + at * BYTES_PER_SAMPLE);
  }
  return wav;
}

/** How long a WAV file plays, by its header; null where it is none. */
export function wavSeconds(bytes: Uint8Array): number | null {
  const wav = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (wav.length < HEADER_BYTES || wav.toString("latin1", 0, 4) !== "RIFF") return null;
  const bytesPerSecond = wav.readUInt32LE(28);
  return bytesPerSecond === 0 ? null : (wav.length - HEADER_BYTES) / bytesPerSecond;
}
