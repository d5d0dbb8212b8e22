/** The only source of randomness outside key generation: jitter of retries and spreading of work. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
}
