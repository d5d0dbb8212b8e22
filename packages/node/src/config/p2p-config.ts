import {isIP} from "node:net";
import type {Root} from "@mote/core";
import type {NetworkInit} from "@mote/networking";
import {P2P_OPTIONS} from "./p2p-options.ts";
import type {Settings} from "./settings.ts";

/** What the light node on the network runs by. */
export interface P2pConfig {
  /** TCP, and UDP of discovery. 0: any free one. */
  readonly port: number;
  /** Null: nothing of this family is listened on. */
  readonly listen: {readonly ip4: string | null; readonly ip6: string | null};
  /** What peers are told to dial, where it is not what this machine sees of itself. */
  readonly announced: NetworkInit["announced"];
  /** Beside the network's own. */
  readonly bootNodes: readonly string[];
  readonly directPeers: readonly string[];
  readonly targetPeers: number;
  readonly discovers: boolean;
  /** Null: what the beacon nodes call final is trusted. */
  readonly checkpointRoot: Root | null;
}

type P2pSettings = Pick<Settings<typeof P2P_OPTIONS>, "values"> & {
  readonly isSet: {has(key: keyof typeof P2P_OPTIONS): boolean};
};

/** Null when it is not asked for. */
export function p2pConfig({values}: Pick<P2pSettings, "values">): P2pConfig | null {
  if (!values.p2p) return null;
  const {p2pPort: port, p2pListenAddress, p2pAnnounce, p2pTargetPeers: targetPeers} = values;
  const ofFamily = (family: number) => p2pListenAddress.find((ip) => isIP(ip) === family) ?? null;
  const announcedIp = (family: number) => p2pAnnounce.find(({ip}) => isIP(ip) === family)?.ip;
  const [ip4, ip6, announcedPort] = [announcedIp(4), announcedIp(6), p2pAnnounce[0]?.port];
  return {
    port,
    listen: {ip4: ofFamily(4), ip6: ofFamily(6)},
    announced: {
      ...(ip4 === undefined ? {} : {ip4}),
      ...(ip6 === undefined ? {} : {ip6}),
      ...(typeof announcedPort === "number" ? {tcpPort: announcedPort, udpPort: announcedPort} : {}),
    },
    bootNodes: values.p2pBootnodes,
    directPeers: values.p2pDirectPeers,
    targetPeers,
    discovers: !values.p2pNoDiscovery,
    checkpointRoot: values.checkpointRoot,
  };
}

/** What cannot be meant, each a sentence of its own. */
export function p2pProblems({values, isSet}: P2pSettings): string[] {
  const flag = (key: keyof typeof P2P_OPTIONS) => `--${P2P_OPTIONS[key].name}`;
  if (!values.p2p) {
    // With `p2p: false` somebody has switched it off for now, and left the rest for later.
    if (isSet.has("p2p")) return [];
    const orphans = (Object.keys(P2P_OPTIONS) as (keyof typeof P2P_OPTIONS)[]).filter((key) => isSet.has(key));
    return orphans.map((key) => `${flag(key)}: it means nothing without ${flag("p2p")}`);
  }
  const problems: string[] = [];
  const {p2pListenAddress, p2pAnnounce, p2pBootnodes, p2pDirectPeers, p2pNoDiscovery, p2pTargetPeers, p2pPort} = values;
  const families = new Set(p2pListenAddress.map(isIP));
  for (const {ip} of p2pAnnounce) {
    if (!families.has(isIP(ip)))
      problems.push(`${flag("p2pAnnounce")}: ${ip} is of a family that ${flag("p2pListenAddress")} leaves out`);
  }
  if (p2pAnnounce.some(({port}) => port === null) && p2pPort === 0)
    problems.push(
      `${flag("p2pAnnounce")}: a router cannot forward to ${flag("p2pPort")} 0, which is another one each time; name both ports`,
    );
  if (p2pNoDiscovery && p2pBootnodes.length > 0)
    problems.push(
      `${flag("p2pBootnodes")} and ${flag("p2pNoDiscovery")} exclude each other: boot nodes are asked by discovery`,
    );
  if (p2pNoDiscovery && p2pDirectPeers.length === 0)
    problems.push(`${flag("p2pNoDiscovery")}: nobody would be dialled; name peers by ${flag("p2pDirectPeers")}`);
  if (p2pDirectPeers.length > p2pTargetPeers)
    problems.push(
      `${flag("p2pTargetPeers")}: ${p2pTargetPeers} are less than the ${p2pDirectPeers.length} of ${flag("p2pDirectPeers")}`,
    );
  return problems;
}
