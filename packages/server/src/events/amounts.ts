const BASE_UNITS_PER_JOY = 10_000_000_000n

/** Formats an amount, for example as "1,234.5 JOY". @param baseUnits a whole number in decimal */
export function joy(baseUnits: string): string {
  const amount = BigInt(baseUnits)
  const size = amount < 0n ? -amount : amount
  const fraction = (size % BASE_UNITS_PER_JOY).toString().padStart(10, '0').replace(/0+$/, '')
  const whole = (size / BASE_UNITS_PER_JOY).toLocaleString('en-US')
  return `${amount < 0n ? '-' : ''}${whole}${fraction ? `.${fraction}` : ''} JOY`
}

/** The ends of an account's address, as Pioneer shows it: "j4Ub…qW9". */
export const shortAccount = (address: string): string =>
  address.length <= 12 ? address : `${address.slice(0, 4)}…${address.slice(-3)}`
