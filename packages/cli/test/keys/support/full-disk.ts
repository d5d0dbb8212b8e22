import type {KeyFolder} from "@mote/duty-signing";

/** The folder on a disk that has room for so many keystores more. */
export const fullAfter =
  (keystores: number) =>
  (folder: KeyFolder): KeyFolder => ({
    folders: folder.folders,
    list: () => folder.list(),
    add: (keystore) => folder.add(keystore),
    addAll: async (all, options) => {
      await folder.addAll(all.slice(0, keystores), options);
      throw Object.assign(new Error("no space"), {code: "ENOSPC"});
    },
    remove: (pubkey) => folder.remove(pubkey),
    removeAll: (pubkeys) => folder.removeAll(pubkeys),
    setEnabled: (pubkey, isEnabled) => folder.setEnabled(pubkey, isEnabled),
    setEnabledAll: (pubkeys, isEnabled) => folder.setEnabledAll(pubkeys, isEnabled),
  });
