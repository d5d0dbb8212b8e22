import type {OptionTable} from "@mote/node/config";
import type {CommandIo} from "./command-io.ts";

/** Runs a command with the words after its name. @returns the exit code */
export type RunCommand = (argv: readonly string[], io: CommandIo) => Promise<number>;

/** What can be written after `mote` or after a command that has commands of its own. */
export interface CommandWords {
  readonly name: string;
  /** Words that follow and are no option, as help writes them; completion offers file names for `<file>` and `<dir>`. */
  readonly operands?: string;
  /** Loads the options: only help and completion ask, so what the table imports costs no other command anything. */
  readonly options?: () => Promise<OptionTable>;
}

export interface Command extends CommandWords {
  /** Where the main help puts it. */
  readonly group: CommandGroup;
  /** One line of the main help, beginning small and without a full stop. */
  readonly summary: string;
  readonly subcommands?: readonly CommandWords[];
  readonly load: () => Promise<RunCommand>;
}

export const COMMAND_GROUPS = ["Run", "Keys", "Your stake", "About"] as const;
export type CommandGroup = (typeof COMMAND_GROUPS)[number];

const startOptions = async (): Promise<OptionTable> => (await import("@mote/node/config")).START_OPTIONS;
const requestOptions = () => import("./requests/options.ts");
/** Without what is read for the network's sake alone. */
const shown = async (table: OptionTable): Promise<OptionTable> =>
  (await import("./command/common-options.ts")).shownOptions(table);
const protectionOptions = () => import("./slashing-protection/options.ts");
const keyOptions = () => import("./keys/options.ts");

/** Every command, in the order of the main help. Dispatch, help and completion are made from this list alone. */
export const COMMANDS: readonly Command[] = [
  {
    name: "start",
    group: "Run",
    summary: "keep a validator's keys safe and perform its duties",
    options: startOptions,
    load: async () => (await import("./commands/start.ts")).startCommand,
  },
  {
    name: "devnet",
    group: "Run",
    summary: "a real beacon chain in miniature, with Mote voting on it",
    options: async () => (await import("./devnet/devnet-options.ts")).DEVNET_OPTIONS,
    load: async () => (await import("./commands/devnet.ts")).devnetCommand,
  },
  {
    name: "keys",
    group: "Keys",
    summary: "make, recover, take over, list and remove the keys that your validators sign with",
    subcommands: [
      {name: "new", options: async () => shown((await keyOptions()).NEW_OPTIONS)},
      {name: "recover", options: async () => shown((await keyOptions()).RECOVER_OPTIONS)},
      {name: "import", operands: "<dir>", options: async () => shown((await keyOptions()).IMPORT_OPTIONS)},
      {name: "list", options: async () => shown((await keyOptions()).LIST_OPTIONS)},
      {name: "enable", operands: "<0x…>", options: async () => shown((await keyOptions()).SWITCH_OPTIONS)},
      {name: "disable", operands: "<0x…>", options: async () => shown((await keyOptions()).SWITCH_OPTIONS)},
      {name: "remove", operands: "<0x…>", options: async () => shown((await keyOptions()).REMOVE_OPTIONS)},
    ],
    load: async () => (await import("./commands/keys.ts")).keysCommand,
  },
  {
    name: "slashing-protection",
    group: "Keys",
    summary: "take over, hand on or look at what your keys have signed",
    subcommands: [
      {name: "import", operands: "<file>", options: async () => (await protectionOptions()).IMPORT_OPTIONS},
      {name: "export", options: async () => (await protectionOptions()).EXPORT_OPTIONS},
      {name: "status", options: async () => (await protectionOptions()).STATUS_OPTIONS},
    ],
    load: async () => (await import("./commands/slashing-protection.ts")).slashingProtectionCommand,
  },
  {
    name: "deposit",
    group: "Your stake",
    summary: "make the deposit data of new validators",
    options: async () => shown((await import("./deposit/options.ts")).DEPOSIT_OPTIONS),
    load: async () => (await import("./commands/deposit.ts")).depositCommand,
  },
  {
    name: "top-up",
    group: "Your stake",
    summary: "add to the balance of a validator",
    operands: "<0x…|index>",
    options: async () => shown((await requestOptions()).TOP_UP_OPTIONS),
    load: async () => (await import("./commands/top-up.ts")).topUpCommand,
  },
  {
    name: "compound",
    group: "Your stake",
    summary: "have a validator keep what it earns at work",
    operands: "<0x…|index>",
    options: async () => shown((await requestOptions()).COMPOUND_OPTIONS),
    load: async () => (await import("./commands/compound.ts")).compoundCommand,
  },
  {
    name: "consolidate",
    group: "Your stake",
    summary: "move a validator's balance to another",
    options: async () => shown((await requestOptions()).CONSOLIDATE_OPTIONS),
    load: async () => (await import("./commands/consolidate.ts")).consolidateCommand,
  },
  {
    name: "withdraw",
    group: "Your stake",
    summary: "take money out by the withdrawal address",
    operands: "<0x…|index>",
    options: async () => shown((await requestOptions()).WITHDRAW_OPTIONS),
    load: async () => (await import("./commands/withdraw.ts")).withdrawCommand,
  },
  {
    name: "withdrawal-address",
    group: "Your stake",
    summary: "name the address that the money goes to, once and for all",
    options: async () => shown((await import("./withdrawal-address/options.ts")).WITHDRAWAL_ADDRESS_OPTIONS),
    load: async () => (await import("./commands/withdrawal-address.ts")).withdrawalAddressCommand,
  },
  {
    name: "exit",
    group: "Your stake",
    summary: "take validators out of service for good",
    operands: "<0x…|index>",
    options: async () => shown((await import("./exit/options.ts")).EXIT_OPTIONS),
    load: async () => (await import("./commands/exit.ts")).exitCommand,
  },
  {
    name: "status",
    group: "Run",
    summary: "how the Mote that runs here is doing",
    options: async () => (await import("./status/status-options.ts")).STATUS_OPTIONS_SHOWN,
    load: async () => (await import("./commands/status.ts")).statusCommand,
  },
  {
    name: "doctor",
    group: "Run",
    summary: "is all there that mote start needs? What to do about the rest",
    options: async () => (await import("./doctor/help.ts")).DOCTOR_OPTIONS_SHOWN,
    load: async () => (await import("./commands/doctor.ts")).doctorCommand,
  },
  {
    name: "completion",
    group: "About",
    summary: "let your shell complete commands and options",
    operands: "<bash|zsh|fish>",
    load: async () => (await import("./commands/completion.ts")).completionCommand,
  },
  {
    name: "version",
    group: "About",
    summary: "the version",
    load: async () => (await import("./commands/version.ts")).versionCommand,
  },
];
