import type {GossipSub} from "@libp2p/gossipsub";
import type {Libp2p} from "@libp2p/interface";
import type {Cancel, Epoch, SlotClock} from "@mote/core";
import {arePrivate, type BootNodes, parseBootNodes} from "./discovery/boot-nodes.ts";
import {Discovery} from "./discovery/discovery.ts";
import {forkEntries} from "./discovery/fork-id.ts";
import {LocalMetadata} from "./discovery/local-metadata.ts";
import {LocalRecord} from "./discovery/local-record.ts";
import {bindUdp, type UdpSockets} from "./discovery/udp-transport.ts";
import {ForkDigests} from "./forks/fork-digests.ts";
import {Libp2pGossip} from "./gossip/gossip.ts";
import {createHost, startHost} from "./host.ts";
import {loadIdentity} from "./identity.ts";
import type {Network, NetworkComponents, NetworkInit, Offence} from "./network.ts";
import {addressEntries, isLoopback} from "./own-addresses.ts";
import {isPublicIp, type PeerAddress, parsePeerAddress} from "./peers/addresses.ts";
import {GoodPeers} from "./peers/good-peers.ts";
import {Libp2pConnections} from "./peers/libp2p-connections.ts";
import {NO_FINDER} from "./peers/peer-finder.ts";
import {PeerManager} from "./peers/peer-manager.ts";
import {PeerScores} from "./peers/peer-score.ts";
import type {PeerNews} from "./reqresp/answers.ts";
import {ReqRespClient} from "./reqresp/req-resp-client.ts";
import {ReqRespServer} from "./reqresp/req-resp-server.ts";
import {Stops} from "./stops.ts";

type Host = Libp2p<{gossip: GossipSub}>;
type Identity = Awaited<ReturnType<typeof loadIdentity>>;

/** As many must agree as other clients ask for. */
const ADDRESS_VOTES = 10;

/** What the init says, read. */
interface Plan {
  readonly init: NetworkInit;
  readonly digests: ForkDigests;
  readonly identity: Identity;
  readonly bootNodes: BootNodes;
  readonly directPeers: readonly PeerAddress[];
  readonly allowsPrivate: boolean;
}

/**
 * A node on the network: host, gossip, requests, peers and discovery put together. Resolves when it listens; peers come by and by.
 * @throws {ListenError} for a port or an address that is not to be had
 * @throws {IdentityError} for a key file that holds none
 * @throws {InvalidValueError} for a boot node or direct peer that is none
 */
export async function openNetwork(init: NetworkInit, components: NetworkComponents): Promise<Network> {
  const stops = new Stops(components);
  try {
    return await open(await read(init, components), components, stops);
  } catch (error) {
    await stops.run();
    throw error;
  }
}

async function read(init: NetworkInit, {files}: NetworkComponents): Promise<Plan> {
  const bootNodes = parseBootNodes(init.bootNodes);
  const {ip4, ip6} = init.announced;
  const announcesPrivate = [ip4, ip6].some((ip) => ip !== undefined && !isPublicIp(ip));
  return {
    init,
    bootNodes,
    digests: new ForkDigests(init.config),
    identity: await loadIdentity(files),
    directPeers: init.directPeers.map(parsePeerAddress),
    allowsPrivate: isLoopback(init.listen) || announcesPrivate || arePrivate(bootNodes),
  };
}

