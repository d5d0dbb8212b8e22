import {randomBytes} from "node:crypto";
import type {Epoch, Pubkey, Root, SlashingProtection} from "@mote/core";

const hex = (bytes: number): string => `0x${randomBytes(bytes).toString("hex")}`;

export const randomRoot = (): Root => hex(32) as Root;
export const randomPubkeys = (count: number): readonly Pubkey[] => Array.from({length: count}, () => hex(48) as Pubkey);

/** The votes of one epoch, asked for at once. @throws {Error} when one is refused */
export async function voteAll(
  protection: SlashingProtection,
  pubkeys: readonly Pubkey[],
  target: number,
): Promise<void> {
  const vote = {sourceEpoch: (target - 1) as Epoch, targetEpoch: target as Epoch, signingRoot: randomRoot()};
  const verdicts = await Promise.all(pubkeys.map((pubkey) => protection.recordAttestation(pubkey, vote)));
  if (verdicts.some(({kind}) => kind !== "accepted")) throw new Error("a sound vote was refused");
}
