import type {LightClientBootstrap} from "@lodestar/types";
import {computeEpochAtSlot, type NetworkConfig} from "@mote/consensus";
import {abbreviate, type Epoch, type Log, messageOf, type Root, type Slot, type SlotClock} from "@mote/core";
import {decodeState, type KeptState, type LightClientStateFile} from "./light-client-state-file.ts";
import {initializeState, type LightClientState} from "./rules/light-client-state.ts";
import {isSendersFault} from "./rules/refusal.ts";
import {isWithinWeakSubjectivity, weakSubjectivityEpochs} from "./rules/weak-subjectivity.ts";
import type {Sources} from "./sources.ts";

export interface BeginningInit {
  readonly config: NetworkConfig;
  /** Of a finalized block that a person vouches for. A kept state that goes back to another one is left. */
  readonly trustedRoot: Root | null;
  /** Takes a trusted block that is older than the weak subjectivity period: whoever signed then may have sold their keys since. */
  readonly acceptsOldTrust?: boolean;
}

export interface BeginningComponents {
  readonly slotClock: SlotClock;
  readonly stateFile: LightClientStateFile;
  readonly log: Log;
  readonly sources: Sources;
  /** Asked when there is neither a root that a person vouches for nor a kept state. What it answers is trusted. */
  readonly trustedElsewhere: (() => Promise<Root>) | null;
}

export type Begun =
  | {readonly kind: "begun"; readonly kept: KeptState; readonly bootstrap: LightClientBootstrap}
  | {readonly kind: "not_yet"}
  /** For good: the trusted root is too old, or there is none. */
  | {readonly kind: "refused"; readonly why: string};

/** The state that was kept, when it may be gone on from. */
export async function beginFromFile(init: BeginningInit, components: BeginningComponents): Promise<KeptState | null> {
  const {stateFile, slotClock, log} = components;
  const leave = (why: string) => {
    log.warn(`the light client's kept state is not used: ${why}`);
    return null;
  };
  let content: Uint8Array | null;
  try {
    content = await stateFile.read();
  } catch (error) {
    return leave(messageOf(error));
  }
  if (content === null) return null;
  const read = decodeState(init.config, content);
  if (read.kind === "unusable") return leave(read.why);
  const {trustedRoot, state} = read.kept;
  if (init.trustedRoot !== null && init.trustedRoot !== trustedRoot)
    return leave(
      `it goes back to the trusted block ${abbreviate(trustedRoot)}, not to ${abbreviate(init.trustedRoot)}`,
    );
  const why = tooOld(init, state, slotClock.currentEpoch());
  return why === null ? read.kept : leave(why);
}

/** One attempt to begin at the trusted block. */
export async function beginFromTrustedBlock(init: BeginningInit, components: BeginningComponents): Promise<Begun> {
  const {sources, slotClock, log} = components;
  const trustedRoot = await rootToTrust(init, components);
  if (typeof trustedRoot !== "string") return trustedRoot;
  const answers = sources.answers("bootstrap", (source) => source.bootstrap(trustedRoot));
  for await (const {source, answer: bootstrap} of answers) {
    const initialized = initializeState(init.config, trustedRoot, bootstrap);
    if (initialized.kind === "refused") {
      if (isSendersFault(initialized.reason)) source.blame(`its bootstrap: ${initialized.reason}`);
      continue;
    }
    const {state} = initialized;
    const why = tooOld(init, state, slotClock.currentEpoch());
    // What another source says would have this root as well, and so this slot.
    if (why !== null && init.acceptsOldTrust !== true) return {kind: "refused", why};
    if (why !== null) log.warn(`the light client trusts an old block: ${why}`);
    return {kind: "begun", kept: {trustedRoot, state}, bootstrap};
  }
  return {kind: "not_yet"};
}

async function rootToTrust(init: BeginningInit, components: BeginningComponents): Promise<Root | Begun> {
  if (init.trustedRoot !== null) return init.trustedRoot;
  if (components.trustedElsewhere === null) return {kind: "refused", why: "there is no block to trust"};
  try {
    return await components.trustedElsewhere();
  } catch (error) {
    components.log.debug("the light client was not told what to trust", {error: messageOf(error)});
    return {kind: "not_yet"};
  }
}

function tooOld({config}: BeginningInit, {finalizedHeader}: LightClientState, current: Epoch): string | null {
  const epoch = computeEpochAtSlot(finalizedHeader.beacon.slot as Slot);
  if (isWithinWeakSubjectivity(config, epoch, current)) return null;
  const epochs = weakSubjectivityEpochs(config, current);
  return `its block is of epoch ${epoch}, and what is older than ${epochs} epochs (now ${current}) may be forged`;
}
