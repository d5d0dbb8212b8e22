import type {Clock} from "@mote/core";
import {FakeLog} from "@mote/testing";
import type {Offence} from "../../../src/network.ts";
import type {PeerNews} from "../../../src/reqresp/answers.ts";
import {quotasOf, type ReqRespTimeouts} from "../../../src/reqresp/limits.ts";
import type {Metadata} from "../../../src/reqresp/metadata-message.ts";
import {REQUEST_NAMES, type RequestName} from "../../../src/reqresp/protocols.ts";
import {ReqRespClient} from "../../../src/reqresp/req-resp-client.ts";
import {ReqRespServer} from "../../../src/reqresp/req-resp-server.ts";
import type {Quota} from "../../../src/reqresp/token-buckets.ts";
import type {HostPair} from "./hosts.ts";
import {CONFIG, DIGESTS, REAL_CLOCK, slotClockOf, TestChain} from "./test-chain.ts";

/** So short that who is slow is cut within a test; nothing sound is asked under them. */
export const IMPATIENT: ReqRespTimeouts = {negotiationMs: 5000, requestMs: 80, chunkMs: 80, endMs: 80};

export const AMPLE_QUOTAS = Object.fromEntries(
  REQUEST_NAMES.map((name) => [name, {tokens: 1000, perMs: 1}]),
) as unknown as Record<RequestName, Quota>;
export const DEFAULT_QUOTAS = quotasOf(CONFIG);

export const METADATA: Metadata = {seqNumber: 7n, attnets: [3, 63], syncnets: [2], custodyGroupCount: 4};

export interface Reported {
  readonly peer: string;
  readonly offence: Offence;
  readonly detail: string;
}

interface PartyOptions {
  readonly timeouts?: ReqRespTimeouts;
  readonly quotas?: Readonly<Record<RequestName, Quota>>;
  readonly clock?: Clock;
}

export function clientOf(
  {asking, answering}: HostPair,
  {timeouts, quotas = AMPLE_QUOTAS, clock = REAL_CLOCK}: PartyOptions = {},
) {
  const offences: Reported[] = [];
  const client = new ReqRespClient(
    {config: CONFIG, quotas, ...(timeouts === undefined ? {} : {timeouts})},
    {
      node: asking,
      slotClock: slotClockOf(clock),
      digests: DIGESTS,
      chain: new TestChain(),
      localMetadata: () => METADATA,
      onOffence: (peer, offence, detail) => offences.push({peer, offence, detail}),
    },
  );
  return {client, offences, peer: answering.peerId.toString()};
}

export async function serverOf(
  {answering}: HostPair,
  {timeouts, quotas = AMPLE_QUOTAS, clock = REAL_CLOCK}: PartyOptions = {},
) {
  const offences: Reported[] = [];
  const said: unknown[] = [];
  const chain = new TestChain();
  const news: PeerNews = {
    status: (_, status) => said.push(status),
    ping: (_, seqNumber) => said.push(seqNumber),
    goodbye: (_, reason) => said.push(reason),
  };
  const log = new FakeLog();
  const server = new ReqRespServer(
    {config: CONFIG, quotas, ...(timeouts === undefined ? {} : {timeouts})},
    {
      node: answering,
      slotClock: slotClockOf(clock),
      digests: DIGESTS,
      chain,
      localMetadata: () => METADATA,
      onOffence: (peer, offence, detail) => offences.push({peer, offence, detail}),
      news,
      log,
    },
  );
  await server.start();
  return {server, offences, said, chain, log};
}
