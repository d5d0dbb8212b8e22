import {type Answer, EMPTY_ANSWER, RefusedError} from "./answer.ts";
import {listOf, objectOf} from "./json.ts";
import type {Added, Gathering, SharePool} from "./share-pool.ts";
import type {MessageKind, ReadingContext, SignedMessage} from "./signed-messages.ts";
import {takenOrRefused} from "./taken.ts";
import type {Upstream} from "./upstream.ts";

export interface PublicationComponents {
  readonly pool: SharePool;
  readonly reading: ReadingContext;
  readonly log: (line: string) => void;
}

/** A request with messages that are signed with an operator's shares. */
export interface Submission {
  readonly operator: number;
  readonly kind: MessageKind;
  /** Path and query as they came. */
  readonly path: string;
  /** Those that belong to the message. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

interface Whole {
  readonly message: SignedMessage;
  readonly gathering: Gathering;
}

const MESSAGES_MAX = 65_536;

/** Takes partly signed messages, and publishes each once when enough of the cluster have signed it. */
export class Publication {
  readonly #components: PublicationComponents;
  /** Of a block that was completed: its payload must not overtake it. */
  readonly #published = new WeakMap<Gathering, Promise<void>>();

  constructor(components: PublicationComponents) {
    this.#components = components;
  }

  /** Good partial signatures are kept, whatever else came with them. */
  async answer(submission: Submission, upstream: Upstream): Promise<Answer> {
    const {operator, kind, body} = submission;
    const list = kind.isList ? listOf(body, "body", MESSAGES_MAX) : [body];
    const read = list.map((item) => this.#read(kind, item));
    const messages = read.filter((message) => typeof message !== "string");
    const added = this.#components.pool.add(operator, messages);
    const outcomes = new Map(messages.map((message, i) => [message, added[i] ?? refused("not looked at")]));
    const whole = [...outcomes].flatMap(([message, each]): Whole[] =>
      each.kind === "taken" && each.completes ? [{message, gathering: each.gathering}] : [],
    );
    const published = whole.length === 0 ? Promise.resolve() : this.#publish(whole, submission, upstream);
    for (const {gathering} of whole) this.#published.set(gathering, published);
    const gatherings = added.flatMap((each) => (each.kind === "taken" ? [each.gathering] : []));
    await Promise.all(gatherings.map((gathering) => this.#published.get(gathering)));
    takenOrRefused(
      read.map((each) => (typeof each === "string" ? refused(each) : (outcomes.get(each) ?? refused("sent twice")))),
    );
    return EMPTY_ANSWER;
  }

  /** The reason when it is no such message. */
  #read(kind: MessageKind, item: unknown): SignedMessage | string {
    try {
      return kind.read(objectOf(item, "message"), this.#components.reading);
    } catch (error) {
      return (error as Error).message;
    }
  }

  async #publish(whole: readonly Whole[], {kind, path, headers}: Submission, upstream: Upstream): Promise<void> {
    const signed = await Promise.all(
      whole.map(async ({message, gathering}) => message.withSignature(await gathering.whole)),
    );
    const body = JSON.stringify(kind.isList ? signed : signed[0]);
    try {
      const answer = await upstream.ask({method: "POST", path, headers, body});
      if (answer.status >= 300) throw new RefusedError(answer.status, answer.body.toString().slice(0, 300));
    } catch (error) {
      this.#components.log(`middleware: POST ${kind.path} was not taken: ${(error as Error).message}`);
    }
  }
}

const refused = (reason: string): Added => ({kind: "refused", reason});
