import {EXIT_CODES_HELP} from "../command/load-command.ts";
import type {OperatorCommand} from "../command/operator-command.ts";
import {COMPOUND_OPTIONS, CONSOLIDATE_OPTIONS, TOP_UP_OPTIONS, WITHDRAW_OPTIONS} from "./options.ts";

const OUTRO = `Mote sends nothing and never asks for the key of your withdrawal address: it makes the transaction, and your wallet
signs it. Requests to the chain's contracts cost a small fee beside the gas; one that the chain cannot carry out costs
the fee and does nothing, so name a beacon node and have it checked first.

${EXIT_CODES_HELP}`;

export const CONSOLIDATE: OperatorCommand<typeof CONSOLIDATE_OPTIONS> = {
  name: "mote consolidate",
  table: CONSOLIDATE_OPTIONS,
  intro: `mote consolidate: move the whole balance of one validator to another, which must compound

  mote consolidate --source 0x… --target 0x… --network hoodi --beacon-nodes http://localhost:5052
  mote consolidate --source 1234 --target 1235 --network hoodi --beacon-nodes http://localhost:5052 --qr

The source leaves the chain for good, without its money leaving it. Keep it running until it has left.
`,
  outro: OUTRO,
  // Only to say which options they are meant as.
  takesWords: true,
  load: async () => (await import("./run-consolidate.ts")).runConsolidate,
};

export const COMPOUND: OperatorCommand<typeof COMPOUND_OPTIONS> = {
  name: "mote compound",
  table: COMPOUND_OPTIONS,
  intro: `mote compound: have validators keep what they earn at work, up to 2048 ETH (0x01 becomes 0x02)

  mote compound 0x… --network hoodi --beacon-nodes http://localhost:5052
  mote compound 1234 1235 --network hoodi --beacon-nodes http://localhost:5052 --json

There is no way back to 0x01. Rewards are no longer paid out by themselves: mote withdraw takes them out.
`,
  outro: OUTRO,
  takesWords: true,
  load: async () => (await import("./run-consolidate.ts")).runCompound,
};

export const WITHDRAW: OperatorCommand<typeof WITHDRAW_OPTIONS> = {
  name: "mote withdraw",
  table: WITHDRAW_OPTIONS,
  intro: `mote withdraw: take money out of validators by their withdrawal address

  mote withdraw 0x… --amount 1.5 --network hoodi --beacon-nodes http://localhost:5052
  mote withdraw 0x… --full --network hoodi --qr

A part can be taken from compounding validators (0x02), down to 32 ETH. --full makes the validator leave for good, and
needs no key of the validator; with its key, mote exit does the same for free.
`,
  outro: OUTRO,
  takesWords: true,
  load: async () => (await import("./run-withdraw.ts")).runWithdraw,
};

export const TOP_UP: OperatorCommand<typeof TOP_UP_OPTIONS> = {
  name: "mote top-up",
  table: TOP_UP_OPTIONS,
  intro: `mote top-up: add to the balance of a validator

  mote top-up 0x… --amount 1 --network hoodi --beacon-nodes http://localhost:5052
`,
  outro: `Mote sends nothing: it makes the transaction to the deposit contract, and your wallet signs it.

${EXIT_CODES_HELP}`,
  takesWords: true,
  load: async () => (await import("./run-top-up.ts")).runTopUp,
};
