import type {KeyFolder, KeystoreFolders, RandomBytes} from "@mote/duty-signing";
import type {OptionTable} from "@mote/node/config";
import type {OperatorContext} from "../command/operator-command.ts";

/** All that a command about keys works with. */
export interface KeysContext<T extends OptionTable> extends OperatorContext<T> {
  readonly folders: KeystoreFolders;
  readonly folder: KeyFolder;
  readonly random: RandomBytes;
}
