/** What a port rejects with when none of its sources did what was asked. */
export class NoSourceError extends Error {
  override name = "NoSourceError";
  /** False: none was in a state to be asked. Whoever watches the sources has said so when it began, and nobody else has to. */
  readonly wasAnyAsked: boolean;

  constructor(message: string, {wasAnyAsked}: {readonly wasAnyAsked: boolean}) {
    super(message);
    this.wasAnyAsked = wasAnyAsked;
  }
}
