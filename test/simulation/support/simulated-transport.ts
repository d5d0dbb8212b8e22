import {type BeaconFault, BeaconNodeError, type Connect, type HttpResponse, type Transport} from "@mote/beacon-nodes";
import type {Cancel, Clock} from "@mote/core";
import {
  type FakeAnswer,
  type FakeRequest,
  matchOperation,
  type NodeEvent,
  type SentMessage,
  type SentMessageWatch,
  type SimulatedBeaconNode,
  sentMessages,
} from "@mote/testing";

type Request = Parameters<Transport["request"]>[0];

/** The way to simulated nodes, by their names: no sockets, the clock of the simulation, and the same bounds of time. */
export function connectTo(nodes: readonly SimulatedBeaconNode[], {watch}: {readonly watch: SentMessageWatch}): Connect {
  const messagesOf = rememberingLast(sentMessages);
  return ({name}, {clock}) => {
    const node = nodes.find((one) => one.name === name);
    if (node === undefined) throw new Error(`no simulated node ${name}`);
    return new SimulatedTransport({node, watch, clock, messagesOf});
  };
}

interface SimulatedTransportComponents {
  readonly node: SimulatedBeaconNode;
  readonly watch: SentMessageWatch;
  readonly clock: Clock;
  readonly messagesOf: typeof sentMessages;
}

class SimulatedTransport implements Transport {
  readonly redact = (text: string): string => text;
  readonly #c: SimulatedTransportComponents;

  constructor(components: SimulatedTransportComponents) {
    this.#c = components;
  }

  request(request: Request): Promise<HttpResponse> {
    const {node, watch, clock, messagesOf} = this.#c;
    const sentMs = clock.nowMs();
    const asked = fakeRequestOf(request);
    // Whatever becomes of the request, what it carries has left.
    const messages = messagesOf(asked);
    for (const message of messages) watch.see(message);
    return this.#exchange(request, (settle) => {
      const reception = node.receive(asked, messages);
      if (reception.kind === "refuse") return clock.after(1, () => settle.fail("UNREACHABLE", "refused"));
      const isLate = reception.kind === "hang" || reception.afterMs >= request.totalTimeoutMs;
      if (isLate) return clock.after(request.totalTimeoutMs, () => settle.fail("TIMED_OUT", "no answer in time"));
      return clock.after(reception.afterMs, () =>
        settle.resolve(responseOf(reception.answer(), asked, {sentMs, receivedMs: clock.nowMs()})),
      );
    });
  }

  stream(request: Parameters<Transport["stream"]>[0], handlers: Parameters<Transport["stream"]>[1]): Promise<never> {
    const {node, clock} = this.#c;
    return this.#exchange<never>(request, (settle) => {
      const cancels: Cancel[] = [];
      const cancelOpening = clock.after(5, () => {
        const end = node.listen(
          (event) => handlers.onChunk(Buffer.from(textOf(event))),
          () => settle.fail("UNREACHABLE", "the node ended the stream"),
        );
        if (end === null) return settle.fail("UNREACHABLE", "refused");
        cancels.push(end);
        handlers.onOpen();
      });
      cancels.push(cancelOpening);
      return () => {
        for (const cancel of cancels) cancel();
      };
    });
  }

  close(): void {}

  /** @param begin @returns what ends it */
  #exchange<T>(
    {route, signal}: Pick<Request, "route" | "signal">,
    begin: (settle: {resolve(value: T): void; fail(reason: BeaconFault, detail: string): void}) => Cancel,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const faultOf = (reason: BeaconFault, detail: string) =>
        new BeaconNodeError({reason, beaconNode: this.#c.node.name, route, detail});
      if (signal?.aborted) return reject(faultOf("ABORTED", "stopped before it was sent"));
      let isOver = false;
      let end: Cancel = () => {};
      const finish = (how: () => void) => {
        if (isOver) return;
        isOver = true;
        signal?.removeEventListener("abort", onAbort);
        end();
        how();
      };
      const fail = (reason: BeaconFault, detail: string) => finish(() => reject(faultOf(reason, detail)));
      const onAbort = () => fail("ABORTED", "stopped");
      signal?.addEventListener("abort", onAbort, {once: true});
      end = begin({resolve: (value) => finish(() => resolve(value)), fail});
    });
  }
}

function fakeRequestOf({method, path, headers, body}: Request): FakeRequest {
  const url = new URL(path, "http://simulated");
  return {
    ...matchOperation(method, url.pathname),
    query: url.searchParams,
    headers,
    body: body === undefined ? Buffer.alloc(0) : Buffer.from(body),
  };
}

function responseOf(
  answer: FakeAnswer,
  {headers}: FakeRequest,
  times: Pick<HttpResponse, "sentMs" | "receivedMs">,
): HttpResponse {
  const isSsz = answer.ssz !== undefined && String(headers.accept).startsWith("application/octet-stream");
  const body = isSsz
    ? Buffer.from(answer.ssz ?? [])
    : Buffer.from(answer.json === undefined ? "" : JSON.stringify(answer.json));
  const own: Readonly<Record<string, string | undefined>> = {
    ...answer.headers,
    "eth-consensus-version": answer.consensusVersion,
  };
  return {
    status: answer.status,
    contentType: isSsz ? "application/octet-stream" : "application/json",
    header: (name) => own[name],
    body,
    serverDateMs: Math.floor(times.receivedMs / 1000) * 1000,
    ...times,
  };
}

const textOf = ({topic, data}: NodeEvent): string => `event: ${topic}\ndata: ${JSON.stringify(data)}\n\n`;

/** Most requests go to all nodes, word for word: the last of each operation need not be read again. */
function rememberingLast(read: typeof sentMessages): typeof sentMessages {
  const last = new Map<string, {readonly body: Buffer; readonly messages: readonly SentMessage[]}>();
  return (request) => {
    const {operation, body} = request;
    const known = last.get(operation);
    if (known?.body.equals(body)) return known.messages;
    const messages = read(request);
    last.set(operation, {body, messages});
    return messages;
  };
}
