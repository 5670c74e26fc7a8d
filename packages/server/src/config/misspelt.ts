import { distance } from 'fastest-levenshtein'

/** A shorter name, such as PORT, resembles too many others. */
const SHORTEST_COMPARED = 7
const LONGEST_COMPARED = 40
const MOST_TYPOS = 2
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
    const meant = known.find((other) => !env[other]?.trim() && resembles(name, other))
    if (meant) return [`${name} is not read: did you mean ${meant}?`]
    return inFile.has(name) && !OF_OTHERS.test(name)
      ? [`${name}, in .env, is not read: this service does not know it`]
      : []
  })
  const more = warnings.length - MOST_REPORTED
  return more > 0 ? [...warnings.slice(0, MOST_REPORTED), `${more} more variables are not read`] : warnings
}

function resembles(name: string, known: string): boolean {
  if (name.length > LONGEST_COMPARED) return false
  const [mine, theirs] = [plain(name), plain(known)]
  if (mine === theirs) return true
  return known.length >= SHORTEST_COMPARED && mine[0] === theirs[0] && distance(mine, theirs) <= MOST_TYPOS
}

const plain = (name: string) => name.toUpperCase().replace(/[^A-Z\d]/g, '')
