import type {Libp2p, Stream} from "@libp2p/interface";
import {SLOTS_PER_EPOCH} from "@lodestar/params";
import type {LightClientBootstrap, SignedBeaconBlock} from "@lodestar/types";
import {ssz} from "@mote/consensus";
import {type Epoch, hexToBytes, type Root, type Slot, SlotClock} from "@mote/core";
import {ChainOfPeer} from "../../../packages/devnet/src/p2p/chain-of-peer.ts";
import {type PlayedNetwork, playedNetwork} from "../../../packages/devnet/test/p2p/support.ts";
import {digestBytes, ForkDigests} from "../../../packages/networking/src/forks/fork-digests.ts";
import type {LocalChain, Offence} from "../../../packages/networking/src/network.ts";
import type {ReqRespTimeouts} from "../../../packages/networking/src/reqresp/limits.ts";
import {type Protocol, protocolId, protocolsOf} from "../../../packages/networking/src/reqresp/protocols.ts";
import {ReqRespClient} from "../../../packages/networking/src/reqresp/req-resp-client.ts";
import {encodeStatus} from "../../../packages/networking/src/reqresp/status-message.ts";
import {AMPLE_QUOTAS, METADATA} from "../../../packages/networking/test/reqresp/support/parties.ts";
import {chunk, heard, payload} from "../../../packages/networking/test/reqresp/support/raw.ts";
import {type ChunkParts, takeApart} from "./answer-parts.ts";
import {openAttacker} from "./attacker.ts";

const GLOAS_EPOCH = 5 as Epoch;
const FIRST_GLOAS_SLOT = GLOAS_EPOCH * SLOTS_PER_EPOCH;
/** At their ends there is a finalized block, and Gloas has blocks for light clients to hear of. */
const LAST_SLOTS = {fulu: FIRST_GLOAS_SLOT - 1, gloas: FIRST_GLOAS_SLOT + 4} as const;
/** Over the beginning of Gloas. */
const RANGE = {startSlot: (FIRST_GLOAS_SLOT - 3) as Slot, count: 6};
const GOODBYE_REASON = 1;

type Fork = keyof typeof LAST_SLOTS;

interface Asking {
  readonly client: ReqRespClient;
  readonly peer: string;
  /** Of blocks; of a block to begin at. */
  readonly roots: readonly Root[];
}

export interface Question {
  readonly what: string;
  readonly protocol: string;
  readonly fork: Fork;
  readonly request: (answers: RealAnswers, protocol: Protocol, roots: readonly Root[]) => Uint8Array | null;
  readonly ask: (asking: Asking) => Promise<unknown> | AsyncIterable<unknown>;
  /** The part of a value that the question fixes. */
  readonly fixed: (value: never) => unknown;
  /** In place of an answer that cannot be heard. */
  readonly madeAnswer?: Buffer;
}

export interface Sample extends Question {
  readonly roots: readonly Root[];
  readonly chunks: readonly ChunkParts[];
}

const NOTHING = () => null;
const ONE = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0);
const status = (version: number): Question => ({
  what: `status ${version}`,
  protocol: protocolId("status", version),
  fork: "gloas",
  request: (answers, protocol) => encodeStatus(answers.chain.status(), protocol, answers),
  ask: ({client, peer}) => client.status(peer),
  fixed: NOTHING,
});
const metadata = (version: number): Question => ({
  what: `metadata ${version}`,
  protocol: protocolId("metadata", version),
  fork: "gloas",
  request: NOTHING,
  ask: ({client, peer}) => client.metadata(peer),
  fixed: NOTHING,
});
const newest = (fork: Fork, which: "finality" | "optimistic", ask: Question["ask"]): Question => ({
  what: `light-client ${which} update of ${fork}`,
  protocol: protocolId(`light_client_${which}_update`, 1),
  fork,
  request: NOTHING,
  ask,
  fixed: NOTHING,
});
const lightClient = (fork: Fork): readonly Question[] => [
  {
    what: `light-client bootstrap of ${fork}`,
    protocol: protocolId("light_client_bootstrap", 1),
    fork,
    request: (_, __, roots) => hexToBytes(roots[0] as Root),
    ask: ({client, peer, roots}) => client.lightClientBootstrap(peer, roots[0] as Root),
    fixed: ({header}: LightClientBootstrap) => header.beacon,
  },
  {
    what: `light-client updates of ${fork}`,
    protocol: protocolId("light_client_updates_by_range", 1),
    fork,
    request: () => ssz.altair.LightClientUpdatesByRange.serialize({startPeriod: 0, count: 2}),
    ask: ({client, peer}) => client.lightClientUpdates(peer, 0, 2),
    fixed: NOTHING,
  },
  newest(fork, "finality", ({client, peer}) => client.lightClientFinalityUpdate(peer)),
  newest(fork, "optimistic", ({client, peer}) => client.lightClientOptimisticUpdate(peer)),
];

