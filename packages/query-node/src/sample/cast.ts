import type { Chain } from '../chain/chain.ts'
import type { Category, Post, Thread } from '../chain/forum.ts'
import type { Member } from '../chain/members.ts'
import type { Proposal } from '../chain/proposals.ts'
import type { Worker } from '../chain/working-groups.ts'
import type { Random } from '../random.ts'

/** The sample chain and the entities on it. */
export type Sample = {
  readonly chain: Chain
  readonly random: Random
  readonly members: Member[]
  readonly categories: Category[]
  readonly threads: Thread[]
  readonly posts: Post[]
  readonly proposals: Proposal[]
  readonly workers: Worker[]
  /** Scenes of later blocks, such as the votes on a proposal. Each returns a sentence about itself. */
  readonly pending: (() => string)[]
  council: Member[]
  /** The number of blocks that `continueSample` has added. */
  chapter: number
}

export type Cast = Record<'alice' | 'bob' | 'carla' | 'dmitri' | 'esther' | 'fumiko' | 'gaspard' | 'hana', Member>

export function enlist(chain: Chain): Cast {
  const joins = (handle: string, name: string, about: string): Member => chain.memberJoins(handle, { name, about })
  return {
    alice: joins('alice', 'Alice', 'Forum lead. I read everything, even the footnotes.'),
    bob: joins('bob', 'Bob', 'Runs two storage nodes and one very loud fan.'),
    carla: joins('carla_mints', 'Carla', 'Budgets, spreadsheets, tea.'),
    dmitri: joins('dmitri', 'Dmitri', 'Validator. Asleep during most elections, for reasons of time zone.'),
    esther: joins('esther-q', 'Esther', 'Councillor, twice. Asks for the appendix.'),
    fumiko: joins('fumiko', 'Fumiko', 'Makes short films about long meetings.'),
    gaspard: joins('gaspard', 'Gaspard', 'Newcomer. No question is too small.'),
    hana: joins('hana.builds', 'Hana', 'Builders group. Breaks things on the test network so that you need not.'),
  }
}
