/** Providers that take only ASCII before the @, by their names in the configuration. */
export const ASCII_ONLY: readonly string[] = ['sendgrid']
