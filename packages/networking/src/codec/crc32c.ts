import {crc32c as nativeCrc32c} from "@node-rs/crc32";

/** CRC-32C (Castagnoli; RFC 3720, appendix B.4). `node:zlib` has another. */
export const crc32c = (bytes: Uint8Array): number => nativeCrc32c(bytes);

/** Checksums of data that hold checksums would be weak, so framed ones are rotated and moved. snappy framing_format.txt, section 3 */
export function maskedCrc32c(bytes: Uint8Array): number {
  const sum = crc32c(bytes);
  return (((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0;
}
