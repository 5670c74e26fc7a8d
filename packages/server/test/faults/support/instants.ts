import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom, type Random } from 'query-node'
import type { Process } from './role.ts'
import type { Service } from './service.ts'

/** Random; FAULTS_SEED repeats a run, as far as timing allows. */
export function randomInstants(): Random {
  const seed = Number(process.env.FAULTS_SEED ?? Date.now() % 1_000_000)
  console.log(`FAULTS_SEED=${seed}`)
  return createRandom(seed)
}

/** Waits for a random instant while a role starts, reads or sends, or for its end. */
export async function someInstant(random: Random, { node, mail }: Service, role: Process): Promise<void> {
  const [asked, taken] = [node.requests.count, mail.taken.length]
  const phase = random.pick(['starting', 'reading', 'sending', 'sending'] as const)
  const begun = () =>
    phase === 'starting' || (phase === 'reading' ? node.requests.count > asked : mail.taken.length > taken)
  while (role.running() && !begun()) await sleep(2)
  await sleep(random.below(phase === 'starting' ? 1_500 : 200))
}
