import type {
  LightClientBootstrap,
  LightClientFinalityUpdate,
  LightClientOptimisticUpdate,
  LightClientUpdate,
} from "@lodestar/types";
import {
  type Cancel,
  type LightClientNews,
  type LightClientUpdates,
  messageOf,
  type Random,
  type Root,
  type SignatureVerifier,
  sleep,
} from "@mote/core";
import {type BeginningComponents, type BeginningInit, beginFromFile, beginFromTrustedBlock} from "./beginning.ts";
import {catchUp} from "./catching-up.ts";
import {GossipRules} from "./gossip-rules.ts";
import type {KeptState} from "./light-client-state-file.ts";
import {type LightClientEvent, LightClientStore, type Optimistic, type ProcessVerdict} from "./light-client-store.ts";
import {MissingNews} from "./missing-news.ts";
import type {ProvenHeader} from "./proven-header.ts";
import {isSendersFault} from "./rules/refusal.ts";
import type {AnyUpdate} from "./rules/upgraded-update.ts";
import {ServedData} from "./served-data.ts";
import {Sources} from "./sources.ts";
import {StateKeeper} from "./state-keeper.ts";

export type LightClientInit = BeginningInit;

export interface LightClientComponents extends Omit<BeginningComponents, "sources"> {
  readonly random: Random;
  readonly updates: LightClientUpdates;
  readonly verifier: SignatureVerifier;
}

/** News that come while so many wait for their verdict are not looked at: a flood must not fill the memory. */
const NEWS_WAITING_MAX = 16;
const RETRY_PAUSE_MIN_MS = 1_000;
const RETRY_PAUSE_MAX_MS = 60_000;
/** About half a minute after the first. */
const FAILURES_UNTIL_WARNING = 5;

/** Nothing is forced: after such a period a person must vouch for a block. */
const PAST_LOST_FINALITY = "; past a period in which nothing was finalized only a newer --checkpoint-root leads";

interface Following {
  readonly store: LightClientStore;
  readonly trustedRoot: Root;
}

/** Follows the chain by what sync committees sign, from one trusted block on. altair/light-client/light-client.md */
export class LightClient {
  readonly #init: LightClientInit;
  readonly #components: LightClientComponents;
  readonly #sources: Sources;
  readonly #gossip: GossipRules;
  readonly #keeper: StateKeeper;
  readonly #served = new ServedData();
  readonly #listeners = new Set<(event: LightClientEvent) => void>();
  readonly #stopping = new AbortController();
  #following: Following | null = null;
  #running: Promise<void> = Promise.resolve();
  #unsubscribe: Cancel = () => {};
  #newsWaiting = 0;

  constructor(init: LightClientInit, components: LightClientComponents) {
    const {config} = init;
    const {slotClock, stateFile: file, log} = components;
    this.#init = init;
    this.#components = components;
    this.#sources = new Sources({signal: this.#stopping.signal}, components);
    this.#gossip = new GossipRules({config}, {slotClock});
    this.#keeper = new StateKeeper({config}, {file, log});
  }

  /** Works from here on by itself, until it is stopped. */
  start(): void {
    this.#unsubscribe = this.#components.updates.subscribe((news) => this.#onNews(news));
    this.#running = this.#run().catch((error: unknown) => {
      this.#components.log.error("the light client has ended", {error: messageOf(error)});
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#unsubscribe();
    await this.#running;
    await this.#keeper.settled();
  }

  /** Null until it has begun. */
  finalized(): ProvenHeader | null {
    return this.#following?.store.finalized() ?? null;
  }

  /** Null until it has begun. */
  optimistic(): Optimistic | null {
    return this.#following?.store.optimistic() ?? null;
  }

