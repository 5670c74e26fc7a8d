/** Attempts of one email that fail by its own fault, the first one included. */
export const MAX_ATTEMPTS = 3

/** Before the second and the third attempt. */
const PAUSES_SECONDS = [60, 600]
/** A thousand emails that fail together do not all return in the same second. */
const JITTER = 1 / 4
/** The longest time for which a provider's own limit is obeyed before it is asked again. */
const MAX_WAIT_SECONDS = 3_600

/** @param attempts those made, the failed one included. @returns null when the email is given up */
export function nextAttemptSeconds(attempts: number): number | null {
  const pause = attempts < MAX_ATTEMPTS ? PAUSES_SECONDS[attempts - 1] : undefined
  return pause === undefined ? null : pause * (1 + Math.random() * JITTER)
}

/** How long a provider that accepts nothing is left alone. @param asked milliseconds, where the provider says so */
export const unavailableSeconds = (askedMs = 0): number => Math.min(askedMs / 1000, MAX_WAIT_SECONDS)
