import type {CommandIo} from "../command-io.ts";

/** A line for people, beside the result. */
export function say({stderr}: CommandIo, line: string): void {
  stderr.write(`mote: ${line}\n`);
}

export const counted = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;
