import type {Cancel, LightClientNews} from "@mote/core";
import type {Validation} from "../../network.ts";
import {ignore, type Judgement} from "./judgement.ts";

type Listener = (news: LightClientNews) => Promise<Validation>;

/** Hands light-client updates to the one who can judge them: altair/light-client/p2p-interface.md asks a light client's store. */
export class LightClientNewsDesk {
  #listener: Listener | null = null;

  /** @throws {Error} when there is a listener: two of them could disagree about one message */
  subscribe(listener: Listener): Cancel {
    if (this.#listener !== null) throw new Error("light-client updates of gossip have a listener already");
    this.#listener = listener;
    return () => {
      if (this.#listener === listener) this.#listener = null;
    };
  }

  async judge(news: LightClientNews): Promise<Judgement> {
    if (this.#listener === null) return ignore("no_listener");
    return {validation: await this.#listener(news), reason: null};
  }
}
