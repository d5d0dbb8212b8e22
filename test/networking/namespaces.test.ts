import assert from "node:assert/strict";
import {setTimeout as sleep} from "node:timers/promises";
import {blocksAt} from "../../packages/networking/test/reqresp/support/test-chain.ts";
import {type Family, NamespacedHost} from "./support/namespaced-host.ts";
import {TwoNamespaces} from "./support/two-namespaces.ts";

const [BLOCK] = blocksAt([16, 17]);
/** Nobody listens there. */
const DISCARD_PORT = 9;
const POLL_MS = 50;
/** In an outage a quarter of an hour goes by in about five seconds. */
const OUTAGE_STEP_MS = 10_000;
const OUTAGE_STEPS_MAX = 200;
/** Longer than any pause between two dials of a peer. */
const AFTERWARDS_MS = 90 * 60_000;

describe("two hosts in network namespaces", function () {
  this.timeout(30_000);
  let wire: TwoNamespaces | null = null;
  let hosts: readonly NamespacedHost[] = [];

  before(function () {
    const created = TwoNamespaces.create();
    if ("refusal" in created) {
      console.log(`      skipped: ${created.refusal}`);
      this.skip();
      return;
    }
    wire = created;
    hosts = [created.one, created.other].map((namespace) => new NamespacedHost(namespace));
  });
  after(async () => {
    await Promise.all(hosts.map((host) => host.kill()));
    wire?.remove();
  });

  for (const family of ["ip4", "ip6"] as const satisfies readonly Family[]) {
    it(`find each other by discovery alone over ${family}, talk, and find each other again after an outage`, async () => {
      assert.ok(wire !== null);
      const [finder, found] = hosts as [NamespacedHost, NamespacedHost];
      // Its record leads to it by UDP alone: it must hear of the other, and dial it.
      const open = {family, bootNodes: [], announcedTcpPort: DISCARD_PORT, head: "f1", ip: wire.one[family]};
      const one = await finder.ask("open", open);
      const ip = wire.other[family];
      const other = await found.ask("open", {...open, ip, bootNodes: [one.enr], announcedTcpPort: null, head: "f2"});

      const findEachOther = async () => {
        const [peer] = await until("they are peers", () => finder.ask("peers"), isOne);
        assert.equal(peer?.peerId, other.peerId);
        assert.equal(peer.direction, "outbound");
        assert.equal(peer.headRoot, `0x${"f2".repeat(32)}`);
        assert.ok(peer.multiaddr.startsWith(`/${family}/${ip}/tcp/`), peer.multiaddr);
        const [back] = await until("so sees the other", () => found.ask("peers"), isOne);
        assert.equal(back?.peerId, one.peerId);
        assert.equal(back.direction, "inbound");
        assert.equal(back.headRoot, `0x${"f1".repeat(32)}`);
        assert.ok(back.multiaddr.startsWith(`/${family}/`), back.multiaddr);
      };
      const talk = async (validatorIndex: number) => {
        await until(
          "somebody listens",
          () => found.ask("publish", validatorIndex),
          (peers) => peers === 1,
        );
        await until(
          "it is heard",
          () => finder.ask("heard"),
          (heard) => heard.includes(validatorIndex),
        );
        const {slot, root} = BLOCK!;
        assert.deepEqual(await found.ask("fetchBlock", {peerId: one.peerId, root}), {slot, root});
      };

      await findEachOther();
      await talk(1);
      wire.setWire("down");
      for (const host of hosts)
        for (let steps = 0; (await host.ask("peers")).length > 0; steps++) {
          assert.ok(steps < OUTAGE_STEPS_MAX, "the outage goes unnoticed");
          await Promise.all(hosts.map((one) => one.ask("skip", OUTAGE_STEP_MS)));
          await sleep(POLL_MS);
        }
      wire.setWire("up");
      await Promise.all(hosts.map((host) => host.ask("skip", AFTERWARDS_MS)));
      await findEachOther();
      await talk(2);
      await Promise.all(hosts.map((host) => host.ask("close")));
    });
  }
});

const POLLS_MAX = 300;

/** @throws when it does not come to hold */
async function until<T>(what: string, ask: () => Promise<T>, holds: (answer: T) => boolean): Promise<T> {
  for (let poll = 0; poll < POLLS_MAX; poll++) {
    const answer = await ask();
    if (holds(answer)) return answer;
    await sleep(POLL_MS);
  }
  throw new Error(`waited in vain: ${what}`);
}

const isOne = (peers: readonly unknown[]): boolean => peers.length === 1;
