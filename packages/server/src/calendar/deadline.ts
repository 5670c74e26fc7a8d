/** The end of something, as a calendar shows it. */
export type CalendarDeadline = {
  /** With the key, it names the same end in every calendar file. */
  type: string
  key: string
  /** Members write in it. */
  title: string
  /** Its page in Pioneer. */
  path: string
  endsAt: Date
  /** It ends in a block, whose time can only be guessed. */
  isEstimated?: boolean
  /** Higher with each change that a calendar must not miss. */
  sequence: number
  isCancelled: boolean
  changedAt: Date
}
