import type {LightClientFinalityUpdate, LightClientOptimisticUpdate} from "@lodestar/types";
import {createNetworkConfig, type NetworkConfig} from "@mote/consensus";
import {
  type Cancel,
  hexToBytes,
  type NetworkEvent,
  type Root,
  type SignatureVerifier,
  type SignedBy,
  type Slot,
  SlotClock,
  type ValidatorIndex,
} from "@mote/core";
import {LightClient} from "@mote/light-client";
import {type GossipKind, GossipObserver, LightGossip, type Validation} from "@mote/networking";
import {FakeClock, FakeLog} from "@mote/testing";
import {verifyAggregate, verifySameMessage} from "../../../packages/consensus/src/bls/batch-verification.ts";
import {PublicKeyCache} from "../../../packages/consensus/src/bls/public-key-cache.ts";
import type {DevnetChain} from "../../../packages/devnet/src/chain.ts";
import {LightClientServer} from "../../../packages/devnet/src/light-client/light-client-server.ts";
import {SlotPlayer, testChain} from "../../../packages/devnet/test/chain/support.ts";
import {MadeFile} from "../../../packages/light-client/test/support/made-light-client.ts";
import {MadeUpdates} from "../../../packages/light-client/test/support/made-sources.ts";
import {ForkDigests} from "../../../packages/networking/src/forks/fork-digests.ts";
import {Inbound} from "../../../packages/networking/src/gossip/inbound.ts";
import {TopicTable} from "../../../packages/networking/src/gossip/topics.ts";
import {SnappyTransform} from "../../../packages/networking/src/gossip/transform.ts";

const SLOTS_PER_EPOCH = 8;

/** The product's verification, on this thread. */
class DirectVerifier implements SignatureVerifier {
  readonly #keys = new PublicKeyCache({keysMax: 256});

