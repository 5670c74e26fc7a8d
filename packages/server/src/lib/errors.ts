/** An error that says all that an operator needs: it is logged without its stack. */
export abstract class ClearError extends Error {
  /** What anybody may read of it: without names of hosts and users. */
  abstract readonly advice: string
}
