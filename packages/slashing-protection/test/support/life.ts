import assert from "node:assert/strict";
import type {AttestationRecord, BlockRecord, Epoch, Pubkey, SlashingProtection, Verdict} from "@mote/core";
import {
  bytesOf,
  type NewProtectionStore,
  ProtectionChecker,
  type ProtectionStoreUnderTest,
  rootlessBlock,
  rootlessVote,
  type SignedProposal,
  type SignedVote,
  type TestInterchangeKey,
  testInterchange,
  testProposal,
  testPubkey,
  testVote,
  textOf,
} from "@mote/testing";
import {type ImportedRecord, KEYS, type Request, type Step, type VotePlace} from "./history-steps.ts";

/** Zeros are no root: an import takes them for none. */
const rootOf = (source: number, target: number, variant: number): number => 1 + source * 10_000 + target * 2 + variant;

type Message = (SignedVote | SignedProposal) & {readonly pubkey: Pubkey};
type Event = (checker: ProtectionChecker) => void;

/** What happened to the votes, or to the blocks, of one key: verdicts in order, and an import somewhere among them. */
interface Lane {
  readonly imported: Event;
  readonly events: readonly Event[];
}

const importEvent =
  (keys: readonly TestInterchangeKey[]): Event =>
  (checker) =>
    checker.afterImport(testInterchange(keys));

const verdictEvent =
  ({pubkey, ...message}: Message, verdict: Verdict): Event =>
  (checker) =>
    "slot" in message
      ? checker.afterBlock(pubkey, message, verdict)
      : checker.afterAttestation(pubkey, message, verdict);

/** Each lane's import at each place among its verdicts. Lanes do not look at each other, so they may follow each other. */
function possibleOrders(lanes: readonly Lane[]): Event[][] {
  const [first, ...others] = lanes;
  if (first === undefined) return [[]];
  const rest = possibleOrders(others);
  return Array.from({length: first.events.length + 1}, (_, place) =>
    first.events.toSpliced(place, 0, first.imported),
  ).flatMap((own) => rest.map((events) => [...own, ...events]));
}

/** What happens to the records of a few keys, from store to store. */
export class Life {
  readonly #init: {readonly retainEpochs: number};
  #checker: ProtectionChecker;
  /** All that the checker was told, so that another one can be told the same. */
  readonly #events: Event[] = [];
  readonly #stores: ProtectionStoreUnderTest[];
  readonly #newestTargets = new Map<number, number>();
  readonly #newestSlots = new Map<number, number>();
  #protection: SlashingProtection;

  private constructor(
    init: {readonly retainEpochs: number},
    components: {readonly store: ProtectionStoreUnderTest; readonly protection: SlashingProtection},
  ) {
    this.#init = init;
    this.#stores = [components.store];
    this.#protection = components.protection;
    this.#checker = new ProtectionChecker(init);
  }

  static async begin(newStore: NewProtectionStore, init: {readonly retainEpochs: number}): Promise<Life> {
    const store = await newStore(init);
    return new Life(init, {store, protection: await store.open()});
  }

  async end(): Promise<void> {
    await this.#protection.close();
    for (const store of this.#stores) await store.destroy();
  }

  exported(): Promise<string> {
    return textOf(this.#protection.exportInterchange());
  }

  live(one: Step): Promise<void> {
    switch (one.kind) {
      case "requests":
        return this.#request(one.requests);
      case "restart":
        return this.#goOnWith(this.#store);
      case "import":
        return this.#import(one);
      case "race":
        return this.#race(one);
      case "look":
        return this.#look(one);
      case "export":
        return this.#export();
      case "move":
        return this.#move(one.isMinified);
    }
  }

  get #store(): ProtectionStoreUnderTest {
    return this.#stores.at(-1) as ProtectionStoreUnderTest;
  }

  async #goOnWith(store: ProtectionStoreUnderTest): Promise<void> {
    await this.#protection.close();
    this.#protection = await store.open();
  }

  #note(event: Event): void {
    event(this.#checker);
    this.#events.push(event);
  }

