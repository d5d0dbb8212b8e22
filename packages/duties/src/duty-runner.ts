import {type ChainEvent, type ChainEvents, type Epoch, messageOf, type Slot, sleep} from "@mote/core";
import {type DutyServicesComponents, type DutyServicesInit, dutyServices} from "./duty-services.ts";
import type {Guard, SlotService} from "./slot-service.ts";
import {SlotTicker} from "./slot-ticker.ts";

export type DutyRunnerInit = Pick<DutyServicesInit, "config">;

export interface DutyRunnerComponents extends DutyServicesComponents {
  readonly chainEvents: ChainEvents;
  readonly guard: Guard;
}

/** Pause before the start-up questions are asked again. */
const START_PAUSE_MS = 1000;
/** What the start waits for the first word on the keys' past. Keys without one sign nothing, but the others need not wait for them. */
const FIRST_CHECK_WAIT_MS = 2000;
/** Share of the slot after which what can wait waits no longer for a duty that has not come to its end. */
const QUIET_SHARE = 5 / 6;

/** Drives every duty service through the slots: the one place that says in which order things happen within a slot. */
export class DutyRunner {
  readonly #stopping = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  /** In the order in which a slot begins them: the block first. */
  readonly #services: readonly SlotService[];
  readonly #attester: SlotService;
  readonly #ticker: SlotTicker;
  /** Whose last look ahead is still at work. */
  readonly #lookingAhead = new Set<SlotService>();
  /** From the end of the start on; until then the start itself asks for every key. */
  #isFollowing = false;
  /** Last epoch in which the validators' statuses were read. */
  #refreshedEpoch: Epoch | null = null;
  readonly #c: DutyRunnerComponents;

  constructor(init: DutyRunnerInit, components: DutyRunnerComponents) {
    this.#c = components;
    const {services, attester} = dutyServices(
      {
        ...init,
        inBackground: (work) => void this.#track(work(this.#stopping.signal)),
        onIncludedVote: (vote) => components.guard.onIncludedVote?.(vote),
      },
      components,
    );
    this.#attester = attester;
    const [block, ...others] = services;
    this.#services = [block as SlotService, components.guard, ...others];
    this.#ticker = new SlotTicker(
      {
        onSlot: (slot) => this.#onSlot(slot),
        onPassedBy: (slot) => {
          for (const service of this.#services) service.onPassedBy?.(slot);
        },
      },
      components,
    );
    // From the first moment on: a proof of a slashing is told once, and may come while validators are still being learnt.
    components.network?.subscribe((event) => {
      for (const service of this.#services) service.onNetworkEvent?.(event);
    });
  }

  /** Learns validators and duties, asking until someone answers, then follows the slots. Resolves when ready to attest. */
  async start(): Promise<void> {
    const {signal} = this.#stopping;
    const {registry, slotClock, chainEvents} = this.#c;
    while (!signal.aborted) {
      if (await registry.refresh()) {
        await Promise.race([this.#checkPast(), sleep(slotClock, FIRST_CHECK_WAIT_MS, signal)]);
        // Other duties may come later: a beacon node that does not know one of them must not keep us from voting.
        this.#track(this.#ensureThisEpoch());
        if (await this.#attester.ensureThisEpoch?.()) break;
      }
      await sleep(slotClock, START_PAUSE_MS, signal);
    }
    if (signal.aborted) return;
    this.#isFollowing = true;
    chainEvents.subscribe((event) => this.#onChainEvent(event));
    this.#ticker.start();
  }

  /** Keys came or went: the present ones have this epoch's duties, and their past is asked for, without waiting for the next slot. */
  keysChanged(): void {
    if (this.#isFollowing) this.#track(this.#followKeys());
  }

  /** Begins nothing new and resolves when what was under way has ended. */
  async stop(): Promise<void> {
    this.#ticker.stop();
    this.#stopping.abort();
    await Promise.all(this.#underWay);
  }

  #onChainEvent(event: ChainEvent): void {
    for (const service of this.#services) service.onChainEvent?.(event);
  }

  /**
   * One slot, in order: the block, the word on the keys' past (in the first slot of an epoch it says which of them may sign again), all other
   * duties, duties that are not known, and in the end what can wait.
   */
  #onSlot(slot: Slot): void {
    const {signal} = this.#stopping;
    const [block, ...others] = this.#services;
    const underWay = [this.#track(block?.onSlot?.(slot, signal))];
    this.#checkPast();
    for (const service of others) underWay.push(this.#track(service.onSlot?.(slot, signal)));
    this.#track(this.#ensureThisEpoch());
    this.#track(this.#lookAhead(slot, Promise.all(underWay)));
  }

  #checkPast(): Promise<void> {
    return this.#track(this.#c.guard.run?.());
  }

  async #followKeys(): Promise<void> {
    await this.#c.registry.readAdded();
    if (this.#stopping.signal.aborted) return;
    this.#checkPast();
    await this.#ensureThisEpoch();
  }

  /** With a breath before it: the request for the block leaves first. */
  async #ensureThisEpoch(): Promise<void> {
    await sleep(this.#c.slotClock, 0, this.#stopping.signal);
    for (const service of this.#services) this.#track(service.ensureThisEpoch?.());
  }

  async #lookAhead(slot: Slot, underWay: Promise<unknown>): Promise<void> {
    const {slotClock} = this.#c;
    const {signal} = this.#stopping;
    const quietMs = slotClock.startMs(slot) + slotClock.timing.slotDurationMs * QUIET_SHARE;
    await Promise.race([underWay, sleep(slotClock, quietMs - slotClock.nowMs(), signal)]);
    if (signal.aborted) return;
    await this.#readStatuses(slot);
    for (const service of this.#services) {
      if (service.lookAhead === undefined || this.#lookingAhead.has(service)) continue;
      this.#lookingAhead.add(service);
      this.#track(service.lookAhead(slot, signal).finally(() => this.#lookingAhead.delete(service)));
    }
  }

  /** Once an epoch; asked again in the next slot when nobody answered: a change must not wait for another epoch. */
  async #readStatuses(slot: Slot): Promise<void> {
    const epoch = this.#c.slotClock.epochOf(slot);
    if (epoch !== this.#refreshedEpoch && (await this.#c.registry.refresh())) this.#refreshedEpoch = epoch;
  }

  /** Nothing that runs beside the slots may end unseen. */
  #track(work: Promise<unknown> = Promise.resolve()): Promise<void> {
    const tracked = work
      .then(() => {})
      .catch((error: unknown) => this.#c.log.error("unexpected error in a duty", {reason: messageOf(error)}))
      .finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
    return tracked;
  }
}
