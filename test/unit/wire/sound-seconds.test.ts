import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { soundSeconds } from "../../../src/wire/audio/sound-seconds.ts";

const ascii = (text: string) => Buffer.from(text, "latin1");
const le32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

/** STREAMINFO by its bits: block and frame sizes, rate, channels and sample size, samples, checksum. */
function flac(rate: number, samples: number): Buffer {
  const bits = "0".repeat(80) + rate.toString(2).padStart(20, "0") + "00001111" + samples.toString(2).padStart(36, "0");
  const info = Buffer.from(bits.match(/.{8}/g)?.map((octet) => Number.parseInt(octet, 2)) ?? []);
  return Buffer.concat([ascii("fLaC"), Buffer.of(0x80, 0, 0, 34), info, Buffer.alloc(16), Buffer.alloc(30)]);
}

function wav(rate: number, blockBytes: number, bytesPerSecond: number, data: number, before = Buffer.alloc(0)): Buffer {
  const format = Buffer.alloc(16);
  format.writeUInt32LE(rate, 4);
  format.writeUInt32LE(bytesPerSecond, 8);
  format.writeUInt16LE(blockBytes, 12);
  const chunks = [before, ascii("fmt "), le32(16), format, ascii("data"), le32(0xffff_ffff), Buffer.alloc(data)];
  return Buffer.concat([ascii("RIFF"), le32(0xffff_ffff), ascii("WAVE"), ...chunks]);
}

function page(granule: bigint, payload: Buffer): Buffer {
  const head = Buffer.alloc(28);
  head.write("OggS", "latin1");
  head.writeBigInt64LE(granule, 6);
  head.writeUInt8(1, 26);
  return Buffer.concat([head, payload]);
}
const ogg = (first: Buffer, granule: bigint) =>
  Buffer.concat([
    page(0n, Buffer.concat([first, Buffer.alloc(80)])),
    page(granule, Buffer.alloc(200)),
    page(-1n, ascii("x")),
  ]);
const vorbis = Buffer.concat([ascii("\u0001vorbis"), Buffer.alloc(5), le32(44_100)]);
const oggFlac = Buffer.concat([ascii("\u007fFLAC"), Buffer.of(1, 0, 0, 1), flac(8_000, 0)]);

describe("how long a sound file says it is", () => {
  it.each([
    ["FLAC", flac(44_100, 44_100 * 60), 60],
    ["FLAC of more samples than 32 bits hold", flac(8_000, 2 ** 35), 2 ** 35 / 8_000],
    ["FLAC without a length", flac(44_100, 0), null],
    ["WAV", wav(16_000, 2, 32_000, 320_000 - 44), 10],
    ["WAV whose two rates differ: the slower", wav(1, 1, 32_000, 956), 1_000],
    [
      "WAV with a chunk before its format",
      wav(8_000, 1, 8_000, 79_948, Buffer.concat([ascii("JUNK"), le32(3), Buffer.alloc(4)])),
      10.0005,
    ],
    ["WAV without a rate", wav(0, 0, 0, 1_000), null],
    ["Opus", ogg(ascii("OpusHead"), 48_000n * 7n), 7],
    ["Vorbis", ogg(vorbis, 44_100n * 8n), 8],
    ["FLAC in Ogg", ogg(oggFlac, 8_000n * 9n), 9],
    ["Ogg of something else", ogg(ascii("Speex   "), 1_000n), null],
    ["more than anything lasts", ogg(vorbis, 2n ** 62n), 10_000_000],
    ["MP3", Buffer.concat([ascii("ID3"), Buffer.alloc(100)]), null],
    ["next to nothing", ascii("fLaC"), null],
  ])("%s", (_what, bytes, seconds) => {
    expect(soundSeconds(bytes)).toBe(seconds);
  });

  it("never fails, whatever follows a mark, wherever it breaks off", () => {
    const whole = fc.constantFrom(
      flac(1, 5),
      wav(1, 1, 1, 90),
      ogg(vorbis, 5n),
      ogg(oggFlac, 5n),
      ogg(ascii("OpusHead"), 1n),
    );
    const noise = fc
      .tuple(fc.constantFrom("fLaC", "RIFF", "OggS"), fc.uint8Array({ maxLength: 300 }))
      .map(([mark, rest]) => Buffer.concat([ascii(mark), rest]));
    fc.assert(
      fc.property(fc.oneof(noise, whole), fc.nat(400), (bytes, length) => {
        const seconds = soundSeconds(bytes.subarray(0, length));
        expect(seconds === null || (seconds > 0 && seconds <= 10_000_000)).toBe(true);
      }),
    );
  });
});
