// A process that answers as a Web3Signer does, with real signatures of random keys. argv: how many keys.
import {randomBytes} from "node:crypto";
import {createServer, type IncomingMessage, type ServerResponse} from "node:http";
import type {AddressInfo} from "node:net";
import {SecretKey} from "@chainsafe/bls/blst-native";

const SIGN_PATH = "/api/v1/eth2/sign/";
const keys = new Map<string, SecretKey>();
for (let at = 0; at < Number(process.argv[2]); at++) {
  const bytes = randomBytes(32);
  // Below the curve's order.
  bytes[0] = 1;
  const key = SecretKey.fromBytes(bytes);
  keys.set(`0x${Buffer.from(key.toPublicKey().toBytes()).toString("hex")}`, key);
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const key = keys.get(request.url?.slice(SIGN_PATH.length) ?? "");
  if (key === undefined) return void response.writeHead(404).end();
  const {signingRoot} = JSON.parse(Buffer.concat(chunks).toString()) as {signingRoot: string};
  const signature = key.sign(Buffer.from(signingRoot.slice(2), "hex")).toBytes();
  response.writeHead(200, {"content-type": "application/json"});
  response.end(JSON.stringify({signature: `0x${Buffer.from(signature).toString("hex")}`}));
}

const server = createServer((request, response) => void serve(request, response));
server.listen(0, "127.0.0.1", () => {
  const {port} = server.address() as AddressInfo;
  console.log(JSON.stringify({event: "listening", url: `http://127.0.0.1:${port}`, pubkeys: [...keys.keys()]}));
});
