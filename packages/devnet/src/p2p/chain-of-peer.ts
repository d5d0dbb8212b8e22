import {bytesToHex, type Root, type Slot} from "@mote/core";
import type {EncodedBlock, LocalChain, LocalStatus} from "@mote/networking";
import {signedBlockOf} from "../chain/signed-block.ts";
import type {ChainBlock} from "../chain/types.ts";
import type {DevnetChain} from "../chain.ts";
import type {LightClientServer} from "../light-client/light-client-server.ts";

const ZERO_ROOT = bytesToHex(new Uint8Array(32)) as Root;

/** What a full node has to give to its peers. */
export class ChainOfPeer implements LocalChain {
  readonly #chain: DevnetChain;
  readonly #lightClient: LightClientServer;

  constructor(components: {readonly chain: DevnetChain; readonly lightClient: LightClientServer}) {
    this.#chain = components.chain;
    this.#lightClient = components.lightClient;
  }

  status(): LocalStatus {
    const {head, finalized} = this.#chain;
    return {
      // While genesis is final its root is zero, as in the state. phase0/p2p-interface.md, Status
      finalizedRoot: finalized.epoch === 0 ? ZERO_ROOT : finalized.root,
      finalizedEpoch: finalized.epoch,
      headRoot: head.root,
      headSlot: head.slot,
      earliestAvailableSlot: this.#chain.oldestSlot,
    };
  }

  *blocksByRange(startSlot: Slot, count: number): Generator<EncodedBlock> {
    const last = Math.min(startSlot + count - 1, this.#chain.head.slot);
    for (let slot = Math.max(startSlot, this.#chain.oldestSlot); slot <= last; slot++) {
      const block = this.#chain.blockAtSlot(slot as Slot);
      if (block !== null) yield this.#encoded(block);
    }
  }

  *blocksByRoot(roots: readonly Root[]): Generator<EncodedBlock> {
    for (const root of roots) {
      const block = this.#chain.block(root);
      if (block !== null) yield this.#encoded(block);
    }
  }

  lightClientBootstrap(blockRoot: Root) {
    return this.#lightClient.bootstrap(blockRoot);
  }

  lightClientUpdates(startPeriod: number, count: number) {
    return this.#lightClient.updates(startPeriod, count);
  }

  lightClientFinalityUpdate() {
    return this.#lightClient.finalityUpdate();
  }

  lightClientOptimisticUpdate() {
    return this.#lightClient.optimisticUpdate();
  }

  #encoded(block: ChainBlock): EncodedBlock {
    const {config} = this.#chain;
    const type = config.getForkTypes(block.slot).SignedBeaconBlock;
    return {slot: block.slot, ssz: type.serialize(signedBlockOf(config, block) as never)};
  }
}
