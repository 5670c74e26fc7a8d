import { BLOCKS_PER_MONTH } from './blocks.ts'
import { NotUnderstood } from './chain.ts'

const BASE_UNITS_PER_JOY = 10_000_000_000n

/** Formats an amount, for example as "1,234.5 JOY". @param baseUnits a whole number in decimal */
export function joy(baseUnits: string): string {
  const amount = BigInt(baseUnits)
  const size = amount < 0n ? -amount : amount
  const fraction = (size % BASE_UNITS_PER_JOY).toString().padStart(10, '0').replace(/0+$/, '')
  const whole = (size / BASE_UNITS_PER_JOY).toLocaleString('en-US')
  return `${amount < 0n ? '-' : ''}${whole}${fraction ? `.${fraction}` : ''} JOY`
}

/** @param baseUnits as the query node gave it. It has 128 bits at most */
export const isAmount = (baseUnits: unknown): baseUnits is string =>
  typeof baseUnits === 'string' && /^-?\d{1,39}$/.test(baseUnits)

/** @throws NotUnderstood for what is no amount */
export function amountOf(baseUnits: string, what: string): string {
  if (!isAmount(baseUnits)) throw new NotUnderstood(`The query node gave no valid ${what}`)
  return baseUnits
}

/** Hundredths of a JOY say enough about a reward. */
const BASE_UNITS_PER_CENT = BASE_UNITS_PER_JOY / 100n

/**
 * Formats a reward, for example as "21,600 JOY", to the hundredth.
 * @param perBlock in base units
 * @returns undefined for what is no amount
 */
export function monthly(perBlock: string | null | undefined): string | undefined {
  if (!isAmount(perBlock)) return undefined
  const exact = BigInt(perBlock) * BigInt(BLOCKS_PER_MONTH)
  if (exact < BASE_UNITS_PER_JOY) return joy(exact.toString())
  return joy((((exact + BASE_UNITS_PER_CENT / 2n) / BASE_UNITS_PER_CENT) * BASE_UNITS_PER_CENT).toString())
}

/** The ends of an account's address, as Pioneer shows it: "j4Ub…qW9". */
export const shortAccount = (address: string): string =>
  address.length <= 12 ? address : `${address.slice(0, 4)}…${address.slice(-3)}`
