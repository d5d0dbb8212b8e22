import {createServer, request} from "node:http";
import type {AddressInfo} from "node:net";
import {gnosisPreset} from "@lodestar/params/presets/gnosis";
import {mainnetPreset} from "@lodestar/params/presets/mainnet";
import {minimalPreset} from "@lodestar/params/presets/minimal";
import {PresetName, setActivePreset} from "@lodestar/params/setPreset";

// A devnet with the messages of another preset, in a process of its own, since the preset is settled once in a process.
// argv: the name of the preset, then the values that differ from it, as JSON. The first line of output is the URL of its beacon node.

const [name = "minimal", changed = "{}"] = process.argv.slice(2);
const preset = {minimal: minimalPreset, gnosis: gnosisPreset, mainnet: mainnetPreset}[name];
// The devnet itself knows the minimal preset only, so it runs on that one with all values of the other.
setActivePreset(PresetName.minimal, {...preset, ...JSON.parse(changed)});

const {Devnet} = await import("@mote/devnet");
const {SystemClock} = await import("@mote/node/system-clock");
const clock = new SystemClock();
const devnet = await Devnet.create(
  {
    validators: 64,
    secondsPerSlot: 1,
    fork: "fulu",
    beaconNodes: 1,
    faults: [],
    dialects: [],
    apiPort: 0,
    genesisTimeSec: Math.ceil(clock.nowMs() / 1000) + 10,
  },
  {clock, log: () => {}},
);
devnet.start();

const {hostname: host, port} = new URL(devnet.urls[0] ?? "");
/** Passes everything on, and calls the preset in the spec by its name. */
const server = createServer((incoming, outgoing) => {
  const {method, url = "", headers} = incoming;
  const onward = request({host, port, method, path: url, headers}, (answer) => {
    const status = answer.statusCode ?? 500;
    if (url !== "/eth/v1/config/spec") {
      outgoing.writeHead(status, answer.headers);
      answer.pipe(outgoing);
      return;
    }
    let text = "";
    answer.on("data", (chunk) => {
      text += chunk;
    });
    answer.on("end", () => {
      outgoing.writeHead(status, {"content-type": "application/json"});
      outgoing.end(text.replace('"PRESET_BASE":"minimal"', `"PRESET_BASE":"${name}"`));
    });
  });
  onward.on("error", () => outgoing.destroy());
  outgoing.on("close", () => onward.destroy());
  incoming.pipe(onward);
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
