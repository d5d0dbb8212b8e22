const UINT64_MAX = 2n ** 64n - 1n;
/** Any number of so many digits is exact as a number. */
const SAFE_DIGITS = 15;

/** An integer from 0 to 2^64−1 in plain digits, exact: a bigint when, and only when, it is above 2^53−1. Null for any other text. */
export function parseUint64Text(text: string): number | bigint | null {
  if (!/^(?:0|[1-9][0-9]{0,19})$/.test(text)) return null;
  if (text.length <= SAFE_DIGITS) return Number(text);
  const value = BigInt(text);
  if (value > UINT64_MAX) return null;
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/** `sizeBytes` bytes of hex in any case, with or without 0x, as lowercase with 0x. Null for any other text. */
export function parseHexText(text: string, sizeBytes: number): string | null {
  // As nearly every client writes it: nothing to make anew.
  if (text.length === 2 + 2 * sizeBytes && /^0x[0-9a-f]+$/.test(text)) return text;
  const hasPrefix = text.startsWith("0x") || text.startsWith("0X");
  const digits = hasPrefix ? text.slice(2) : text;
  if (digits.length !== 2 * sizeBytes || !/^[0-9a-fA-F]+$/.test(digits)) return null;
  return `0x${digits.toLowerCase()}`;
}

/** What stands in the file, short and without control characters. */
export function excerptOf(text: string): string {
  const shown = /^[ -~]+$/.test(text) ? text : JSON.stringify(text);
  return shown.length > 80 ? `${shown.slice(0, 77)}…` : shown;
}
