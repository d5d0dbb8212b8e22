import assert from "node:assert/strict";
import type {Pubkey, Root, Signature} from "@mote/core";
import {FakeWeb3Signer, SeededRandom} from "@mote/testing";
import {KeysWorld, keystoreOf, pubkeyOf, SLOTS_PER_EPOCH, secretKey} from "./support/keys-world.ts";

const KEYS = [1, 2];
const STEPS = 40;
const SEEDS = 8;
const SEEDS_FOR_FLAW_MAX = 40;
const FIRST_EPOCH = 5;
const EPOCH_MS = SLOTS_PER_EPOCH * 2_000;

interface Vote {
  readonly index: number;
  readonly source: number;
  readonly target: number;
  readonly head: number;
  readonly machine: number;
}

/** What may never be, whatever the operator does: votes that contradict each other, and votes after "deleted". */
class Oracle {
  readonly votes: Vote[] = [];
  readonly faults: string[] = [];

  signed(vote: Vote): void {
    for (const other of this.votes.filter(({index}) => index === vote.index)) {
      const isDouble = other.target === vote.target && (other.head !== vote.head || other.source !== vote.source);
      const surrounds = (a: Vote, b: Vote) => a.source < b.source && a.target > b.target;
      if (isDouble || surrounds(vote, other) || surrounds(other, vote))
        this.faults.push(`${JSON.stringify(vote)} contradicts ${JSON.stringify(other)}`);
    }
    this.votes.push(vote);
  }

  /** `text` must forbid whatever contradicts a vote that was signed until now. */
  exported(index: number, text: string): void {
    const {data} = JSON.parse(text) as {data: {pubkey: string; signed_attestations: {target_epoch: string}[]}[]};
    const targets = data
      .filter(({pubkey}) => pubkey === pubkeyOf(index))
      .flatMap(({signed_attestations}) => signed_attestations.map(({target_epoch}) => Number(target_epoch)));
    const newest = Math.max(-1, ...this.votes.filter((vote) => vote.index === index).map(({target}) => target));
    if (newest > Math.max(-1, ...targets)) this.faults.push(`the export of key ${index} misses its vote for ${newest}`);
  }
}

interface Flaws {
  /** Of the first machine: events that do not take place. */
  readonly events?: readonly string[];
  /** An operator who brings keys without their records. */
  readonly forgetsRecords?: boolean;
}

/** An operator moves keys to and fro between two machines, in any order, while both vote without a pause. */
class Story {
  readonly oracle = new Oracle();
  readonly #random: SeededRandom;
  readonly #flaws: Flaws;
  readonly #signer: FakeWeb3Signer;
  readonly #machines: KeysWorld[] = [];
  /** Where a key is, or may be; null: nowhere, and its records are those that the last machine handed out. */
  readonly #home = new Map<number, {machine: number; isRemote: boolean} | null>();
  readonly #records = new Map<number, object>();
  readonly #voting = new Set<Promise<unknown>>();
  #epoch = FIRST_EPOCH;
  #heads = 0;

  private constructor(init: {seed: number; flaws: Flaws}, components: {signer: FakeWeb3Signer}) {
    this.#random = new SeededRandom({seed: init.seed});
    this.#flaws = init.flaws;
    this.#signer = components.signer;
  }

