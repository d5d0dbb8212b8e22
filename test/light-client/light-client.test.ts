import {strict as assert} from "node:assert";
import {aggregateSignatures, Signature} from "@chainsafe/blst";
import {BitArray} from "@chainsafe/ssz";
import {SLOTS_PER_EPOCH, SYNC_COMMITTEE_SIZE} from "@lodestar/params";
import {
  type LightClientFinalityUpdate,
  type LightClientOptimisticUpdate,
  type LightClientUpdate,
  ssz,
} from "@lodestar/types";
import {createNetworkConfig} from "@mote/consensus";
import {type Epoch, type LightClientSource, pubkeyToHex, type Root, rootToHex, type Slot, SlotClock} from "@mote/core";
import {initializeState, LightClient, type LightClientEvent, LightClientStore} from "@mote/light-client";
import {FakeClock, FakeLog} from "@mote/testing";
import type {DevnetChain} from "../../packages/devnet/src/chain.ts";
import {interopKeys} from "../../packages/devnet/src/interop-keys.ts";
import {LightClientServer} from "../../packages/devnet/src/light-client/light-client-server.ts";
import {SlotPlayer, testChain} from "../../packages/devnet/test/chain/support.ts";
import {TestValidators} from "../../packages/devnet/test/support/test-validators.ts";
import {PlainVerifier} from "../../packages/light-client/test/support/committee-keys.ts";
import {MadeFile} from "../../packages/light-client/test/support/made-light-client.ts";
import {MadeUpdates} from "../../packages/light-client/test/support/made-sources.ts";

const GLOAS_EPOCH = 5 as Epoch;
/** Past a fork and a change of the sync committee, with finality on the other side of both. */
const LAST_SLOT = 92;

/** What the devnet's server has, as a peer would answer it. */
function peerOf(server: LightClientServer, blamed: string[]): LightClientSource {
  const orThrow = <T>(value: T | null): T => {
    if (value === null) throw new Error("resource unavailable");
    return value;
  };
  return {
    name: "devnet",
    bootstrap: async (root) => orThrow(server.bootstrap(root)),
    updates: async (startPeriod, count) => server.updates(startPeriod, count),
    finalityUpdate: async () => orThrow(server.finalityUpdate()),
    optimisticUpdate: async () => orThrow(server.optimisticUpdate()),
    blame: (reason) => void blamed.push(reason),
  };
}

/** A light client on a chain of the devnet, with a clock that stands until it is told. */
class Follower {
  readonly updates = new MadeUpdates();
  readonly events: LightClientEvent[] = [];
  readonly blamed: string[] = [];
  readonly client: LightClient;

  constructor(
    init: {readonly chain: DevnetChain; readonly trustedRoot: Root},
    slotClock: SlotClock,
    server: LightClientServer,
  ) {
    this.updates.list = [peerOf(server, this.blamed)];
    const {chain, trustedRoot} = init;
    const config = createNetworkConfig(chain.config, chain.genesis.validatorsRoot);
    this.client = new LightClient(
      {config, trustedRoot},
      {
        slotClock,
        random: {next: () => 0},
        updates: this.updates,
        verifier: new PlainVerifier(),
        stateFile: new MadeFile(),
        log: new FakeLog(),
        trustedElsewhere: null,
      },
    );
    this.client.subscribe((event) => this.events.push(event));
    this.client.start();
  }
}

