import {many, one, toggle} from "./make-option.ts";
import type {OptionTable} from "./option.ts";
import {
  type AnnouncedAddress,
  joinAnnounced,
  joinBootNodes,
  joinIps,
  joinPeers,
  parseAnnounced,
  parseBlockRoot,
  parseBootNodes,
  parseIps,
  parsePeers,
} from "./p2p-values.ts";
import {integerFrom, parsePort} from "./value-parsers.ts";

const group = "The network";

export const P2P_OPTIONS = {
  p2p: toggle({
    name: "p2p",
    group,
    help: "Join the network by itself as a light node: publish by a second path, see what becomes of it, and hold beacon nodes against proofs.",
  }),
  p2pPort: one(parsePort, 9000, {
    name: "p2p-port",
    group,
    placeholder: "<port>",
    fallbackText: "9000",
    help: "Port that peers come in by, TCP, and that discovery uses, UDP. None has to be open to the outside.",
  }),
  p2pListenAddress: many(
    parseIps,
    ["0.0.0.0", "::"],
    {
      name: "p2p-listen-address",
      group,
      placeholder: "<ip,ip>",
      fallbackText: "0.0.0.0,::",
      help: "Addresses to listen on: one of IPv4, one of IPv6, or both. A family that is not named is not used for it.",
    },
    joinIps,
  ),
  p2pAnnounce: many<AnnouncedAddress, readonly AnnouncedAddress[]>(
    parseAnnounced,
    [],
    {
      name: "p2p-announce",
      group,
      placeholder: "<ip[:port]>",
      fallbackText: "what peers see",
      help: "Address that peers are told to dial, where a router forwards a port to this machine.",
    },
    joinAnnounced,
  ),
  p2pBootnodes: many(
    parseBootNodes,
    [],
    {
      name: "p2p-bootnodes",
      aliases: ["p2p-boot-nodes"],
      group,
      placeholder: "<enr,enr>",
      fallbackText: "the network's",
      help: "More nodes to find the first peers by, beside those of the network.",
    },
    joinBootNodes,
  ),
  p2pDirectPeers: many(
    parsePeers,
    [],
    {
      name: "p2p-direct-peers",
      group,
      placeholder: "<multiaddr>",
      help: "Peers to be connected with at all times, such as your own beacon nodes.",
    },
    joinPeers,
  ),
  p2pTargetPeers: one(integerFrom(1, 200), 20, {
    name: "p2p-target-peers",
    group,
    placeholder: "<n>",
    fallbackText: "20",
    help: "How many peers to keep.",
  }),
  p2pNoDiscovery: toggle({
    name: "p2p-no-discovery",
    group,
    help: "Look for no peers: the direct ones, and who comes in by itself.",
  }),
  checkpointRoot: one(parseBlockRoot, null, {
    name: "checkpoint-root",
    group,
    placeholder: "<0x…>",
    fallbackText: "what the beacon nodes call final",
    help: "A finalized block root that you trust, two weeks old at most: what the beacon nodes say is held against the chain from there on.",
  }),
} satisfies OptionTable;
