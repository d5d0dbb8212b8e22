import {EXIT_CODES_HELP} from "../command/load-command.ts";

export const KEYS_HELP = `mote keys: the keys that your validators sign with

  mote keys new                        a new mnemonic and its keys, or more keys of one that you have
  mote keys recover                    which keys of a mnemonic are in use, and how they come back
  mote keys import <dir|file>…         take over keys from another client, with what they have signed
  mote keys list                       the keys that are here
  mote keys enable <0x…>…              use a key again that was disabled
  mote keys disable <0x…>…             keep a key here and do not use it
  mote keys remove <0x…>…              take a key out, and write down what it has signed

Stop the mote that runs with these keys before you change them. Options: mote keys new --help, and so on.
`;

export const NEW_INTRO = `mote keys new: keys for new validators

  mote keys new --network hoodi                    one validator, with a new mnemonic
  mote keys new --network hoodi --count 4          four of them
  mote keys new --network hoodi --existing-mnemonic --start-index 4
                                                   one more, of a mnemonic that you have

The mnemonic is shown once, on a screen that is wiped, and asked for again. For scripts: --write-mnemonic and --password-file.
`;

export const RECOVER_INTRO = `mote keys recover: keys of a mnemonic that you have

  mote keys recover --network hoodi --beacon-nodes http://localhost:5052
                                                   look which of its keys are validators, and which are here
  mote keys recover --network hoodi --indices 0-9  put these keys into the folder again

A key must run in one place only: recover it where nothing else runs it.
`;

export const IMPORT_INTRO = `mote keys import: take over keys from another client

  mote keys import ~/.lighthouse/hoodi --network hoodi --slashing-protection slashing-protection.json
  mote keys import ./validator_keys --network hoodi --never-signed
  mote keys import /teku/keys:/teku/passwords --network hoodi --slashing-protection history.json

Known are the data directories of Lighthouse, Prysm, Teku, Nimbus and Lodestar, the folders of the deposit tools, and keystore files.
Their passwords are found where those clients keep them. Nothing is taken away from there: that is for you to do, before Mote starts.
`;

export const LIST_INTRO = `mote keys list: the keys that are here

  mote keys list --network hoodi
`;

export const ENABLE_INTRO = `mote keys enable: use keys again that were disabled

  mote keys enable 0xa99a76ed7796 --network hoodi
`;

export const DISABLE_INTRO = `mote keys disable: keep keys here and do not use them

  mote keys disable 0xa99a76ed7796 --network hoodi
  mote keys disable --all --network hoodi
`;

export const REMOVE_INTRO = `mote keys remove: take keys out, and write down what they have signed

  mote keys remove 0xa99a76ed7796 --network hoodi
  mote keys remove --all --network hoodi --export history.json

The keystore and its password go; the history stays here and goes into a file for whoever runs the key next.
`;

export const OUTRO = EXIT_CODES_HELP;
