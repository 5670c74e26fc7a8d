import { type Addressee, dayFor, isTime, timeFor } from '../addressee.ts'
import { timeOfBlock } from '../blocks.ts'
import type { ElectionStages } from '../chain.ts'
import {
  type AnyEventDefinition,
  defineEvent,
  type EventData,
  type EventMeta,
  everyone,
  type Words,
} from '../define.ts'
import type { GeneralKindName } from '../kinds.ts'

/** `endsAt`: in ISO 8601, if the query node told. Events of an earlier version have none. */
type StageData = EventData & { endsAt?: string | undefined }

type Stage<Data extends StageData> = {
  type: string
  kind: GeneralKindName
  /** What the words need of the stage that began. */
  data: (stages: ElectionStages, meta: EventMeta) => Data
  words: (data: Partial<Data>, addressee: Addressee) => Omit<Words, 'path'>
  /** The stages of the sample. */
  sample: ElectionStages
}

/** An event that reports the start of an election stage. Without what the query node knows of it, it is told as well. */
export function stageEvent<Data extends StageData>({
  type,
  kind,
  data,
  words,
  sample,
}: Stage<Data>): AnyEventDefinition {
  return defineEvent<Record<string, never>, { eventId: string; about: Data }, Data>({
    type,
    read: async (_row, chain, meta) => ({ eventId: meta.id, about: data(await chain.stagesFrom(meta.block), meta) }),
    entity: ({ eventId }) => eventId,
    rules: () => [everyone(kind)],
    // A failed election restarts the announcing period. If one block reports both, only the failure is sent.
    fact: () => ({ key: kind, rank: type === 'AnnouncingPeriodStarted' ? 1 : 2 }),
    data: ({ about }) => about,
    words: (about, _kind, addressee) => ({ ...words(about, addressee), path: '/#/election' }),
    sample: () => ({ eventId: SAMPLE.id, about: data(sample, SAMPLE) }),
  })
}

const SAMPLE: EventMeta = { id: 'OLYMPIA-1234-5', block: 1234, indexInBlock: 5, time: new Date('2026-11-24T14:00:00Z') }

/** The end of a stage in a sentence. @param otherwise for a stage whose end is not known */
export const until = (
  endsAt: string | undefined,
  addressee: Addressee,
  texts: { known: (end: { day: string; time: string }) => string; unknown: string },
): string =>
  endsAt !== undefined && isTime(endsAt)
    ? texts.known({ day: dayFor(endsAt, addressee), time: timeFor(endsAt, addressee) })
    : texts.unknown

export const endOf = (stage: { endsAt: number } | undefined, meta: EventMeta): string | undefined =>
  timeOfBlock(stage?.endsAt, meta)

/** Of candidates or seats. Undefined for what is no count. */
export const countOf = (count: string | undefined): string | undefined =>
  count !== undefined && /^\d{1,9}$/.test(count) ? count : undefined
