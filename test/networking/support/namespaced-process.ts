import {ssz} from "@mote/consensus";
import {type Root, rootToHex} from "@mote/core";
import {type Network, openNetwork} from "@mote/networking";
import {FakeLog, SeededRandom} from "@mote/testing";
import {MemoryFiles} from "../../../packages/networking/test/peers/memory-files.ts";
import {
  blocksAt,
  CONFIG,
  STATUS,
  slotClockOf,
  TestChain,
} from "../../../packages/networking/test/reqresp/support/test-chain.ts";
import type {Command, HostCommands, HostInit, Reply} from "./namespaced-host.ts";
import {SkippingClock} from "./skipping-clock.ts";

/** The process of a `NamespacedHost`: a node of the product, which does what it is asked to by messages from its parent. */

const BLOCK_SLOTS = [16, 17];
const TARGET_PEERS = 8;

class Host implements HostCommands {
  readonly #clock = new SkippingClock();
  readonly #heard: number[] = [];
  #network: Network | null = null;

  async open({family, ip, announcedTcpPort, bootNodes, head}: HostInit): Promise<{peerId: string; enr: string}> {
    const chain = new TestChain();
    chain.blocks = blocksAt(BLOCK_SLOTS);
    chain.localStatus = {...STATUS, headRoot: `0x${head.repeat(32)}` as Root};
    const network = await openNetwork(
      {
        config: CONFIG,
        role: "full",
        listen: {ip4: null, ip6: null, [family]: ip, tcpPort: 0, udpPort: 0},
        announced: {[family]: ip, ...(announcedTcpPort === null ? {} : {tcpPort: announcedTcpPort})},
        bootNodes,
        directPeers: [],
        targetPeers: TARGET_PEERS,
        agent: "mote-test/1",
      },
      {
        clock: this.#clock,
        slotClock: slotClockOf(this.#clock),
        random: new SeededRandom({seed: 7}),
        log: new FakeLog(),
        files: new MemoryFiles(),
        chain,
      },
    );
    this.#network = network;
    network.gossip.handle("voluntary_exit", ({value}) => {
      this.#heard.push(value.message.validatorIndex);
      return "accept";
    });
    network.gossip.subscribe("voluntary_exit");
    return {peerId: network.peerId, enr: network.enr() ?? ""};
  }

  peers() {
    const peers = this.#opened().peers.list();
    return peers.map(({peerId, direction, multiaddr, status}) => ({
      peerId,
      direction,
      multiaddr,
      headRoot: status?.headRoot ?? null,
    }));
  }

  async publish(validatorIndex: number): Promise<number> {
    const exit = ssz.phase0.SignedVoluntaryExit.defaultValue();
    exit.message.validatorIndex = validatorIndex;
    const slot = slotClockOf(this.#clock).currentSlot();
    return (await this.#opened().gossip.publish("voluntary_exit", exit, {slot})).peers;
  }

  heard(): readonly number[] {
    return this.#heard;
  }

  async fetchBlock({peerId, root}: {readonly peerId: string; readonly root: Root}) {
    for await (const {message} of this.#opened().requests.blocksByRoot(peerId, [root])) {
      const found = CONFIG.getForkTypes(message.slot).BeaconBlock.hashTreeRoot(message as never);
      return {slot: message.slot, root: rootToHex(found)};
    }
    return null;
  }

  skip(durationMs: number): void {
    this.#clock.skip(durationMs);
  }

  async close(): Promise<void> {
    await this.#network?.stop();
    this.#network = null;
    this.#heard.length = 0;
  }

  #opened(): Network {
    if (this.#network === null) throw new Error("no network is open");
    return this.#network;
  }
}

const host = new Host();
process.on("message", async ({id, name, argument}: Command) => {
  const reply: Reply = await Promise.resolve()
    .then(() => (host[name] as (argument: unknown) => unknown)(argument))
    .then(
      (value) => ({id, value}),
      (error: unknown) => ({id, error: String(error)}),
    );
  process.send?.(reply);
});
process.once("disconnect", () => process.exit());
