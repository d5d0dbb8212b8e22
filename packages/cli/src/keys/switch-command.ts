import {counted} from "../command/say.ts";
import {EXIT_ASKED_TO_STOP} from "../command-io.ts";
import {changeKeys} from "./change-keys.ts";
import type {KeysContext} from "./context.ts";
import {keysIn} from "./folder-keys.ts";
import {whileHeld} from "./held-folder.ts";
import type {SWITCH_OPTIONS} from "./options.ts";
import {selectKeys} from "./select-keys.ts";

type SwitchContext = KeysContext<typeof SWITCH_OPTIONS>;

/** `mote keys enable` */
export const enableKeysCommand = (context: SwitchContext): Promise<number> => switchKeys(context, true);
/** `mote keys disable` */
export const disableKeysCommand = (context: SwitchContext): Promise<number> => switchKeys(context, false);

async function switchKeys({io, words, values, folder, folders}: SwitchContext, isEnabled: boolean): Promise<number> {
  return await whileHeld(folders, async () => {
    const chosen = selectKeys((await keysIn(folder)).keys, {words, all: values.all});
    const state = isEnabled ? "enabled" : "disabled";
    const pubkeys = chosen.map(({pubkey}) => pubkey);
    const results = await changeKeys(state, () => folder.setEnabledAll(pubkeys, isEnabled), {io, folder});
    const changed = results.flatMap(([pubkey, result]) => (result === "changed" ? [pubkey] : []));
    const unchanged = chosen.length - changed.length;
    const were = unchanged > 0 ? `, ${unchanged} had been before` : "";
    io.stdout.write(`${counted(changed.length, "key")} ${state} now${were}\n`);
    for (const pubkey of changed) io.stdout.write(`  ${pubkey}\n`);
    return EXIT_ASKED_TO_STOP;
  });
}
