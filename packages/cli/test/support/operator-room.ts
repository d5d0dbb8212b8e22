import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from "node:fs";
import {createServer} from "node:http";
import type {AddressInfo} from "node:net";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {hexToBytes} from "@mote/core";
import {Devnet, testnetFiles} from "@mote/devnet";
import {
  DiskKeyFolder,
  deriveSigningKey,
  deriveWithdrawalKey,
  encryptKeystore,
  readMnemonic,
  SystemKeyDisk,
  SystemRandomBytes,
  signDeposit,
  signingKeyPath,
} from "@mote/duty-signing";
import {
  blsWithdrawalCredentials,
  parseChecksummedAddress,
  stakingFacts,
  type WithdrawalCredentials,
  withdrawalCredentialsOf,
} from "@mote/node/staking";
import {SystemClock} from "@mote/node/system-clock";
import {type OperatorCommand, runOperatorCommand} from "../../src/command/operator-command.ts";
import {DEPOSIT} from "../../src/deposit/command.ts";
import {depositEntry} from "../../src/deposit/deposit-file.ts";
import {EXIT} from "../../src/exit/command.ts";
import {COMPOUND, CONSOLIDATE, TOP_UP, WITHDRAW} from "../../src/requests/commands.ts";
import {WITHDRAWAL_ADDRESS} from "../../src/withdrawal-address/command.ts";
import {memoryIo} from "./memory-io.ts";

export const MNEMONIC = `${"abandon ".repeat(11)}about`;
export const PASSWORD = "Kieselstein 7";
export const ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
export const INTEROP = 16;

const COMMANDS = [DEPOSIT, EXIT, COMPOUND, CONSOLIDATE, TOP_UP, WITHDRAW, WITHDRAWAL_ADDRESS] as const;
/** The tests' own process has its preset already. */
const settlePreset = async () => {};

const seed = await (async () => {
  const mnemonic = await readMnemonic(MNEMONIC);
  if (mnemonic.kind === "bad") throw new Error(mnemonic.problem);
  return await mnemonic.seed("");
})();
export const signingKey = (index: number) => deriveSigningKey(seed, index);
export const withdrawalKey = (index: number) => deriveWithdrawalKey(seed, index);
export const pubkeyOf = (index: number) => signingKey(index).pubkey;

const addressCredentials = (kind: "0x01" | "0x02"): WithdrawalCredentials =>
  withdrawalCredentialsOf(parseChecksummedAddress(ADDRESS), kind);

/** Which withdrawal credentials the keys of the mnemonic have on the test's chain, by their index. */
export const CREDENTIALS: readonly WithdrawalCredentials[] = [
  addressCredentials("0x01"),
  addressCredentials("0x02"),
  blsWithdrawalCredentials(withdrawalKey(2).pubkey),
  // Of a key that is not its own.
  blsWithdrawalCredentials(withdrawalKey(7).pubkey),
];
export const AMOUNTS_GWEI: readonly bigint[] = [32n * 10n ** 9n, 40n * 10n ** 9n, 32n * 10n ** 9n, 32n * 10n ** 9n];

/** Deposits of the first keys of the mnemonic, for the genesis of a devnet. */
function genesisDeposits() {
  const facts = stakingFacts({kind: "devnet"});
  const entries = CREDENTIALS.map((withdrawalCredentials, index) => {
    const amountGwei = AMOUNTS_GWEI[index] ?? 0n;
    const genesisForkVersion = hexToBytes(facts.genesisForkVersion);
    return depositEntry(
      signDeposit({secretKey: signingKey(index), withdrawalCredentials, amountGwei, genesisForkVersion}),
      facts,
    );
  });
  return [{name: "deposits.json", text: JSON.stringify(entries)}];
}

