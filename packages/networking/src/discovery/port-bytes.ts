/** As a record has it. */
export const portBytes = (port: number): Uint8Array => Uint8Array.of(port >> 8, port & 0xff);
