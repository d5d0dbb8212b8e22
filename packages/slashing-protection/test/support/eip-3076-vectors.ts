import assert from "node:assert/strict";
import {existsSync, readdirSync, readFileSync} from "node:fs";
import {
  type AttestationRecord,
  type BlockRecord,
  type Pubkey,
  parseEpoch,
  parseRoot,
  parseSlot,
  type Root,
  type SlashingProtection,
} from "@mote/core";
import {
  bytesOf,
  type NewProtectionStore,
  type ProtectionStoreUnderTest,
  type SignedProposal,
  type SignedVote,
  textOf,
} from "@mote/testing";

/** The official vectors (eth-clients/slashing-protection-interchange-tests), beside the repository. */
const VECTORS = new URL("../../../../../shared/vectors/eip-3076/", import.meta.url);
const VECTOR_COUNT = 38;

interface VoteJson {
  readonly source_epoch: string;
  readonly target_epoch: string;
  readonly signing_root?: string;
}
interface BlockJson {
  readonly slot: string;
  readonly signing_root?: string;
}
interface Attempt {
  readonly pubkey: Pubkey;
  readonly should_succeed_complete: boolean;
}
export interface Vector {
  readonly genesis_validators_root: Root;
  readonly steps: readonly {
    readonly should_succeed: boolean;
    readonly interchange: {
      readonly data: readonly {
        readonly pubkey: string;
        readonly signed_blocks: readonly BlockJson[];
        readonly signed_attestations: readonly VoteJson[];
      }[];
    };
    readonly blocks: readonly (BlockJson & Attempt)[];
    readonly attestations: readonly (VoteJson & Attempt)[];
  }[];
}

/** One test a vector, or one that stands for all when they are not there. Called within a `describe`. */
export function forEachVector(play: (vector: Vector) => Promise<void> | void): void {
  if (!existsSync(VECTORS)) {
    it(`NOT RUN: there are no vectors at ${VECTORS.pathname}`);
    return;
  }
  const names = readdirSync(VECTORS).filter((name) => name.endsWith(".json"));
  it("are all there", () => assert.equal(names.length, VECTOR_COUNT));
  for (const name of names) {
    it(name.replace(".json", ""), () => play(JSON.parse(readFileSync(new URL(name, VECTORS), "utf8"))));
  }
}

/** Plays all official vectors on an adapter of the port, through its imports. Called within a `describe`. */
export function declareOfficialVectors(newStore: NewProtectionStore): void {
  describe("official EIP-3076 vectors, as they are", () => {
    forEachVector((vector) => playVector(newStore, vector, async () => {}));
  });
  describe("official EIP-3076 vectors, with a restart after each import", () => {
    forEachVector((vector) => playVector(newStore, vector, (player) => player.restart()));
  });
  describe("official EIP-3076 vectors, with an export into an empty store after each import", () => {
    forEachVector((vector) => playVector(newStore, vector, (player) => player.move()));
  });
}

async function playVector(
  newStore: NewProtectionStore,
  vector: Vector,
  goOn: (player: VectorPlayer) => Promise<void>,
): Promise<void> {
  const player = await VectorPlayer.begin(await newStore({genesisValidatorsRoot: vector.genesis_validators_root}));
  try {
    for (const step of vector.steps) {
      await player.import(step);
      await goOn(player);
      await player.attempt(step);
    }
  } finally {
    await player.end();
  }
}

type VectorStep = Vector["steps"][number];

class VectorPlayer {
  readonly #stores: ProtectionStoreUnderTest[];
  #protection: SlashingProtection;

  private constructor(store: ProtectionStoreUnderTest, protection: SlashingProtection) {
    this.#stores = [store];
    this.#protection = protection;
  }

  static async begin(store: ProtectionStoreUnderTest): Promise<VectorPlayer> {
    return new VectorPlayer(store, await store.open());
  }

  async import({interchange, should_succeed}: VectorStep): Promise<void> {
    const importing = this.#protection.importInterchange(bytesOf(interchange));
    if (should_succeed) await importing;
    else await assert.rejects(importing);
  }

  /** What the complete strategy says of each message; what it accepts stands from then on. */
  async attempt({blocks, attestations}: VectorStep): Promise<void> {
    for (const block of blocks) {
      const {kind} = await this.#protection.recordBlock(block.pubkey, signedProposalOf(block));
      assert.equal(kind !== "refused", block.should_succeed_complete, JSON.stringify(block));
    }
    for (const vote of attestations) {
      const {kind} = await this.#protection.recordAttestation(vote.pubkey, signedVoteOf(vote));
      assert.equal(kind !== "refused", vote.should_succeed_complete, JSON.stringify(vote));
    }
  }

  async restart(): Promise<void> {
    await this.#protection.close();
    this.#protection = await this.#store.open();
  }

  async move(): Promise<void> {
    const text = await textOf(this.#protection.exportInterchange());
    this.#stores.push(await this.#store.another());
    await this.restart();
    await this.#protection.importInterchange(bytesOf(text));
    assert.equal(await textOf(this.#protection.exportInterchange()), text);
  }

  async end(): Promise<void> {
    await this.#protection.close();
    for (const store of this.#stores) await store.destroy();
  }

  get #store(): ProtectionStoreUnderTest {
    return this.#stores.at(-1) as ProtectionStoreUnderTest;
  }
}

export const blockRecordOf = ({slot, signing_root}: BlockJson): BlockRecord => ({
  slot: parseSlot(slot, "slot"),
  signingRoot: signing_root === undefined ? null : parseRoot(signing_root, "signing_root"),
});

export const voteRecordOf = ({source_epoch, target_epoch, signing_root}: VoteJson): AttestationRecord => ({
  sourceEpoch: parseEpoch(source_epoch, "source_epoch"),
  targetEpoch: parseEpoch(target_epoch, "target_epoch"),
  signingRoot: signing_root === undefined ? null : parseRoot(signing_root, "signing_root"),
});

export const signedProposalOf = ({slot, signing_root}: BlockJson): SignedProposal => ({
  slot: parseSlot(slot, "slot"),
  signingRoot: parseRoot(signing_root, "signing_root"),
});

export const signedVoteOf = ({source_epoch, target_epoch, signing_root}: VoteJson): SignedVote => ({
  sourceEpoch: parseEpoch(source_epoch, "source_epoch"),
  targetEpoch: parseEpoch(target_epoch, "target_epoch"),
  signingRoot: parseRoot(signing_root, "signing_root"),
});
