/** Bytes that are asked for as they are wanted. */
export interface ByteSource {
  /**
   * Exactly so many; the view is the caller's until the next call.
   * @throws {InvalidFrameError} when the source ends before
   */
  read(sizeBytes: number): Promise<Uint8Array>;
}
