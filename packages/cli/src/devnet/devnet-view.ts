import type {Cancel, Clock} from "@mote/core";
import type {OutputStream} from "../command-io.ts";
import {render} from "../screen/render.ts";
import type {ScreenModel} from "../screen/screen-model.ts";
import {Terminal} from "../screen/terminal.ts";
import type {DevnetHandle} from "./devnet-handle.ts";
import {slotLine} from "./slot-line.ts";

/** What a person sees of a run. */
export interface DevnetView {
  /** Something to know, once. */
  notice(line: string): void;
  /** From here on the run is shown. */
  show(devnet: DevnetHandle, nodes: () => ScreenModel["nodes"]): void;
  /** The run is over. What is noticed from here on belongs to the end of it and is not shown. */
  close(): void;
}

/** A line a slot. */
export class LinesView implements DevnetView {
  readonly #stream: OutputStream;
  #isClosed = false;

  constructor(components: {readonly stream: OutputStream}) {
    this.#stream = components.stream;
  }

  notice(line: string): void {
    if (!this.#isClosed) this.#stream.write(`${line}\n`);
  }

  show(devnet: DevnetHandle): void {
    devnet.onSlotEnded((slot) => {
      const status = devnet.status();
      const votes = status.recentSlots.find((each) => each.slot === slot);
      if (votes !== undefined) this.#stream.write(`${slotLine(votes, status, devnet.slotsPerEpoch)}\n`);
    });
  }

  close(): void {
    this.#isClosed = true;
  }
}

const FRAME_MS = 200;
const NOTICES_KEPT = 3;

/** The live view of a terminal. */
export class ScreenView implements DevnetView {
  readonly #validators: number;
  readonly #color: boolean;
  readonly #clock: Clock;
  readonly #stream: OutputStream;
  readonly #terminal: Terminal;
  readonly #notices: string[] = [];
  #frame: (() => void) | null = null;
  #cancel: Cancel = () => {};
  #isClosed = false;

  constructor(
    init: {readonly validators: number; readonly color: boolean},
    components: {readonly stream: OutputStream; readonly clock: Clock},
  ) {
    this.#validators = init.validators;
    this.#color = init.color;
    this.#clock = components.clock;
    this.#stream = components.stream;
    this.#terminal = new Terminal(components);
  }

  notice(line: string): void {
    if (this.#isClosed) return;
    if (this.#frame === null) {
      this.#stream.write(`${line}\n`);
      return;
    }
    this.#notices.push(line);
    if (this.#notices.length > NOTICES_KEPT) this.#notices.shift();
  }

  show(devnet: DevnetHandle, nodes: () => ScreenModel["nodes"]): void {
    this.#frame = () => {
      const lines = render(this.#model(devnet, nodes()), {columns: this.#terminal.columns, color: this.#color});
      this.#terminal.draw(lines);
    };
    const tick = () => {
      this.#frame?.();
      this.#cancel = this.#clock.after(FRAME_MS, tick);
    };
    tick();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancel();
    this.#frame?.();
    this.#terminal.close();
  }

  #model(devnet: DevnetHandle, nodes: ScreenModel["nodes"]): ScreenModel {
    const status = devnet.status();
    const {slotsPerEpoch, slotDurationMs, genesisMs} = devnet;
    const intoSlotMs = this.#clock.nowMs() - genesisMs - Math.max(0, status.slot) * slotDurationMs;
    const notices = this.#notices;
    return {status, validators: this.#validators, slotsPerEpoch, slotDurationMs, intoSlotMs, nodes, notices};
  }
}
