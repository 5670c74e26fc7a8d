/** Attempts of one email that fail by its own fault, the first one included. */
export const MAX_ATTEMPTS = 3

/** Before the second and the third attempt. */
const PAUSES_SECONDS = [60, 600]
/** A thousand emails that fail together do not all return in the same second. */
const JITTER = 1 / 4
/** @param attempts those made, the failed one included. @returns null when the email is given up */
export function nextAttemptSeconds(attempts: number): number | null {
  const pause = attempts < MAX_ATTEMPTS ? PAUSES_SECONDS[attempts - 1] : undefined
  return pause === undefined ? null : pause * (1 + Math.random() * JITTER)
}

/** For an email that nobody is to blame for: as before the last attempt. */
export const sameAttemptSeconds = (): number => nextAttemptSeconds(MAX_ATTEMPTS - 1) ?? 0
