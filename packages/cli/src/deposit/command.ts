import {EXIT_CODES_HELP} from "../command/load-command.ts";
import type {OperatorCommand} from "../command/operator-command.ts";
import {DEPOSIT_OPTIONS} from "./options.ts";

export const DEPOSIT: OperatorCommand<typeof DEPOSIT_OPTIONS> = {
  name: "mote deposit",
  table: DEPOSIT_OPTIONS,
  intro: `mote deposit: make the deposit data of new validators

  mote deposit --network hoodi --withdrawal-address 0x…
  mote deposit --network hoodi --withdrawal-address 0x… --compounding --amount 100
  mote deposit 0x… 0x… --network hoodi                           some keys of the folder only
  mote deposit --network hoodi --from-mnemonic --indices 0-9     keys of a mnemonic, without their keystores
  mote deposit --testnet-dir ./my-testnet --as-transactions      for a network without a launchpad

Writes deposit_data-<time>.json, which the launchpads read. It holds no secret, and nothing is sent.
`,
  outro: EXIT_CODES_HELP,
  takesWords: true,
  load: async () => (await import("./run-deposit.ts")).runDeposit,
};
