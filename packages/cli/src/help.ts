import type {Option, OptionTable} from "@mote/node/config";
import {wrap} from "./screen/wrap.ts";

const FLAG_COLUMN = 34;
const LINE_WIDTH = 100;

const START_INTRO = `mote start: perform the duties of your validators

  mote start --network hoodi --beacon-nodes http://localhost:5052
  mote start --network hoodi --beacon-nodes http://a:5052,http://b:5052,http://c:5052 --metrics
  mote start --testnet-dir ./my-testnet --keystores-dir ./validator_keys --secrets-dir ./secrets

Keys come from \`mote keys new\`, or with all that they have signed from another client by \`mote keys import\`.
The first time, with keys that have never signed, add --init-slashing-protection. Most
need three options: --network, --beacon-nodes and --suggested-fee-recipient.
`;

const START_OUTRO = `Each option is also a variable (--beacon-nodes is MOTE_BEACON_NODES) and a key of the config file (beacon-nodes: …).

Exit codes: 0 asked to stop, 1 error (starting again may help), 2 needs a human (it will not), 129 another signer uses
one of the keys, 130 a validator was slashed; after 2, 129 and 130 find out why before you start it again.
`;

const DEVNET_INTRO = `mote devnet: an Ethereum testnet in one process, to play with

Real consensus rules on the minimal preset: 8 slots an epoch, every signature checked, finality within four
epochs. Mote runs beside it as a process of its own, proposes every block and casts every vote: nothing but
Mote signs anything. A checker that knows nothing of its slashing protection watches every message.

  mote devnet                                         watch epochs being justified and finalised
  mote devnet --seconds-per-slot 1 --epochs 6 --json  a short run for scripts: one JSON line at the end
  mote devnet --fork gloas@2                          cross a fork on the way

Break things, and see what a vote does about it:
  mote devnet --beacon-nodes 3 --fault bn1:down@12-20              one of three beacon nodes goes away and comes back
  mote devnet --beacon-nodes 3 --fault bn2:wrong-source@28-36      one lies about the justified checkpoint
  mote devnet --beacon-nodes 3 --fault bn0:delay=800ms --fault bn1:stuck-head@20-30
  mote devnet --fault skip@12-14 --fault reorg@30                  no blocks for a while, then a late block that loses

Be a peer among peers, on a libp2p network of the beacon nodes:
  mote devnet --p2p --beacon-nodes 3                               gossip beside the API, and a light client
  mote devnet --p2p --fault bn0:no-publish@16-31 --fault p2p:lie   gossip alone carries the votes; a peer forges

Share the keys among several Motes, behind a small middleware for distributed validators:
  mote devnet --middleware 3-of-4 --validators 16 --fault node2:restart@10

Bring your own keys, made by mote keys new and mote deposit --network devnet:
  mote devnet --genesis-deposits deposit_data-1700000000.json --api-port 5052

Bring your own validator client:
  mote devnet --no-node --api-port 5052               serve the chain only, and print how to join it
  mote devnet --no-node --write-testnet ./my-testnet  and write config.yaml and genesis.ssz for any client
  mote devnet --no-node --dialect bn0=prysm           speak the Beacon API as another client does
`;

const DEVNET_OUTRO = `Faults (slots after @ are inclusive; without @ the fault holds from start to end):
  bnN:down            connections are refused, open ones torn
  bnN:delay=800ms     answers and events come late
  bnN:stuck-head      goes on with the head it had when the fault began
  bnN:optimistic      says that its head is not verified
  bnN:wrong-source    attestation data with the checkpoint justified before (=later: with a later block);
                      from slot 24 on, as before there is only genesis
  bnN:http-500        every request fails
  bnN:no-publish      takes nothing that is signed: with --p2p gossip alone carries it
  bnN:truncate        answers end in the middle (slow-body: one byte a second; huge-body: 100 MB too long)
  bnN:wrong-block     blocks pay somebody else (=slot, proposer, parent, version, envelope)
  bnN:wrong-data      attestation data of another slot (=future-target, source-above-target;
                      =target, =head: of a block before; =unknown-head)
  bnN:wrong-duties    duties come twice (=out-of-range)
  bnN:wrong-events    events of unknown blocks (=future, slashings); stalled-events, repeated-events
  bnN:wrong-aggregate, wrong-contribution, wrong-payload-attestation
  p2p:lie             with --p2p, a hostile peer: forged blocks, votes and light-client updates (p2p:stall, flood,
                      bombs: snappy bombs; fork: of another chain)
  nodeN:restart@10    Mote N of a cluster is stopped as slot 10 begins, and started again
  skip@12-14          slots without a block
  withhold-payload@20 gloas: the payload of block 20 is never seen
  reorg@30            block 30 is shown after the votes are due, block 31 builds on 29 and wins

Beacon nodes are called bn0, bn1, … in the order of their ports.

Exit codes: 0 a healthy run; 1 it failed (a slashable message, the micro-node died, a reorg that did not happen);
2 wrong options.
`;

export const startHelp = (table: OptionTable): string => commandHelp(START_INTRO, table, START_OUTRO);
export const devnetHelp = (table: OptionTable): string => commandHelp(DEVNET_INTRO, table, DEVNET_OUTRO);

export function commandHelp(intro: string, table: OptionTable, outro: string): string {
  const groups = new Map<string, Option<unknown>[]>();
  for (const option of Object.values(table)) groups.set(option.group, [...(groups.get(option.group) ?? []), option]);
  const sections = [...groups].map(([group, options]) => `${group}:\n${options.map(optionHelp).join("")}`);
  return [intro, ...sections, outro].join("\n");
}

function optionHelp(option: Option<unknown>): string {
  const flag = `  --${option.name}${option.placeholder === "" ? "" : ` ${option.placeholder}`}`;
  const shorthands = Object.keys(option.shorthands).map((name) => `--${name}`);
  const aliases = option.aliases.map((name) => `--${name}`);
  const notes = [
    option.fallbackText === "" ? "" : `Default: ${option.fallbackText}.`,
    shorthands.length + aliases.length === 0 ? "" : `Also ${[...aliases, ...shorthands].join(", ")}.`,
  ];
  const text = [option.help, ...notes].filter((part) => part !== "").join(" ");
  const lines = wrap(text, LINE_WIDTH - FLAG_COLUMN);
  const indent = " ".repeat(FLAG_COLUMN);
  const isTooLong = flag.length > FLAG_COLUMN - 2;
  const first = isTooLong ? `${flag}\n${indent}${lines[0]}` : `${flag.padEnd(FLAG_COLUMN)}${lines[0]}`;
  return `${[first, ...lines.slice(1).map((line) => indent + line)].join("\n")}\n`;
}
