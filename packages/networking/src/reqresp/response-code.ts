/** phase0/p2p-interface.md#responding-side */
export const RESPONSE_CODE = {success: 0, invalidRequest: 1, serverError: 2, resourceUnavailable: 3} as const;

/** `ErrorMessage`. phase0/p2p-interface.md#errormessage */
export const ERROR_MESSAGE_BOUNDS = {minBytes: 0, maxBytes: 256};

/** An answer that is an error. */
export class ErrorResponse extends Error {
  override name = "ErrorResponse";
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}