  async verifyAggregate(pubkeys: readonly Uint8Array[], root: Root, signature: Uint8Array): Promise<boolean> {
    return verifyAggregate(this.#keys, {pubkeys, signingRoot: hexToBytes(root), signature});
  }

  async verifySameMessage(root: Root, signed: readonly SignedBy[]): Promise<readonly boolean[]> {
    return verifySameMessage(this.#keys, hexToBytes(root), signed);
  }
}

/** From the bytes of the wire to a verdict, and what was told meanwhile. */
export interface Room {
  readonly events: NetworkEvent[];
  receive(topicName: string, wire: Uint8Array): Promise<Validation>;
}

/** A light node's gossip and light client beside a chain of the devnet, whose validators are all its own, on a clock that is set by hand. */
export class LightNode {
  readonly chain: DevnetChain;
  readonly player: SlotPlayer;
  readonly server: LightClientServer;
  readonly config: NetworkConfig;
  readonly digests: ForkDigests;
  readonly topics: TopicTable;
  readonly transform: SnappyTransform;
  readonly clock: FakeClock;
  readonly slotClock: SlotClock;
  readonly log = new FakeLog();
  readonly client: LightClient;
  readonly #updates = new MadeUpdates();
  readonly #verifier = new DirectVerifier();

  constructor(init: {readonly gloasEpoch: number; readonly validators: number}) {
    this.chain = testChain({gloasEpoch: init.gloasEpoch as never}, init.validators);
    this.player = new SlotPlayer(this.chain);
    this.server = new LightClientServer(this);
    const {genesis} = this.chain;
    this.config = createNetworkConfig(this.chain.config, genesis.validatorsRoot);
    this.digests = new ForkDigests(this.config);
    this.topics = new TopicTable(this);
    this.transform = new SnappyTransform(this, {isExpected: () => true});
    this.clock = new FakeClock({nowMs: genesis.timeSec * 1000});
    const slotDurationMs = this.config.SLOT_DURATION_MS;
    const timing = {genesisTimeSec: genesis.timeSec, slotDurationMs, slotsPerEpoch: SLOTS_PER_EPOCH};
    this.slotClock = new SlotClock(timing, this);
    const {server} = this;
    this.#updates.list = [
      {
        name: "devnet",
        bootstrap: async (root) => server.bootstrap(root) ?? Promise.reject(new Error("none")),
        updates: async () => [],
        finalityUpdate: async () => Promise.reject(new Error("none")),
        optimisticUpdate: async () => Promise.reject(new Error("none")),
        blame: () => {},
      },
    ];
    this.client = new LightClient(
      {config: this.config, trustedRoot: genesis.blockRoot},
      {
        slotClock: this.slotClock,
        random: {next: () => 0},
        updates: this.#updates,
        verifier: this.#verifier,
        stateFile: new MadeFile(),
        log: this.log,
        trustedElsewhere: null,
      },
    );
    this.client.start();
  }

  /** The next slot, half of it gone. @returns what a light-client server announces by then */
  async playSlot(): Promise<ReturnType<LightClientServer["announcements"]>> {
    const slot = (this.chain.currentSlot + 1) as Slot;
    this.player.playTo(slot);
    await this.clock.advance(this.slotClock.startMs(slot) + this.config.SLOT_DURATION_MS / 2 - this.clock.nowMs());
    return this.server.announcements();
  }

  async tellClient(announcements: ReturnType<LightClientServer["announcements"]>): Promise<void> {
    for (const {kind, update} of announcements) await this.#news(kind, update);
  }

  topicName(kind: GossipKind, subnetId: number | null): string {
    const period = this.digests.at(this.slotClock.currentEpoch());
    return this.topics.find(kind, subnetId, period)?.name ?? "";
  }

  /** With nothing seen so far but what the light client knows. */
  room(): Room {
    const {topics, transform, slotClock, log, config} = this;
    const events: NetworkEvent[] = [];
    const observer = new GossipObserver({log});
    observer.subscribe((event) => events.push(event));
    const inbound = new Inbound({topics}, {clock: slotClock, log, onOffence: () => {}});
    const light = new LightGossip(
      {config},
      {
        gossip: {
          handle: (kind, handler) => inbound.handle(kind, handler),
          subscribe: () => {},
          unsubscribe: () => {},
          publish: () => Promise.reject(new Error("nothing is published")),
          onEcho: () => () => {},
        },
        peers: {report: () => {}},
        chainView: this.#chainView(),
        slotClock,
        // Nobody waits for a batch.
        clock: {nowMs: () => slotClock.nowMs(), after: soon},
        verifier: this.#verifier,
        observer,
        log,
      },
    );
    light.start();
    light.subscribeLightClientNews(({kind, update}) => this.#news(`light_client_${kind}`, update));
    const receive = (topicName: string, wire: Uint8Array) => {
      const data = transform.inboundTransform(topicName, wire);
      return inbound.validate({topicName, data, isDamaged: transform.isDamaged(data), peer: "a peer"});
    };
    return {events, receive};
  }

  async #news(kind: string, update: LightClientFinalityUpdate | LightClientOptimisticUpdate): Promise<Validation> {
    const verdict = await this.#updates.gossip(
      kind === "light_client_finality_update"
        ? {kind: "finality_update", update: update as LightClientFinalityUpdate}
        : {kind: "optimistic_update", update: update as LightClientOptimisticUpdate},
    );
    if (verdict === "nobody listens") throw new Error("the light client has stopped");
    return verdict;
  }

  #chainView(): ConstructorParameters<typeof LightGossip>[1]["chainView"] {
    const {chain} = this;
    const {epochCtx} = chain.head.state;
    return {
      proposerAt: (slot) => this.player.validators.proposer(slot) as ValidatorIndex,
      committee: (slot, index) => [...epochCtx.getBeaconCommittee(slot, index)] as ValidatorIndex[],
      committeesPerSlot: (epoch) => epochCtx.getCommitteeCountPerSlot(epoch),
      pubkeyOf: (index) => (chain.pubkeys[index] === undefined ? null : hexToBytes(chain.pubkeys[index])),
      syncCommitteeAt: (slot) => [...epochCtx.getIndexedSyncCommittee(slot).validatorIndices] as ValidatorIndex[],
      hasBlock: (root) => chain.block(root) !== null,
      finalizedEpoch: () => chain.finalized.epoch,
      isOurs: (index) => chain.pubkeys[index] !== undefined,
    };
  }
}

function soon(_delayMs: number, run: () => void): Cancel {
  const timer = setImmediate(run);
  return () => clearImmediate(timer);
}
