import type {Stream, StreamCloseEvent, StreamMessageEvent} from "@libp2p/interface";
import {Uint8ArrayList} from "uint8arraylist";
import type {ByteSource} from "../codec/byte-source.ts";
import {InvalidFrameError} from "../codec/invalid-frame-error.ts";

/** More than the largest piece that is read at once, a snappy frame. */
const PAUSE_AT_BYTES = 128 * 1024;

/** Reads a stream at its consumer's pace: what nobody asks for is left with the peer, as far as the muxer can tell it to wait. */
export class StreamReader implements ByteSource {
  readonly #stream: Stream;
  readonly #signal: AbortSignal;
  readonly #buffer = new Uint8ArrayList();
  #failure: Error | null = null;
  #isClosed = false;
  #isResuming = false;
  #wake: () => void = () => {};

  /** @param components.signal ends the reading, with its reason */
  constructor({stream, signal}: {readonly stream: Stream; readonly signal: AbortSignal}) {
    this.#stream = stream;
    this.#signal = signal;
    stream.addEventListener("message", this.#onMessage);
    stream.addEventListener("remoteCloseWrite", this.#onChange);
    stream.addEventListener("close", this.#onClose);
    signal.addEventListener("abort", this.#onChange);
  }

  async read(sizeBytes: number): Promise<Uint8Array> {
    const bytes = await this.readOrEnd(sizeBytes);
    if (bytes === null) throw new InvalidFrameError("the stream ends where more must come");
    return bytes;
  }

  /**
   * Null when the stream ends before the first of these bytes.
   * @throws {InvalidFrameError} when it ends behind that
   */
  async readOrEnd(sizeBytes: number): Promise<Uint8Array | null> {
    if (!(await this.#holds(sizeBytes))) {
      if (this.#buffer.byteLength === 0) return null;
      throw new InvalidFrameError("the stream ends where more must come");
    }
    const bytes = this.#buffer.subarray(0, sizeBytes);
    this.#buffer.consume(sizeBytes);
    return bytes;
  }

  /** Waits for a byte or the end, and reads neither. */
  async isAtEnd(): Promise<boolean> {
    return !(await this.#holds(1));
  }

  /** Throws away what still comes, up to the end or to about so much. */
  async discard(sizeBytesMax: number): Promise<void> {
    for (let left = sizeBytesMax; left > 0 && (await this.readOrEnd(1)) !== null; ) {
      left -= 1 + this.#buffer.byteLength;
      this.#buffer.consume(this.#buffer.byteLength);
    }
  }

  /** Leaves the stream to others. */
  detach(): void {
    this.#stream.removeEventListener("message", this.#onMessage);
    this.#stream.removeEventListener("remoteCloseWrite", this.#onChange);
    this.#stream.removeEventListener("close", this.#onClose);
    this.#signal.removeEventListener("abort", this.#onChange);
  }

  /** False when the stream ends before. */
  async #holds(sizeBytes: number): Promise<boolean> {
    while (this.#buffer.byteLength < sizeBytes) {
      if (this.#signal.aborted) throw this.#signal.reason;
      if (this.#failure !== null) throw this.#failure;
      if (this.#hasEnded()) return false;
      const change = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#resume();
      await change;
    }
    return true;
  }

  #hasEnded(): boolean {
    return (this.#isClosed || this.#stream.remoteWriteStatus === "closed") && this.#stream.readBufferLength === 0;
  }

  /** A stream that is not readable any more throws when it is paused or resumed. */
  #pauseWhenFull(): void {
    const isFull = this.#buffer.byteLength >= PAUSE_AT_BYTES;
    if (isFull && !this.#isResuming && this.#stream.readStatus === "readable") this.#stream.pause();
  }

  #resume(): void {
    if (this.#stream.readStatus !== "paused") return;
    // What the stream holds comes within the call, and a pause within it would be forgotten by the muxer.
    this.#isResuming = true;
    this.#stream.resume();
    this.#isResuming = false;
    this.#pauseWhenFull();
  }

  readonly #onMessage = ({data}: StreamMessageEvent): void => {
    this.#buffer.append(data);
    this.#pauseWhenFull();
    this.#wake();
  };

  readonly #onClose = ({error}: StreamCloseEvent): void => {
    this.#failure ??= error ?? null;
    this.#isClosed = true;
    this.#wake();
  };

  readonly #onChange = (): void => this.#wake();
}
