import {type ChildProcess, spawn} from "node:child_process";
import {once} from "node:events";
import {fileURLToPath} from "node:url";
import type {Root} from "@mote/core";
import type {Namespace} from "./two-namespaces.ts";

export type Family = "ip4" | "ip6";

export interface HostInit {
  readonly family: Family;
  readonly ip: string;
  /** Of a port where nobody listens, so that nobody reaches this node by its record; null: the true one. */
  readonly announcedTcpPort: number | null;
  readonly bootNodes: readonly string[];
  /** A byte that tells its head from others'. */
  readonly head: string;
}

export interface SeenPeer {
  readonly peerId: string;
  readonly direction: "inbound" | "outbound";
  readonly multiaddr: string;
  readonly headRoot: Root | null;
}

/** What a host is asked to do, in the other process. */
export interface HostCommands {
  /** @returns its name and its record */
  open(init: HostInit): Promise<{readonly peerId: string; readonly enr: string}>;
  peers(): readonly SeenPeer[];
  /** An exit of this validator, to all who listen. @returns to how many it went */
  publish(validatorIndex: number): Promise<number>;
  /** Validators whose exits it heard of. */
  heard(): readonly number[];
  /** @returns the slot and the root of the block that the peer gave, null when it gave none */
  fetchBlock(of: {readonly peerId: string; readonly root: Root}): Promise<{slot: number; root: Root} | null>;
  /** Goes ahead in time. */
  skip(durationMs: number): void;
  close(): Promise<void>;
}

export interface Command {
  readonly id: number;
  readonly name: keyof HostCommands;
  readonly argument: unknown;
}
export type Reply = {readonly id: number} & ({readonly value: unknown} | {readonly error: string});

const PROCESS_FILE = fileURLToPath(new URL("./namespaced-process.ts", import.meta.url));

/** A process in a namespace of its own. */
export class NamespacedHost {
  readonly #process: ChildProcess;
  readonly #asked = new Map<number, {resolve: (value: never) => void; reject: (error: Error) => void}>();
  #count = 0;

  constructor({name}: Namespace) {
    this.#process = spawn("ip", ["netns", "exec", name, process.execPath, PROCESS_FILE], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#process.on("message", (reply: Reply) => {
      const asked = this.#asked.get(reply.id);
      this.#asked.delete(reply.id);
      if ("error" in reply) asked?.reject(new Error(reply.error));
      else asked?.resolve(reply.value as never);
    });
    this.#process.once("exit", (code) => {
      for (const {reject} of this.#asked.values()) reject(new Error(`the host ended with exit code ${code}`));
    });
  }

  ask<Name extends keyof HostCommands>(
    name: Name,
    ...[argument]: Parameters<HostCommands[Name]>
  ): Promise<Awaited<ReturnType<HostCommands[Name]>>> {
    const id = this.#count++;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, {resolve, reject});
      this.#process.send({id, name, argument} satisfies Command, (error) => {
        if (error !== null) reject(error);
      });
    });
  }

  /** Ends the process, whatever it does. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
  }
}
