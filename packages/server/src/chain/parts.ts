import { UnanswerableError } from './client.ts'

/**
 * Asks for fewer at once while an answer is too large or cannot be given. One that is at fault by itself is left out.
 * @throws QueryNodeError when each of several is at fault: then it is the query node
 */
export async function inParts<Wanted, Row>(
  wanted: readonly Wanted[],
  request: (part: Wanted[]) => Promise<Row[]>,
): Promise<Row[]> {
  const failures: unknown[] = []
  async function read(part: readonly Wanted[]): Promise<Row[]> {
    try {
      return await request([...part])
    } catch (error) {
      if (!(error instanceof UnanswerableError)) throw error
      if (part.length <= 1) {
        failures.push(error)
        return []
      }
      const half = part.length >> 1
      return [...(await read(part.slice(0, half))), ...(await read(part.slice(half)))]
    }
  }
  const rows = await read(wanted)
  if (failures.length > 1 && failures.length === wanted.length) throw failures[0]
  return rows
}