  async #request(requests: readonly Request[]): Promise<void> {
    const messages = requests.map((asked) => this.#messageOf(asked));
    const verdicts = await Promise.all(messages.map((message) => this.#record(message)));
    for (const [index, message] of messages.entries()) this.#note(verdictEvent(message, verdicts[index] as Verdict));
  }

  /**
   * Nobody promises which requests come before an import that is under way: some moment for each key has to explain all verdicts. Of keys
   * without a minimum there is no such import, since that moment would decide over the minimum.
   */
  async #race({requests, records}: Extract<Step, {kind: "race"}>): Promise<void> {
    const messages = requests.map((asked) => this.#messageOf(asked));
    const keys = await Promise.all(this.#keysOf(records).map((key) => this.#withMinimum(key)));
    const half = Math.floor(messages.length / 2);
    const early = messages.slice(0, half).map((message) => this.#record(message));
    const importing = this.#protection.importInterchange(bytesOf(testInterchange(keys)));
    const late = messages.slice(half).map((message) => this.#record(message));
    await importing;
    const verdicts = await Promise.all([...early, ...late]);
    const lanes = keys.flatMap(({pubkey, votes, blocks}) => {
      const own = messages.flatMap((message, index) =>
        message.pubkey === pubkey ? [{message, event: verdictEvent(message, verdicts[index] as Verdict)}] : [],
      );
      const [proposed, voted] = [
        own.filter(({message}) => "slot" in message),
        own.filter(({message}) => !("slot" in message)),
      ];
      return [
        {imported: importEvent([{pubkey, votes}]), events: voted.map(({event}) => event)},
        {imported: importEvent([{pubkey, blocks}]), events: proposed.map(({event}) => event)},
      ];
    });
    this.#noteInSomeOrder(lanes);
  }

  async #withMinimum(key: Required<TestInterchangeKey>): Promise<Required<TestInterchangeKey>> {
    const newest = await this.#protection.newest(key.pubkey);
    return {
      ...key,
      votes: newest === null || newest.targetEpoch === null ? [] : key.votes,
      blocks: newest === null || newest.slot === null ? [] : key.blocks,
    };
  }

  #noteInSomeOrder(lanes: readonly Lane[]): void {
    let failure: unknown;
    for (const events of possibleOrders(lanes)) {
      const checker = new ProtectionChecker(this.#init);
      for (const event of this.#events) event(checker);
      try {
        for (const event of events) event(checker);
        this.#checker = checker;
        this.#events.push(...events);
        return;
      } catch (error) {
        failure ??= error;
      }
    }
    throw failure;
  }

  #record(message: Message): Promise<Verdict> {
    return "slot" in message
      ? this.#protection.recordBlock(message.pubkey, message)
      : this.#protection.recordAttestation(message.pubkey, message);
  }

  #messageOf(asked: Request): Message {
    const pubkey = testPubkey(asked.key);
    if (asked.kind === "block") return {pubkey, ...this.#proposalOf(asked)};
    if (asked.kind === "vote") return {pubkey, ...this.#voteOf(asked)};
    const newest = this.#newestTargets.get(asked.key) ?? 0;
    return {pubkey, ...this.#voteTo(asked.key, newest, newest + 1 + asked.skip, 0)};
  }

  #voteOf({key: keyIndex, ahead, span, root}: VotePlace): SignedVote {
    const target = Math.max(0, (this.#newestTargets.get(keyIndex) ?? 12) + ahead);
    return this.#voteTo(keyIndex, Math.max(0, target - span), target, Math.max(0, root));
  }

  /** Equal votes have equal roots, and others have others. */
  #voteTo(keyIndex: number, source: number, target: number, root: number): SignedVote {
    this.#newestTargets.set(keyIndex, Math.max(this.#newestTargets.get(keyIndex) ?? 0, target));
    return testVote(source, target, rootOf(source, target, root));
  }

  async #import({records, isStream, isBad}: Extract<Step, {kind: "import"}>): Promise<void> {
    const keys = this.#keysOf(records);
    const file = testInterchange(isBad ? [...keys, {pubkey: testPubkey(9), blocks: [rootlessBlock(-1)]}] : keys);
    const importing = this.#protection.importInterchange(isStream ? bytesOf(file) : file);
    if (isBad) return assert.rejects(importing);
    await importing;
    this.#note((checker) => checker.afterImport(file));
  }

  #keysOf(records: readonly ImportedRecord[]): Required<TestInterchangeKey>[] {
    return Array.from({length: KEYS}, (_, index) => ({
      pubkey: testPubkey(index),
      votes: records.flatMap((record) => (record.key === index ? this.#importedVotesOf(record) : [])),
      blocks: records.flatMap((record) => (record.key === index ? this.#importedBlocksOf(record) : [])),
    }));
  }

  #importedVotesOf(record: ImportedRecord): AttestationRecord[] {
    if (record.kind === "huge_vote") return [rootlessVote(record.source, record.target)];
    if (record.kind !== "vote") return [];
    const known = this.#voteOf(record);
    return [record.root < 0 ? rootlessVote(known.sourceEpoch, known.targetEpoch) : known];
  }

  #importedBlocksOf(record: ImportedRecord): BlockRecord[] {
    if (record.kind === "huge_block") return [rootlessBlock(record.slot)];
    if (record.kind !== "block") return [];
    const known = this.#proposalOf(record);
    return [record.root < 0 ? rootlessBlock(known.slot) : known];
  }

  #proposalOf({key: keyIndex, ahead, root}: Extract<Request, {kind: "block"}>): SignedProposal {
    const newest = this.#newestSlots.get(keyIndex) ?? 6;
    const slot = Math.max(0, newest + ahead);
    this.#newestSlots.set(keyIndex, Math.max(newest, slot));
    return testProposal(slot, 1 + Math.max(0, root));
  }

  async #look({key: keyIndex, behind}: {readonly key: number; readonly behind: number}): Promise<void> {
    const pubkey = testPubkey(keyIndex);
    this.#checker.afterNewest(pubkey, await this.#protection.newest(pubkey));
    const target = Math.max(0, (this.#newestTargets.get(keyIndex) ?? 0) - behind);
    for (const asked of [{targetEpoch: target as Epoch}, testVote(target, target, rootOf(target, target, 0))]) {
      this.#checker.afterExplains(pubkey, asked, await this.#protection.explains(pubkey, asked));
    }
  }

  async #export(): Promise<void> {
    const text = await this.exported();
    this.#note((checker) => checker.afterExport(text));
  }

  async #move(isMinified: boolean): Promise<void> {
    const text = await textOf(this.#protection.exportInterchange(undefined, {isMinified}));
    if (!isMinified) this.#note((checker) => checker.afterExport(text));
    const next = await this.#store.another();
    this.#stores.push(next);
    await this.#goOnWith(next);
    await this.#protection.importInterchange(bytesOf(text));
    assert.equal(await this.exported(), text, "another export after a round trip");
    this.#note((checker) => checker.afterMove(text));
  }
}