/** Everything that Mote asks peers, in each version. */
export const QUESTIONS: readonly Question[] = [
  status(2),
  status(1),
  metadata(3),
  metadata(2),
  {
    what: "ping",
    protocol: protocolId("ping", 1),
    fork: "gloas",
    request: () => ONE,
    ask: ({client, peer}) => client.ping(peer),
    fixed: NOTHING,
  },
  {
    what: "goodbye",
    protocol: protocolId("goodbye", 1),
    fork: "gloas",
    request: () => ONE,
    ask: ({client, peer}) => client.goodbye(peer, GOODBYE_REASON),
    fixed: NOTHING,
    // Whoever is told goodbye hangs up: its answer, the reason once more, may be lost on the way.
    madeAnswer: chunk(0, ONE),
  },
  {
    what: "blocks by range",
    protocol: protocolId("beacon_blocks_by_range", 2),
    fork: "gloas",
    request: () => ssz.phase0.BeaconBlocksByRangeRequest.serialize({...RANGE, step: 1}),
    ask: ({client, peer}) => client.blocksByRange(peer, RANGE),
    fixed: NOTHING,
  },
  {
    what: "blocks by root",
    protocol: protocolId("beacon_blocks_by_root", 2),
    fork: "gloas",
    request: (_, __, roots) => Buffer.concat(roots.map(hexToBytes)),
    ask: ({client, peer, roots}) => client.blocksByRoot(peer, roots),
    fixed: ({message}: SignedBeaconBlock) => message,
  },
  ...lightClient("fulu"),
  ...lightClient("gloas"),
];

/** What a full node of the devnet answers, as it came over the wire; and a client of the same chain, to read it. */
export class RealAnswers {
  readonly digests: ForkDigests;
  readonly slotClock: SlotClock;
  readonly chain: LocalChain;
  readonly protocols: readonly Protocol[];
  readonly #played: PlayedNetwork;
  readonly #samples = new Map<string, Sample>();

  private constructor(played: PlayedNetwork) {
    this.#played = played;
    const {config, genesis} = played.chain;
    this.digests = new ForkDigests(config);
    const slotDurationMs = config.SLOT_DURATION_MS;
    const timing = {genesisTimeSec: genesis.timeSec, slotDurationMs, slotsPerEpoch: SLOTS_PER_EPOCH};
    this.slotClock = new SlotClock(timing, played);
    this.chain = new ChainOfPeer(played);
    this.protocols = protocolsOf(config);
  }

  static async collect(): Promise<RealAnswers> {
    const fork = {gloasEpoch: GLOAS_EPOCH};
    const played = await playedNetwork(["bn0"], {slots: LAST_SLOTS.fulu, fork});
    const answers = new RealAnswers(played);
    try {
      await answers.#askAll("fulu");
      played.player.playTo(LAST_SLOTS.gloas);
      await answers.#askAll("gloas");
      return answers;
    } finally {
      await played.network.stop();
    }
  }

  of(question: Question): Sample {
    const sample = this.#samples.get(question.what);
    if (sample === undefined) throw new Error(`there is no answer to ${question.what}`);
    return sample;
  }

  protocolOf({protocol}: Question): Protocol {
    return this.protocols.find(({id}) => id === protocol) as Protocol;
  }

  /** Digests of both forks. */
  digestBytes(): readonly Uint8Array[] {
    return [GLOAS_EPOCH - 1, GLOAS_EPOCH].map((epoch) => digestBytes(this.digests.at(epoch as Epoch)));
  }

  /** The product's reader. */
  client(node: Pick<Libp2p, "getConnections">, timeouts: ReqRespTimeouts, onOffence: (offence: Offence) => void) {
    return new ReqRespClient(
      {config: this.#played.chain.config, quotas: AMPLE_QUOTAS, timeouts},
      {
        node,
        slotClock: this.slotClock,
        digests: this.digests,
        chain: this.chain,
        localMetadata: () => METADATA,
        onOffence: (_, offence) => onOffence(offence),
      },
    );
  }

  async #askAll(fork: Fork): Promise<void> {
    const {chain, network} = this.#played;
    const [victim = ""] = network.multiaddrs;
    const forkDigest = digestBytes(this.digests.at(this.slotClock.currentEpoch()));
    const asking = await openAttacker({muxer: "yamux", victim, forkDigest});
    const blocks = [LAST_SLOTS[fork] - 4, LAST_SLOTS[fork] - 2, LAST_SLOTS[fork] - 1];
    const roots = blocks.map((slot) => chain.blockAtSlot(slot as Slot)?.root as Root);
    try {
      for (const question of QUESTIONS.filter((one) => one.fork === fork)) {
        const bytes =
          question.madeAnswer ?? (await this.#answer(await asking.open(question.protocol), question, roots));
        if (bytes[0] !== 0) throw new Error(`${question.what} of ${fork}: ${bytes.toString("latin1")}`);
        const {response} = this.protocolOf(question);
        const chunks = await takeApart(bytes, response.context === "fork_digest");
        this.#samples.set(question.what, {...question, roots, chunks});
      }
    } finally {
      await asking.host.stop();
    }
  }

  async #answer(stream: Stream, question: Question, roots: readonly Root[]): Promise<Buffer> {
    const answering = heard(stream);
    const request = question.request(this, this.protocolOf(question), roots);
    if (request !== null) stream.send(payload(request));
    await stream.close();
    return (await answering).bytes;
  }
}
