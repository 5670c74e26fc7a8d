/** Whom words address: a member is "you", and reads times in their own zone. */
export type Addressee = {
  /** As the chain writes it. */
  memberId: string
  /** A name of the IANA database. */
  timeZone: string
  /** Where the words are about votes of accounts. */
  votes?: OwnVotes | null | undefined
}

/** Which votes are the reader's: how they call the accounts that they watch, and whether other accounts voted as well. */
export type OwnVotes = { labels: readonly string[]; hasOthers: boolean }

export const ANYBODY: Addressee = { memberId: '', timeZone: 'UTC' }

export const addressee = ({
  memberId,
  timeZone,
  votes,
}: Pick<Addressee, 'timeZone' | 'votes'> & { memberId: number }): Addressee => ({
  memberId: String(memberId),
  timeZone,
  votes,
})

/** @param memberId whom a sentence is about */
export const isYou = (memberId: string | null | undefined, { memberId: reader }: Addressee): boolean =>
  Boolean(memberId) && memberId === reader

/** Such as "Sat 28 Nov, 14:00 UTC". @param time in ISO 8601. A text that is no time stays as it is */
export const timeFor = (time: string, { timeZone }: Addressee): string =>
  isTime(time) ? timeFormat(timeZone).format(Date.parse(time)) : time

/** The same for a time that events of an earlier version lack. */
export const timeIfAny = (time: string | null | undefined, addressee: Addressee): string | undefined =>
  time ? timeFor(time, addressee) : undefined

export const isTime = (text: string): boolean => /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text))

/** Such as "Sat 28 Nov". @param time in ISO 8601. A text that is no time stays as it is */
export const dayFor = (time: string, { timeZone }: Addressee): string =>
  isTime(time) ? dayFormat(timeZone).format(Date.parse(time)) : time

const DAY: Intl.DateTimeFormatOptions = { weekday: 'short', day: 'numeric', month: 'short' }
const dayFormat = formats(DAY)
const timeFormat = formats({ ...DAY, hour: '2-digit', minute: '2-digit', timeZoneName: 'short' })

/** Formats by zone: to make one takes longer than to use it. */
function formats(options: Intl.DateTimeFormatOptions): (timeZone: string) => Intl.DateTimeFormat {
  const known = new Map<string, Intl.DateTimeFormat>()
  return (timeZone) => {
    // There are few hundred zones, but each has many spellings.
    const name = timeZone.toLowerCase()
    const format = known.get(name) ?? newFormat(timeZone, options)
    known.set(name, format)
    return format
  }
}

function newFormat(timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-GB', { ...options, timeZone })
  } catch {
    // A zone that an update of the runtime removed.
    return new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' })
  }
}
