import assert from "node:assert/strict";
import type {Root} from "@mote/core";
import type {PeerRequests, PeerView} from "../../src/network.ts";
import {PeerLightClientSources} from "../../src/peer-light-client-source.ts";
import {protocolId, protocolsOf} from "../../src/reqresp/protocols.ts";
import {bootstrapAt, CONFIG} from "./support/test-chain.ts";

const ALL = protocolsOf(CONFIG).map(({id}) => id);
const peer = (peerId: string, score: number, protocols = ALL): PeerView => ({
  peerId,
  score,
  protocols,
  multiaddr: "/ip4/127.0.0.1/tcp/1",
  direction: "outbound",
  agent: null,
  status: null,
  attnets: [],
  syncnets: [],
});

describe("light-client data from peers", () => {
  const reported: unknown[] = [];
  const asked: unknown[] = [];
  const bootstrap = bootstrapAt(28);
  const requests = {
    lightClientBootstrap: async (...args: unknown[]) => {
      asked.push(args);
      return bootstrap;
    },
  } as unknown as PeerRequests;
  const sourcesOf = (...peers: PeerView[]) =>
    new PeerLightClientSources({
      peers: {list: () => peers, report: (...args) => void reported.push(args)},
      requests,
    }).sources();

  it("is asked of those who serve all of it, best first", () => {
    const without = ALL.filter((id) => id !== protocolId("light_client_updates_by_range", 1));
    const sources = sourcesOf(peer("low", -3), peer("high", 5), peer("none", 9, without), peer("middle", 0));
    assert.deepEqual(
      sources.map(({name}) => name),
      ["peer high", "peer middle", "peer low"],
    );
    assert.deepEqual(sourcesOf(), []);
  });

  it("is asked of that peer, and what was wrong costs that peer", async () => {
    const [source] = sourcesOf(peer("one", 0));
    const root = `0x${"ab".repeat(32)}` as Root;
    assert.equal(await source?.bootstrap(root), bootstrap);
    source?.blame("a forged branch");
    assert.deepEqual(asked, [["one", root]]);
    assert.deepEqual(reported, [["one", "invalid_response", "a forged branch"]]);
  });
});
