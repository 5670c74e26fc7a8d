/** An error whose message is all that an operator needs: it is logged without its stack. */
export abstract class ClearError extends Error {
  /** For everyone to read: no names of hosts or users. */
  abstract readonly advice: string
}