describe("LightClient on a chain of the devnet", function () {
  this.timeout(60_000);
  let chain: DevnetChain;
  let server: LightClientServer;
  let clock: FakeClock;
  let slotClock: SlotClock;
  let early: Follower;
  const verdicts: string[] = [];
  const followers: Follower[] = [];

  function follow(trustedRoot: Root): Follower {
    const follower = new Follower({chain, trustedRoot}, slotClock, server);
    followers.push(follower);
    return follower;
  }

  before(async () => {
    chain = testChain({gloasEpoch: GLOAS_EPOCH}, 16);
    server = new LightClientServer({chain});
    const slotDurationMs = chain.config.SLOT_DURATION_MS;
    const {timeSec: genesisTimeSec} = chain.genesis;
    clock = new FakeClock({nowMs: genesisTimeSec * 1000});
    slotClock = new SlotClock({genesisTimeSec, slotDurationMs, slotsPerEpoch: SLOTS_PER_EPOCH}, {clock});
    const player = new SlotPlayer(chain);
    early = follow(chain.genesis.blockRoot);
    for (let slot = 0; slot <= LAST_SLOT; slot++) {
      player.playTo(slot, {skip: [21, 22]});
      await clock.advance(slotDurationMs / 2);
      for (const {kind, update} of server.announcements())
        verdicts.push(
          await early.updates.gossip(
            kind === "light_client_finality_update"
              ? {kind: "finality_update", update: update as LightClientFinalityUpdate}
              : {kind: "optimistic_update", update: update as LightClientOptimisticUpdate},
          ),
        );
      if (slot < LAST_SLOT) await clock.advance(slotDurationMs / 2);
    }
  });

  after(async () => {
    for (const {client} of followers) await client.stop();
  });

  it("follows finality from genesis on, over the fork to Gloas and into another period", () => {
    assert.equal(early.client.finalized()?.root, chain.finalized.root);
    assert.deepEqual(early.blamed, []);
    assert.deepEqual([...new Set(verdicts)].sort(), ["accept", "ignore"]);
    const slots = early.events.flatMap((event) => (event.kind === "finalized" ? [event.header.slot] : []));
    assert.ok(slots.some((slot) => slot < GLOAS_EPOCH * SLOTS_PER_EPOCH && slot > 0));
    assert.ok(slots.some((slot) => slot >= 64));
    assert.deepEqual(
      slots,
      slots.toSorted((a, b) => a - b),
    );
    assert.ok(early.events.every(({kind}) => kind !== "finality_conflict"));
  });

  it("knows each block a slot after it", () => {
    assert.equal(early.client.optimistic()?.header.root, chain.block(chain.head.root)?.parentRoot);
    const proven = early.events.flatMap((event) => (event.kind === "optimistic" ? [event.header] : []));
    for (const header of proven) assert.equal(chain.blockAtSlot(header.slot)?.root, header.root);
    assert.ok(proven.length > LAST_SLOT - 10, `${proven.length}`);
  });

  it("catches up from a block of the period before", async () => {
    const trusted = chain.blockAtSlot((3 * SLOTS_PER_EPOCH) as Slot);
    assert(trusted !== null);
    const late = follow(trusted.root);
    await clock.advance(0);
    await clock.advance(0);
    assert.equal(late.client.finalized()?.root, chain.finalized.root);
    assert.deepEqual(late.blamed, []);
    assert.equal(late.client.updates(0, 1).length, 1);
  });

  it("finalizes nothing by 60% of the committee, and takes no signature of others", async () => {
    const {genesis, config} = chain;
    const bootstrap = server.bootstrap(genesis.blockRoot);
    const [honest] = server.updates(0, 1);
    assert(bootstrap !== null && honest !== undefined);
    const begun = initializeState(config, genesis.blockRoot, bootstrap);
    assert(begun.kind === "initialized");
    const {pubkeys} = begun.state.currentSyncCommittee;
    const members = pubkeys.map((pubkey) => chain.pubkeys.indexOf(pubkeyToHex(pubkey)));
    const verdictOn = async (signers: readonly number[]) => {
      const store = new LightClientStore({config, state: begun.state}, {verifier: new PlainVerifier()});
      const {kind} = await store.process(resigned(chain, honest, signers), LAST_SLOT as Slot);
      // The best update of the first period is an early one, which calls genesis final and brings the next committee.
      const isCommitteeFinal = store.state.nextSyncCommittee !== null;
      return {kind, isCommitteeFinal, optimistic: store.optimistic().header.slot};
    };
    const {slot} = honest.attestedHeader.beacon;
    const few = members.slice(0, Math.floor(members.length * 0.6));
    assert.deepEqual(await verdictOn(few), {kind: "accepted", isCommitteeFinal: false, optimistic: slot});
    assert.deepEqual(await verdictOn(members), {kind: "accepted", isCommitteeFinal: true, optimistic: slot});
    const others = few.map((index) => (index + 1) % chain.pubkeys.length);
    assert.deepEqual(await verdictOn(others), {kind: "refused", isCommitteeFinal: false, optimistic: 0});
  });

  it("takes no update that was changed anywhere", async () => {
    const {genesis, config} = chain;
    const bootstrap = server.bootstrap(genesis.blockRoot);
    const [honest] = server.updates(0, 1);
    assert(bootstrap !== null && honest !== undefined);
    const begun = initializeState(config, genesis.blockRoot, bootstrap);
    assert(begun.kind === "initialized");
    const verdictOn = (update: LightClientUpdate) =>
      new LightClientStore({config, state: begun.state}, {verifier: new PlainVerifier()}).process(
        update,
        LAST_SLOT as Slot,
      );
    const {LightClientUpdate: type} = config.getPostAltairForkTypes(honest.attestedHeader.beacon.slot);
    const bytes = type.serialize(honest as never);
    assert.equal((await verdictOn(type.deserialize(bytes) as LightClientUpdate)).kind, "accepted");
    // Offsets at the front say where its parts begin: without them it is no update at all.
    for (let at = bytes.length - 1; at > 200; at -= 37) {
      const changed = bytes.slice();
      changed[at] = changed[at]! ^ 4;
      const update = decoded(() => type.deserialize(changed) as LightClientUpdate);
      if (update !== null) assert.equal((await verdictOn(update)).kind, "refused", `byte ${at}`);
    }
  });
});

/** The same update with the signatures of these validators for the first seats of the committee. */
function resigned(chain: DevnetChain, update: LightClientUpdate, signers: readonly number[]): LightClientUpdate {
  const validators = new TestValidators(chain, interopKeys(chain.pubkeys.length));
  const root = rootToHex(ssz.phase0.BeaconBlockHeader.hashTreeRoot(update.attestedHeader.beacon));
  const signatures = signers.map((index) => {
    const {signature} = validators.syncMessage((update.signatureSlot - 1) as Slot, index, root);
    return Signature.fromBytes(signature);
  });
  const bits = Array.from({length: SYNC_COMMITTEE_SIZE}, (_, seat) => seat < signers.length);
  const syncAggregate = {
    syncCommitteeBits: BitArray.fromBoolArray(bits),
    syncCommitteeSignature: aggregateSignatures(signatures).toBytes(),
  };
  return {...update, syncAggregate} as LightClientUpdate;
}

/** Null for bytes that are no update. */
function decoded(read: () => LightClientUpdate): LightClientUpdate | null {
  try {
    return read();
  } catch {
    return null;
  }
}
