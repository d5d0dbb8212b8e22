import type {Epoch, Pubkey, Root, Slot} from "@mote/core";

/**
 * What the processes of these tests sign, each message known by a word, a key and a number: `vote 3 17` is key 3's vote for epoch 17,
 * `block 3 17` its block, `import 3 17` the vote that file 17 has for key 3. No dependency but core, so that a process starts fast.
 */
export const VOTING_KEYS = [1, 2, 3, 4] as const;
/** Keys of imports alone: each file has a vote and a block for each of them. */
export const IMPORTED_KEYS = Array.from({length: 12}, (_, n) => 101 + n);

const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, "0");

export const pubkeyOf = (n: number): Pubkey => `0x${hex(n, 96)}` as Pubkey;

export const voteOf = (target: number) => ({
  sourceEpoch: (target - 1) as Epoch,
  targetEpoch: target as Epoch,
  signingRoot: `0x${hex(target, 64)}` as Root,
});

export const blockOf = (slot: number) => ({slot: slot as Slot, signingRoot: `0x${hex(slot, 64)}` as Root});

export const fileOf = (n: number, genesisValidatorsRoot: string) => ({
  metadata: {interchange_format_version: "5", genesis_validators_root: genesisValidatorsRoot},
  data: IMPORTED_KEYS.map((key) => ({
    pubkey: pubkeyOf(key),
    signed_blocks: [{slot: `${n}`, signing_root: blockOf(n).signingRoot}],
    signed_attestations: [{source_epoch: `${n - 1}`, target_epoch: `${n}`, signing_root: voteOf(n).signingRoot}],
  })),
});
