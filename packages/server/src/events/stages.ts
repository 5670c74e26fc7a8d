/** What ends some time ahead, as the chain has it at its head. Its texts are bounded. */
export type Stages = {
  /** Undefined while an election is in its voting or revealing stage. */
  council?: { stage: 'announcing' | 'idle'; fromBlock: number; toBlock: number } | undefined
  /** The current election, while its votes are cast or revealed. */
  round?: { id: string; voting?: Blocks | undefined; revealing?: Blocks | undefined } | undefined
  /** Not final yet. */
  proposals: OpenProposal[]
  /** Open ones that announce an end. */
  openings: OpenOpening[]
  /** The ids of the members of the council in office. */
  councillors: string[]
}

/** The first and the last block. */
export type Blocks = { fromBlock: number; toBlock: number }

export type OpenProposal = {
  id: string
  title: string
  /** The query node's name of its details, without "ProposalDetails". */
  type: string
  status: 'Deciding' | 'Gracing' | 'Dormant'
  statusSetAtBlock: number
  /** Not executed before it. */
  exactExecutionBlock?: number | undefined
  creatorId?: string | undefined
}

export type OpenOpening = { id: string; groupId: string; title?: string | undefined; from: Date; to: Date }
