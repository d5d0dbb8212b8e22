import type {Epoch, Root, Slot} from "@mote/core";
import type {LocalChain, LocalStatus} from "@mote/networking";

/** What the light client can pass on. */
export type LightClientServer = Pick<
  LocalChain,
  "lightClientBootstrap" | "lightClientUpdates" | "lightClientFinalityUpdate" | "lightClientOptimisticUpdate"
>;

const ZERO_ROOT = `0x${"00".repeat(32)}` as Root;
const GENESIS_SLOT = 0 as Slot;
const GENESIS_EPOCH = 0 as Epoch;

/**
 * What a light node has to give: no blocks, and what its light client knows. Its status is that of the genesis block, as the spec asks of one with limited
 * data, so that nobody comes to sync from it. altair/light-client/p2p-interface.md#light-clients
 */
export class LightChain implements LocalChain {
  /** Of the genesis block; unknown until a beacon node tells. */
  genesisRoot: Root = ZERO_ROOT;
  readonly #server: LightClientServer;
  readonly #headSlot: () => Slot;

  constructor(components: {
    readonly lightClient: LightClientServer;
    /** The newest block that is known by its header. */
    readonly headSlot: () => Slot;
  }) {
    this.#server = components.lightClient;
    this.#headSlot = components.headSlot;
  }

  status(): LocalStatus {
    return {
      finalizedRoot: ZERO_ROOT,
      finalizedEpoch: GENESIS_EPOCH,
      headRoot: this.genesisRoot,
      headSlot: GENESIS_SLOT,
      // Nothing before the head, and with the status above nothing at all.
      earliestAvailableSlot: this.#headSlot(),
    };
  }

  blocksByRange(): [] {
    return [];
  }

  blocksByRoot(): [] {
    return [];
  }

  lightClientBootstrap: LocalChain["lightClientBootstrap"] = (root) => this.#server.lightClientBootstrap(root);
  lightClientUpdates: LocalChain["lightClientUpdates"] = (start, count) =>
    this.#server.lightClientUpdates(start, count);
  lightClientFinalityUpdate: LocalChain["lightClientFinalityUpdate"] = () => this.#server.lightClientFinalityUpdate();
  lightClientOptimisticUpdate: LocalChain["lightClientOptimisticUpdate"] = () =>
    this.#server.lightClientOptimisticUpdate();
}
