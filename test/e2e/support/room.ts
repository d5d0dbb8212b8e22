import {mkdtempSync, rmSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {setTimeout as sleep} from "node:timers/promises";
import {Devnet, type DevnetOptions} from "@mote/devnet";
import {SystemClock} from "@mote/node/system-clock";
import {MoteProcess} from "./mote-process.ts";

/** Longer than a node promises to take, and than a devnet that waits for its node. */
const STOP_TIMEOUT_MS = 10_000;
/** What a node takes to be ready, and more; several at once take longer. */
const GENESIS_DELAY_SEC = 8;

export interface RoomDevnetOptions extends Partial<DevnetOptions> {
  readonly genesisDelaySec?: number;
}

/** Everything that a suite starts, so that it ends with the suite, whatever became of its tests. */
export class Room {
  /** Removed in the end. */
  readonly dir = mkdtempSync(join(tmpdir(), "mote-e2e-"));
  readonly #processes: MoteProcess[] = [];
  readonly #closers: (() => Promise<void>)[] = [];
  readonly #leave = () => this.#leaveNow();
  readonly #terminate = () => process.exit(143);

  constructor() {
    process.once("exit", this.#leave);
    process.once("SIGTERM", this.#terminate);
  }

  /** Runs `mote <argv>` in a directory of its own, which is its home too, with no setting of this machine. */
  mote(...argv: readonly string[]): MoteProcess {
    const {PATH = "", NODE_COMPILE_CACHE = ""} = process.env;
    const env = {PATH, NODE_COMPILE_CACHE, HOME: this.dir, TMPDIR: this.dir};
    const mote = new MoteProcess(argv, {cwd: this.dir, env});
    this.#processes.push(mote);
    return mote;
  }

  /** A chain in this process, under the hand of the test; its genesis lies some seconds ahead, and its time stands until `start()`. */
  async devnet({genesisDelaySec = GENESIS_DELAY_SEC, ...options}: RoomDevnetOptions = {}): Promise<Devnet> {
    const clock = new SystemClock();
    const genesisTimeSec = Math.ceil(clock.nowMs() / 1000) + genesisDelaySec;
    const devnet = await Devnet.create(
      {
        validators: 64,
        secondsPerSlot: 1,
        fork: "fulu",
        beaconNodes: 1,
        faults: [],
        dialects: [],
        apiPort: 0,
        genesisTimeSec,
        ...options,
      },
      {clock, log: () => {}},
    );
    this.atEnd(() => devnet.stop());
    return devnet;
  }

  /** @param close called when the suite is over */
  atEnd(close: () => Promise<void>): void {
    this.#closers.push(close);
  }

  async clear(): Promise<void> {
    // Chains stop where they are, so that what is asserted of them later is not what they became without their nodes.
    await Promise.all([...this.#closers.map((close) => close()), ...this.#processes.map(endProcess)]);
    process.off("exit", this.#leave);
    process.off("SIGTERM", this.#terminate);
    rmSync(this.dir, {recursive: true, force: true});
  }

  #leaveNow(): void {
    for (const mote of this.#processes) mote.signalGroup("SIGKILL");
    rmSync(this.dir, {recursive: true, force: true});
  }
}

async function endProcess(mote: MoteProcess): Promise<void> {
  mote.signal("SIGTERM");
  const timeout = new AbortController();
  await Promise.race([mote.exited, sleep(STOP_TIMEOUT_MS, undefined, {signal: timeout.signal}).catch(() => {})]);
  timeout.abort();
  mote.signalGroup("SIGKILL");
}
