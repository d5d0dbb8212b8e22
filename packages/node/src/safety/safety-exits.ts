import {abbreviate, type Clock, type Log, messageOf, sleep} from "@mote/core";
import {type Doppelganger, namesOf, type Slashing, someOf} from "@mote/duties";
import {EXIT_DOPPELGANGER, EXIT_SLASHED, ExitError} from "../exit-error.ts";
import {readSlashingMarker, slashingMarkerPath, slashingRemedy, writeSlashingMarker} from "./slashing-marker.ts";

/** A disk that hangs must not keep the node from ending. */
const MARKER_TIMEOUT_MS = 5_000;

/**
 * What the guards found that only a person can settle, and how the node ends then. The data directory bears the slashing marker whichever
 * store the records are in: other nodes on a shared store see the slashing by themselves.
 */
export class SafetyExits {
  /** Rejects with an {@link ExitError} when the node must end; pending until then. */
  readonly ended: Promise<never>;
  #end: (error: ExitError) => void = () => {};
  readonly #markerPath: string;
  readonly #c: {readonly clock: Clock; readonly log: Log};

  constructor(init: {readonly datadir: string}, components: {readonly clock: Clock; readonly log: Log}) {
    this.#markerPath = slashingMarkerPath(init.datadir);
    this.#c = components;
    this.ended = new Promise((_, reject) => {
      this.#end = reject;
    });
    // Who awaits it comes later, or never when the start fails.
    this.ended.catch(() => {});
  }

  /** Before anything is opened. @throws {ExitError} when a slashing has ended a node on this data directory */
  async refuseAfterSlashing(): Promise<void> {
    const told = await readSlashingMarker(this.#markerPath);
    if (told === null) return;
    throw new ExitError(
      `validators of this node were slashed, as ${this.#markerPath} says (${told}), so Mote does not start. ${slashingRemedy(this.#markerPath)}`,
      EXIT_SLASHED,
    );
  }

  readonly onDoppelganger = ({pubkeys, evidence}: Doppelganger): void => {
    const validators = namesOf([...new Set(evidence.map((each) => each.validatorIndex))].map((index) => ({index})));
    const epochs = [...new Set(evidence.map(({epoch}) => epoch))].sort((a, b) => a - b);
    this.#c.log.error("another signer is at work", {keys: someOf(pubkeys.map(abbreviate))});
    this.#end(
      new ExitError(
        `another signer is at work with keys of this node: ${validators} signed elsewhere in epoch ${epochs.join(" and ")}. ` +
          "Mote ends before both sign against each other. Stop the other signer, bring its records with: " +
          "mote slashing-protection import <file>, and start Mote again",
        EXIT_DOPPELGANGER,
      ),
    );
  };

  readonly onSlashed = (slashing: Slashing): void => {
    void this.#endSlashed(slashing);
  };

  async #endSlashed({validatorIndices, evidence}: Slashing): Promise<void> {
    const {clock, log} = this.#c;
    const names = namesOf(validatorIndices.map((index) => ({index})));
    // First of all: writing may take its time.
    log.error(`${names} slashed, by ${evidence}: no key signs any more`);
    let remedy = slashingRemedy(this.#markerPath);
    try {
      const written = writeSlashingMarker(this.#markerPath, {atMs: clock.nowMs(), validatorIndices, evidence});
      await Promise.race([written, sleep(clock, MARKER_TIMEOUT_MS).then(() => Promise.reject(new Error("timed out")))]);
    } catch (error) {
      log.error(
        `${this.#markerPath} could not be written, so it will NOT keep Mote from starting again: do not start it before somebody has looked`,
        {reason: messageOf(error)},
      );
      remedy =
        "Do not start Mote again before you know why: look for a second signer, or lost slashing protection records";
    }
    this.#end(new ExitError(`${names} of this node slashed, so Mote ends. ${remedy}`, EXIT_SLASHED));
  }
}
