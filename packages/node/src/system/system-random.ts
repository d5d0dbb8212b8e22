import type {Random} from "@mote/core";

export class SystemRandom implements Random {
  next(): number {
    return Math.random();
  }
}
