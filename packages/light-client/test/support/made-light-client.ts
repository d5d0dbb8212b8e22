import {SLOTS_PER_EPOCH} from "@lodestar/params";
import {type Root, SlotClock} from "@mote/core";
import {FakeClock, FakeLog} from "@mote/testing";
import {LightClient} from "../../src/light-client.ts";
import type {LightClientEvent} from "../../src/light-client-store.ts";
import {PlainVerifier} from "./committee-keys.ts";
import {finalizedSlotAt, GENESIS_TIME_SEC, MadeChain, madeConfig} from "./made-chain.ts";
import {MadeSource, MadeUpdates} from "./made-sources.ts";

/** Null, or what was written last. */
export class MadeFile {
  content: Uint8Array | null = null;

  async read(): Promise<Uint8Array | null> {
    return this.content;
  }

  async write(content: Uint8Array): Promise<void> {
    this.content = content;
  }
}

export interface MadeWorldInit {
  readonly slot: number;
  readonly gloasEpoch?: number;
  readonly finalizedAt?: (slot: number) => number;
}

/** A chain, a clock, a peer, and whatever light clients a test makes on them. */
export class MadeWorld {
  readonly config;
  readonly chain: MadeChain;
  readonly clock: FakeClock;
  readonly slotClock: SlotClock;
  readonly updates = new MadeUpdates();
  readonly verifier = new PlainVerifier();
  readonly file = new MadeFile();
  readonly log = new FakeLog();
  readonly events: LightClientEvent[] = [];
  readonly peer: MadeSource;
  readonly #running: LightClient[] = [];

  constructor({slot, gloasEpoch = 1000, finalizedAt = finalizedSlotAt}: MadeWorldInit) {
    this.config = madeConfig(gloasEpoch);
    this.chain = new MadeChain({config: this.config, finalizedAt});
    const slotDurationMs = this.config.SLOT_DURATION_MS;
    this.clock = new FakeClock({nowMs: GENESIS_TIME_SEC * 1000 + (slot + 0.9) * slotDurationMs});
    const timing = {genesisTimeSec: GENESIS_TIME_SEC, slotDurationMs, slotsPerEpoch: SLOTS_PER_EPOCH};
    this.slotClock = new SlotClock(timing, {clock: this.clock});
    this.peer = this.source("peer");
    this.updates.list = [this.peer];
  }

  source(name: string, chain: MadeChain = this.chain): MadeSource {
    return new MadeSource({name, chain}, {slotClock: this.slotClock});
  }

  client(init: {
    readonly trustedSlot: number | null;
    readonly acceptsOldTrust?: boolean;
    readonly trustedElsewhere?: () => Promise<Root>;
  }): LightClient {
    const {config, slotClock, updates, verifier, file: stateFile, log} = this;
    const trustedRoot = init.trustedSlot === null ? null : this.chain.root(init.trustedSlot);
    const client = new LightClient(
      {config, trustedRoot, acceptsOldTrust: init.acceptsOldTrust ?? false},
      {
        ...{slotClock, updates, verifier, stateFile, log},
        random: {next: () => 0.5},
        trustedElsewhere: init.trustedElsewhere ?? null,
      },
    );
    client.subscribe((event) => this.events.push(event));
    this.#running.push(client);
    return client;
  }

  /** To the same part of a later slot. Signatures take time that the fake clock does not see. */
  async slots(count: number): Promise<void> {
    for (let slot = 0; slot < count; slot++) await this.clock.advance(this.config.SLOT_DURATION_MS);
  }

  /** Lets everything be done that waits for no time. */
  async settle(): Promise<void> {
    await this.clock.advance(0);
    await this.clock.advance(0);
  }

  async close(): Promise<void> {
    for (const client of this.#running) await client.stop();
  }
}