async function open(plan: Plan, components: NetworkComponents, stops: Stops): Promise<Network> {
  const {init, digests, identity, bootNodes, directPeers, allowsPrivate} = plan;
  const {config} = init;
  const {clock, slotClock, random, log, chain} = components;

  const scores = new PeerScores({clock});
  const metadata = new LocalMetadata({role: init.role, config});
  // Peers can be heard before there is a manager to tell; an offence counts from the first.
  let manager: PeerManager | null = null;
  const onOffence = (peer: string, offence: Offence, detail: string): void => {
    if (manager === null) scores.report(peer, offence);
    else manager.report(peer, offence, detail);
  };

  const sockets = await openUdp(init, stops);
  const gossip = new Libp2pGossip(
    {config, digests},
    {slotClock, random, log, onOffence, appScore: (peer) => scores.scoreOf(peer)},
  );
  const namedPeers = new Set([...directPeers, ...bootNodes.peers].map(({peer}) => peer));
  const host: Host = await createHost(
    {...init, privateKey: identity, directPeers: namedPeers, allowsPrivate},
    {services: {gossip: gossip.service}, isBanned: (peer) => manager?.isBanned(peer) ?? false},
  );
  stops.add("The host", () => host.stop());

  const wired = {slotClock, digests, chain, log, node: host, localMetadata: () => metadata.current, onOffence};
  const client = new ReqRespClient({config}, wired);
  const news: PeerNews = {
    status: (peer, status) => manager?.news.status(peer, status),
    ping: (peer, seqNumber) => manager?.news.ping(peer, seqNumber),
    goodbye: (peer, reason) => manager?.news.goodbye(peer, reason),
  };
  const server = new ReqRespServer({config}, {...wired, news});
  stops.add("The request server", () => server.stop());
  // Who comes in at the first moment is answered.
  await server.start();
  await startHost(host, init.listen);
  stops.add("Gossip", () => gossip.stop());
  gossip.start();

  const discovery = sockets === null ? null : await openDiscovery(plan, components, host, sockets, metadata);
  if (discovery !== null) stops.add("Discovery", () => discovery.stop());
  stops.add("The metadata", followTopics(host, slotClock, metadata, discovery));

  const peers = new PeerManager(
    {targetPeers: init.targetPeers, directPeers, bootPeers: bootNodes.peers},
    {
      clock,
      slotClock,
      random,
      log,
      chain,
      scores,
      gossipScore: (peer) => scoreInGossip(host, peer),
      connections: new Libp2pConnections({host, clock}),
      wire: client,
      finder: discovery ?? NO_FINDER,
      goodPeers: new GoodPeers(components),
    },
  );
  manager = peers;
  stops.add("The peer manager", () => peers.stop());
  await discovery?.start();
  await peers.start();

  return {
    peerId: host.peerId.toString(),
    multiaddrs: () => host.getMultiaddrs().map(String),
    enr: () => discovery?.enr ?? null,
    gossip,
    requests: client,
    peers,
    stop: () => stops.run(),
  };
}

async function openUdp({listen}: NetworkInit, stops: Stops): Promise<UdpSockets | null> {
  if (listen.udpPort === null) return null;
  const sockets = await bindUdp({...listen, udpPort: listen.udpPort});
  stops.add("The sockets of discovery", () => closeAll(sockets));
  return sockets;
}

function closeAll({ip4, ip6}: UdpSockets): void {
  for (const socket of [ip4, ip6]) {
    try {
      socket?.close();
    } catch {
      // Discovery has closed it.
    }
  }
}

async function openDiscovery(
  {init, digests, identity, bootNodes, allowsPrivate}: Plan,
  components: NetworkComponents,
  host: Host,
  sockets: UdpSockets,
  metadata: LocalMetadata,
): Promise<Discovery> {
  const {config} = init;
  const ports = {
    tcp4: tcpPortOf(host, "ip4", init.listen.tcpPort),
    tcp6: tcpPortOf(host, "ip6", init.listen.tcpPort),
    udp4: sockets.ip4?.address().port ?? null,
    udp6: sockets.ip6?.address().port ?? null,
  };
  const addresses = addressEntries(init, ports, allowsPrivate);
  const epoch = components.slotClock.currentEpoch();
  const record = await LocalRecord.load(
    {
      privateKey: identity,
      entries: {...forkEntries(epoch as Epoch, {config, digests}), ...metadata.entries(), ...addresses},
    },
    components,
  );
  return new Discovery(
    {
      config,
      privateKey: identity,
      bootNodes,
      allowsPrivate,
      tcpPort: init.announced.tcpPort ?? ports.tcp4,
      isAddressFixed: Object.keys(addresses).length > 0,
      addressVotes: ADDRESS_VOTES,
    },
    {...components, digests, record, sockets},
  );
}

/** That the system gave, where any would do. */
function tcpPortOf(host: Host, family: "ip4" | "ip6", asked: number): number {
  if (asked !== 0) return asked;
  for (const address of host.getMultiaddrs()) {
    const [ip, tcp] = address.getComponents();
    if (ip?.name === family && tcp?.name === "tcp") return Number(tcp.value);
  }
  return 0;
}

/** The library's class has it, its interface does not. */
const scoreInGossip = (host: Host, peer: string): number =>
  (host.services.gossip as GossipSub & {getScore(peer: string): number}).getScore(peer);

/** Record and metadata say each slot which topics are joined. */
function followTopics(host: Host, slotClock: SlotClock, metadata: LocalMetadata, discovery: Discovery | null): Cancel {
  let cancel: Cancel = () => {};
  const look = () => {
    if (metadata.follow(host.services.gossip.getTopics())) discovery?.update(metadata.entries());
    cancel = slotClock.at(slotClock.startMs(slotClock.currentSlot()) + slotClock.timing.slotDurationMs, look);
  };
  look();
  return () => cancel();
}
