import {EXIT_CODES_HELP} from "../command/load-command.ts";
import type {OperatorCommand} from "../command/operator-command.ts";
import {WITHDRAWAL_ADDRESS_OPTIONS} from "./options.ts";

export const WITHDRAWAL_ADDRESS: OperatorCommand<typeof WITHDRAWAL_ADDRESS_OPTIONS> = {
  name: "mote withdrawal-address",
  table: WITHDRAWAL_ADDRESS_OPTIONS,
  intro: `mote withdrawal-address: name the address that the money of old validators (0x00 credentials) goes to

  mote withdrawal-address --network hoodi --indices 0-3 --address 0x… --beacon-nodes http://localhost:5052
  mote withdrawal-address --network hoodi --indices 0 --address 0x… --presign --validator-index 1234    without a beacon node

The withdrawal key comes from the mnemonic, or from a keystore for those who have it as one:
  mote withdrawal-address --network hoodi --withdrawal-keystore keystore.json --validator-index 1234 --address 0x…

Once the chain has an address, nobody can ever change it.
`,
  outro: EXIT_CODES_HELP,
  // Only to say which option one is meant as.
  takesWords: true,
  load: async () => (await import("./run-withdrawal-address.ts")).runWithdrawalAddress,
};
