import type {EchoedMessage} from "@mote/core";
import type {Echo} from "./echoes.ts";

/** What two slots of a thousand validators bring, and more. */
const REMEMBERED_MAX = 8_192;

interface Sent {
  readonly message: EchoedMessage;
  isTold: boolean;
}

/** Which of our messages an echo is of. */
export class OwnMessages {
  readonly #onEcho: (message: EchoedMessage, receivedMs: number) => void;
  readonly #sent = new Map<string, Sent>();
  /** Unix ms of echoes that came before publishing had ended, by message id. */
  readonly #early = new Map<string, number>();

  constructor(components: {readonly onEcho: (message: EchoedMessage, receivedMs: number) => void}) {
    this.#onEcho = components.onEcho;
  }

  /** @param messageIds one for each subnet that it went to: the first echo counts for all */
  sent(messageIds: readonly string[], message: EchoedMessage): void {
    const sent: Sent = {message, isTold: false};
    for (const id of messageIds) {
      remember(this.#sent, id, sent);
      const receivedMs = this.#early.get(id);
      if (receivedMs !== undefined) this.#tell(id, sent, receivedMs);
    }
  }

  echoed({messageId, receivedMs}: Echo): void {
    const sent = this.#sent.get(messageId);
    if (sent === undefined) remember(this.#early, messageId, receivedMs);
    else this.#tell(messageId, sent, receivedMs);
  }

  #tell(messageId: string, sent: Sent, receivedMs: number): void {
    this.#sent.delete(messageId);
    this.#early.delete(messageId);
    if (sent.isTold) return;
    sent.isTold = true;
    this.#onEcho(sent.message, receivedMs);
  }
}

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  for (const oldest of map.keys()) {
    if (map.size < REMEMBERED_MAX) break;
    map.delete(oldest);
  }
  map.set(key, value);
}