/** A chain whose time stands at its genesis; keys 0 to 3 of the mnemonic are validators 16 to 19 of it. @param ageSec time since genesis */
export async function standingChain(ageSec: number): Promise<Devnet> {
  const clock = new SystemClock();
  const options = {validators: INTEROP, secondsPerSlot: 2, fork: "fulu", beaconNodes: 1, faults: [], dialects: []};
  const genesisTimeSec = Math.floor(clock.nowMs() / 1000) - ageSec;
  return await Devnet.create(
    {...options, apiPort: 0, genesisTimeSec, genesisDeposits: genesisDeposits()},
    {clock, log: () => {}},
  );
}

/** The JSON-RPC of an execution node, as far as fees go. */
export async function executionNode({chainId, feeWei}: {readonly chainId: number; readonly feeWei: bigint}) {
  const results: Readonly<Record<string, string>> = {
    eth_chainId: `0x${chainId.toString(16)}`,
    eth_call: `0x${feeWei.toString(16).padStart(64, "0")}`,
  };
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    const {method} = JSON.parse(body);
    response.end(JSON.stringify({jsonrpc: "2.0", id: 1, result: results[method]}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A folder of its own, in which commands run. */
export class Workshop {
  readonly dir = mkdtempSync(join(tmpdir(), "mote-stake-"));

  path(name: string): string {
    return join(this.dir, name);
  }

  write(name: string, text: string): string {
    writeFileSync(this.path(name), text, {mode: 0o600});
    return this.path(name);
  }

  json(name: string) {
    return JSON.parse(readFileSync(this.path(name), "utf8"));
  }

  /** Names of the files, in a folder of it. */
  files(folder = "."): string[] {
    return readdirSync(this.path(folder)).sort();
  }

  /** Keys of the mnemonic as keystores in `data`, as `--datadir data` wants them. */
  async addKeystores(...indices: readonly number[]): Promise<void> {
    const folders = {keystoresDir: this.path("data/validator_keys"), secretsDir: this.path("data/secrets")};
    const folder = new DiskKeyFolder({folders}, {disk: new SystemKeyDisk()});
    const random = new SystemRandomBytes();
    for (const index of indices) {
      const secretKey = signingKey(index);
      const {text, fileName} = await encryptKeystore(
        {
          secretKey,
          password: PASSWORD,
          derivationPath: signingKeyPath(index),
          kdf: "pbkdf2",
          createdAtSec: 1_700_000_000,
        },
        {random},
      );
      await folder.add({pubkey: secretKey.pubkey, text, fileName, password: PASSWORD});
    }
  }

  /** A directory that describes the chain, or one that differs in its genesis validators root alone. @returns its name */
  writeTestnet(name: string, {chain}: Devnet, genesisValidatorsRoot: string = chain.genesis.validatorsRoot): string {
    mkdirSync(this.path(name));
    this.write(`${name}/config.yaml`, String(testnetFiles(chain, "Of a test.").get("config.yaml")));
    this.write(`${name}/genesis_validators_root.txt`, genesisValidatorsRoot);
    return name;
  }

  /** Runs `mote <words>` as a script does, with `answers` as the lines of standard input. */
  async mote([name = "", ...argv]: readonly string[], answers: readonly string[] = []) {
    async function* stdin() {
      yield Buffer.from(answers.map((answer) => `${answer}\n`).join(""));
    }
    const {io, stdout, stderr} = memoryIo({stdin: stdin(), workingDir: this.dir, homeDir: this.dir});
    let code: number;
    let refusal = "";
    const command = COMMANDS.find((each) => each.name === `mote ${name}`);
    if (command === undefined) throw new Error(`there is no mote ${name}`);
    try {
      code = await runOperatorCommand(command as unknown as OperatorCommand<typeof EXIT.table>, argv, io, {
        settlePreset,
      });
    } catch (error) {
      const {message, exitCode} = error as Error & {exitCode?: number};
      if (exitCode === undefined) throw error;
      refusal = message;
      code = exitCode;
    }
    return {code, stdout: stdout(), stderr: stderr() + refusal};
  }

  remove(): void {
    rmSync(this.dir, {recursive: true});
  }
}
