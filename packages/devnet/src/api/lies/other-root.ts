/** A root that is nobody's: `root` with all its bits turned. */
export function otherRoot(root: Uint8Array): Uint8Array {
  return Uint8Array.from(root, (byte) => byte ^ 0xff);
}
