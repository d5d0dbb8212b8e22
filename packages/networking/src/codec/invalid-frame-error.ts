/** Bytes from a peer that are not what its format promises. The message says what was wrong, and holds nothing that the peer wrote. */
export class InvalidFrameError extends Error {
  override name = "InvalidFrameError";
}