  static async run(seed: number, flaws: Flaws = {}): Promise<Oracle> {
    const sign = (pubkey: Pubkey, root: Root): Signature =>
      secretKey(KEYS.find((index) => pubkeyOf(index) === pubkey) as number).sign(root);
    const pubkeys = KEYS.map(pubkeyOf);
    const signer = await FakeWeb3Signer.start({pubkeys, sign, genesisForkVersion: new Uint8Array(4), openApi: null});
    const story = new Story({seed, flaws}, {signer});
    try {
      story.#machines.push(await KeysWorld.open({flaws: flaws.events ?? []}), await KeysWorld.open());
      for (let step = 0; step < STEPS; step++) await story.#step();
      await Promise.all(story.#voting);
      return story.oracle;
    } finally {
      await Promise.all(story.#voting);
      await Promise.all(story.#machines.map((machine) => machine.close()));
      await signer.close();
    }
  }

  async #step(): Promise<void> {
    for (const index of KEYS) for (const machine of [0, 1]) if (this.#chance(0.7)) this.#vote(machine, index);
    const index = this.#oneOf(KEYS);
    const home = this.#home.get(index) ?? null;
    if (this.#chance(0.15)) await this.#advance();
    else if (home === null) await this.#bring(index, this.#oneOf([0, 1]));
    else if (this.#chance(0.2)) await this.#restart(home.machine);
    else await this.#take(index, home);
    // Votes that were asked for meet the next step at any point of their way.
    for (let turns = this.#oneOf([0, 1, 2, 5]); turns > 0; turns--)
      await new Promise((resolve) => setImmediate(resolve));
  }

  #vote(machine: number, index: number): void {
    const target = this.#epoch - this.#oneOf([0, 0, 0, 1]);
    const source = target - this.#oneOf([1, 1, 1, 2, 3]);
    const head = this.#heads++ % 250;
    const detail = {sourceEpoch: source, slotInEpoch: this.#oneOf([0, 1, 2, 3, 4, 5, 6, 7]), head};
    const voting = (this.#machines[machine] as KeysWorld).vote(index, target, detail).then((outcome) => {
      this.#voting.delete(voting);
      if (outcome.kind !== "signed") return;
      this.oracle.signed({index, source, target, head, machine});
      if (this.#home.get(index)?.machine !== machine)
        this.oracle.faults.push(`machine ${machine} signs with key ${index}, which is not there`);
    });
    this.#voting.add(voting);
  }

  async #advance(): Promise<void> {
    this.#epoch++;
    for (const {clock} of this.#machines) await clock.advance(EPOCH_MS);
  }

  /** A signer of its own, or a remote one. Both may be wanted at once. */
  async #bring(index: number, machine: number): Promise<void> {
    const {keys, disk} = this.#machines[machine] as KeysWorld;
    const records = this.#flaws.forgetsRecords === true ? null : (this.#records.get(index) ?? null);
    const isRemote = this.#chance(0.3);
    // It may sign before the answer is here.
    this.#home.set(index, {machine, isRemote});
    if (isRemote) {
      if (records !== null) await keys.importKeystores([], records);
      await keys.importRemoteKeys([{pubkey: pubkeyOf(index), url: this.#signer.url}]);
      return;
    }
    if (this.#chance(0.2)) disk.fullFor = this.#oneOf(["secrets", "validator_keys"]);
    const keystore = await keystoreOf(index);
    const both = await Promise.all([keys.importKeystores([keystore], records), keys.importKeystores([keystore], null)]);
    disk.fullFor = null;
    if (!both.flat().some(({status}) => status === "imported")) this.#home.set(index, null);
  }

  async #take(index: number, {machine, isRemote}: {machine: number; isRemote: boolean}): Promise<void> {
    const {keys, disk} = this.#machines[machine] as KeysWorld;
    const pubkeys = [pubkeyOf(index)];
    if (isRemote) await keys.deleteRemoteKeys(pubkeys);
    disk.cannotRemove = !isRemote && this.#chance(0.2);
    const twice = await Promise.all([keys.deleteKeystores(pubkeys), keys.deleteKeystores(pubkeys)]);
    disk.cannotRemove = false;
    const done = twice.find(({results}) => results[0]?.status !== "error" && results[0]?.status !== "not_found");
    // Refused, or never used: it stays where it is, or has nothing to tell.
    if (done === undefined) {
      if (isRemote) this.#home.set(index, null);
      return;
    }
    this.#home.set(index, null);
    for (const {slashingProtection, results} of twice)
      if (results[0]?.status !== "error") this.oracle.exported(index, slashingProtection);
    this.#records.set(index, JSON.parse(done.slashingProtection) as object);
  }

  /** Only keystores come back with it: those of remote signers are in a file that is read elsewhere. */
  async #restart(machine: number): Promise<void> {
    if ([...this.#home.values()].some((home) => home?.machine === machine && home.isRemote)) return;
    await Promise.all(this.#voting);
    const {dir, clock} = this.#machines[machine] as KeysWorld;
    await (this.#machines[machine] as KeysWorld).end();
    const restarted = await KeysWorld.open({dir, flaws: machine === 0 ? (this.#flaws.events ?? []) : []});
    await restarted.clock.advance(clock.nowMs() - restarted.clock.nowMs());
    this.#machines[machine] = restarted;
  }

  #chance(probability: number): boolean {
    return this.#random.next() < probability;
  }

  #oneOf<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.#random.next() * choices.length)] as T;
  }
}

describe("keys that are moved between machines while they vote", function () {
  this.timeout(120_000);

  it(`never sign what contradicts, and nothing after they were deleted, in ${SEEDS} stories`, async () => {
    let signed = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const {votes, faults} = await Story.run(seed);
      assert.deepEqual(faults, [], `seed ${seed}`);
      signed += votes.length;
    }
    assert(signed > SEEDS, `${signed} votes were signed`);
  });

  const flaws: Readonly<Record<string, Flaws>> = {
    "a deletion that does not stop the key": {
      events: ["MaySign.remove", "MixedKeyRing.remove", "LevelSlashingProtection.freeze"],
    },
    "an import that does not take in the records": {events: ["LevelSlashingProtection.importInterchange"]},
    "an operator who does not bring the records": {forgetsRecords: true},
  };
  for (const [what, flaw] of Object.entries(flaws)) {
    it(`is a check that catches ${what}`, async () => {
      for (let seed = 1; seed <= SEEDS_FOR_FLAW_MAX; seed++)
        if ((await Story.run(seed, flaw)).faults.length > 0) return;
      assert.fail("nobody noticed");
    });
  }
});
