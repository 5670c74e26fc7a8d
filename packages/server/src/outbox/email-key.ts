/** What a provider sends back with its reports, and what a Message-ID of ours begins with. */
type Keyed = { id: number; createdAtMs: number }

const LARGEST_ID = 2 ** 31 - 1
/** The end of the year 9999. */
const LATEST_MS = 253_402_300_799_999

/** Names an email to its provider. No other database has an email of this id and time. */
export const emailKey = ({ id, createdAt }: { id: number; createdAt: Date }): string => `${id}.${createdAt.getTime()}`

/** @param text a key, or a Message-ID with or without its brackets; @returns nothing when it is neither */
export function readEmailKey(text: string): Keyed | undefined {
  const [, id, createdAtMs] = /^<?(\d{1,10})\.(\d{1,15})(?:@[^\s<>]{1,255}>?)?$/.exec(text) ?? []
  const key = { id: Number(id), createdAtMs: Number(createdAtMs) }
  return key.id <= LARGEST_ID && key.createdAtMs <= LATEST_MS ? key : undefined
}
