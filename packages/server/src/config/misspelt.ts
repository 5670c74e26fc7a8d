import { distance } from 'fastest-levenshtein'

/** A shorter name, such as PORT, resembles too many others. */
const SHORTEST_COMPARED = 7
const LONGEST_COMPARED = 40
const MOST_TYPOS = 2
/** Long names resemble no others: a missing word of three letters, or a plural in -ies, is a typo too. */
const LONG = 13
const MOST_TYPOS_IN_LONG = 3
/** An abbreviation has most of the name, such as APP_SECRET_KEY_PREV. */
const LEAST_PART = 0.75
const MOST_REPORTED = 10

/** Variables that files named .env hold for other programs. */
const OF_OTHERS =
  /^(COMPOSE|DOCKER|BUILDKIT|POSTGRES|PG|NODE|NPM|npm|YARN|PRISMA|CHECKPOINT|OTEL|TZ|LANG|LC|FORCE_COLOR|NO_COLOR)/

/**
 * Finds variables whose names are probably mistakes.
 * @param env variables by name
 * @param known the names that this service reads
 * @param inFile the names that a .env file sets, without those that are parts of others; they are meant for this service
 * @returns a sentence for each
 */
export function misspeltVariables(
  env: Record<string, string | undefined>,
  known: readonly string[],
  inFile: ReadonlySet<string>,
): string[] {
  const warnings = Object.keys(env).flatMap((name) => {
    if (known.includes(name) || !env[name]?.trim()) return []
    const [meant] = known
      .filter((other) => !env[other]?.trim() && resembles(name, other))
      .sort((a, b) => differenceOf(name, a) - differenceOf(name, b))
    if (meant) return [`${name} is not read: did you mean ${meant}?`]
    return inFile.has(name) && !OF_OTHERS.test(name)
      ? [`${name}, in .env, is not read: this service does not know it`]
      : []
  })
  const more = warnings.length - MOST_REPORTED
  return more > 0 ? [...warnings.slice(0, MOST_REPORTED), `${more} more variables are not read`] : warnings
}

/** Whether a name is probably a mistake for a known one. */
export function resembles(name: string, known: string): boolean {
  if (name.length > LONGEST_COMPARED) return false
  const [mine, theirs] = [plain(name), plain(known)]
  if (mine === theirs) return true
  if (known.length < SHORTEST_COMPARED || mine[0] !== theirs[0]) return false
  const typos = theirs.length < LONG ? MOST_TYPOS : MOST_TYPOS_IN_LONG
  return distance(mine, theirs) <= typos || isPart(mine, theirs) || isPart(theirs, mine)
}

/** None for an abbreviation. */
const differenceOf = (name: string, known: string) =>
  isPart(plain(name), plain(known)) ? 0 : distance(plain(name), plain(known))

const isPart = (part: string, whole: string) =>
  whole.startsWith(part) && part.length >= SHORTEST_COMPARED && part.length >= LEAST_PART * whole.length

const plain = (name: string) => name.toUpperCase().replace(/[^A-Z\d]/g, '')