  /** Listeners are called in the order of subscription and must not throw. */
  subscribe(listener: (event: LightClientEvent) => void): Cancel {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Null for all but the block that it began with in this run. */
  bootstrap(blockRoot: Root): LightClientBootstrap | null {
    return this.#served.bootstrap(blockRoot);
  }

  /** Of those that were validated in this run. */
  updates(startPeriod: number, count: number): readonly LightClientUpdate[] {
    return this.#served.updates(startPeriod, count);
  }

  latestFinalityUpdate(): LightClientFinalityUpdate | null {
    return this.#served.finalityUpdate();
  }

  latestOptimisticUpdate(): LightClientOptimisticUpdate | null {
    return this.#served.optimisticUpdate();
  }

  async #run(): Promise<void> {
    const {slotClock} = this.#components;
    const {signal} = this.#stopping;
    const following = await this.#begin();
    if (following === null) return;
    const components = {
      ...this.#components,
      store: following.store,
      sources: this.#sources,
      process: (update: AnyUpdate) => this.#process(following, update),
    };
    const missingNews = new MissingNews({config: this.#init.config}, components);
    while (!signal.aborted) {
      await this.#retry("updates that lead on", () => catchUp(components), PAST_LOST_FINALITY);
      await this.#guarded(() => missingNews.ask());
      await sleep(slotClock, missingNews.nextAtMs() - slotClock.nowMs(), signal);
    }
  }

  /** Null when it must not begin, or is stopped before. */
  async #begin(): Promise<Following | null> {
    const components = {...this.#components, sources: this.#sources};
    const kept = await beginFromFile(this.#init, components);
    if (kept !== null) return this.#follow(kept);
    let following: Following | null = null;
    await this.#retry("a block to begin at", async () => {
      const begun = await beginFromTrustedBlock(this.#init, components);
      if (begun.kind === "not_yet") return "failed";
      if (begun.kind === "refused") {
        components.log.error(`the light client does not begin: ${begun.why}`);
        return "done";
      }
      this.#served.addBootstrap(begun.kept.trustedRoot, begun.bootstrap);
      following = this.#follow(begun.kept);
      return "done";
    });
    return following;
  }

  #follow({trustedRoot, state}: KeptState): Following {
    const {verifier, log} = this.#components;
    const store = new LightClientStore({config: this.#init.config, state}, {verifier});
    store.subscribe((event) => this.#emit(event));
    const header = store.finalized();
    log.info("the light client begins", {slot: header.slot, root: header.root});
    this.#following = {store, trustedRoot};
    // The block that it began at is trusted, and nobody has shown that it is final: no vote is stopped for it.
    if (header.root !== trustedRoot) this.#emit({kind: "finalized", header});
    return this.#following;
  }

  async #onNews(news: LightClientNews): Promise<"accept" | "ignore" | "reject"> {
    const following = this.#following;
    if (following === null || this.#newsWaiting >= NEWS_WAITING_MAX) return "ignore";
    this.#newsWaiting++;
    try {
      return await this.#judge(following, news);
    } catch (error) {
      this.#components.log.warn("light-client news could not be judged", {error: messageOf(error)});
      return "ignore";
    } finally {
      this.#newsWaiting--;
    }
  }

  async #judge(following: Following, news: LightClientNews): Promise<"accept" | "ignore" | "reject"> {
    const mayTravel = this.#gossip.mayTravel(news);
    if (news.kind === "optimistic_update" && mayTravel && this.#gossip.isPartOfForwarded(news.update)) {
      this.#gossip.onForwarded(news);
      return "accept";
    }
    if (!mayTravel && !following.store.isNews(news.update)) return "ignore";
    const verdict = await this.#process(following, news.update);
    if (verdict.kind === "refused") return isSendersFault(verdict.reason) ? "reject" : "ignore";
    const {advancedFinalized, advancedOptimistic} = verdict;
    const advanced = news.kind === "finality_update" ? advancedFinalized : advancedOptimistic;
    // Another may have been let through while this one was verified.
    if (!advanced || !this.#gossip.mayTravel(news)) return "ignore";
    this.#gossip.onForwarded(news);
    return "accept";
  }

  async #process({store, trustedRoot}: Following, update: AnyUpdate): Promise<ProcessVerdict> {
    const before = store.state;
    const verdict = await store.process(update, this.#components.slotClock.currentSlot());
    if (verdict.kind === "refused") return verdict;
    this.#served.add(update, verdict.update);
    const {state} = store;
    const hasCommittee = state.nextSyncCommittee !== before.nextSyncCommittee;
    if (hasCommittee || state.finalizedHeader !== before.finalizedHeader) this.#keeper.keep({trustedRoot, state});
    return verdict;
  }

  /** Attempts that fail are made again after a growing pause, spread over its upper half so that many clients do not come at once. */
  async #retry(wanted: string, step: () => Promise<"done" | "progress" | "failed">, hint = ""): Promise<void> {
    const {slotClock, random, log} = this.#components;
    const {signal} = this.#stopping;
    let failures = 0;
    while (!signal.aborted) {
      const outcome = await this.#guarded(step);
      if (outcome === "done") return;
      failures = outcome === "progress" ? 0 : failures + 1;
      if (failures === 0) continue;
      if (failures === FAILURES_UNTIL_WARNING)
        log.warn(
          `nobody has given the light client ${wanted} so far: it goes on asking, and proves nothing meanwhile${hint}`,
        );
      const fullMs = Math.min(RETRY_PAUSE_MAX_MS, RETRY_PAUSE_MIN_MS * 2 ** Math.min(failures - 1, 30));
      await sleep(slotClock, fullMs * (0.5 + random.next() / 2), signal);
    }
  }

  /** A verifier that cannot work leaves everything as it was. @returns null then */
  async #guarded<T>(step: () => Promise<T>): Promise<T | null> {
    try {
      return await step();
    } catch (error) {
      if (!this.#stopping.signal.aborted)
        this.#components.log.warn("the light client could not go on, and tries again", {error: messageOf(error)});
      return null;
    }
  }

  #emit(event: LightClientEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
