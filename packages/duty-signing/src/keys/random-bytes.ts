import {randomBytes} from "node:crypto";

/** Randomness that keys, salts and mnemonics may be made of. Whoever implements it for anything but a test asks the system's generator. */
export interface RandomBytes {
  bytes(sizeBytes: number): Uint8Array;
}

export class SystemRandomBytes implements RandomBytes {
  bytes(sizeBytes: number): Uint8Array {
    return randomBytes(sizeBytes);
  }
}
