import type { Sample } from 'query-node'
import type { Database } from '../../src/db/client.ts'
import type { EntityKindName, GeneralKindName } from '../../src/events/kinds.ts'

type Setting = { kind: GeneralKindName | EntityKindName; entityId?: string; inApp: boolean; byEmail: boolean }

const WATCH = { inApp: true, byEmail: true }
const MUTE = { inApp: false, byEmail: false }

/** Registers five of the sample's members, each with other wishes. */
export async function registerAudience(db: Database, { members, threads, proposals }: Sample) {
  const [thread, otherThread] = threads
  const [proposal] = proposals
  const wishes: { about: string; receiveEmails?: boolean; settings?: Setting[] }[] = [
    { about: 'never touched a setting' },
    {
      about: 'wants to hear of every post and thread, by email too',
      settings: [
        { kind: 'FORUM_POST_ALL', ...WATCH },
        { kind: 'FORUM_THREAD_ALL', ...WATCH },
      ],
    },
    {
      about: `watches “${thread?.title}”, has muted “${otherThread?.title}”`,
      settings: [
        { kind: 'FORUM_THREAD_ENTITY_POST', entityId: thread?.id, ...WATCH },
        { kind: 'FORUM_THREAD_ENTITY_POST', entityId: otherThread?.id, ...MUTE },
      ],
    },
    {
      about: `follows all votes in the app only, and watches “${proposal?.title}”`,
      settings: [
        { kind: 'PROPOSAL_VOTE_ALL', inApp: true, byEmail: false },
        { kind: 'PROPOSAL_ENTITY_STATUS', entityId: proposal?.id, ...WATCH },
      ],
    },
    {
      about: 'receives no emails at all, but follows the working groups in the app',
      receiveEmails: false,
      settings: [
        { kind: 'WG_OPENING_ALL', ...WATCH },
        { kind: 'WG_NEW_WORKER_ALL', ...WATCH },
      ],
    },
  ]

  const audience: { name: string; about: string }[] = []
  for (const [n, { about, receiveEmails = true, settings = [] }] of wishes.entries()) {
    const member = members[n]
    if (!member) throw new Error('The sample has too few members')
    const name = member.handle
    await db.member.create({ data: { id: Number(member.id), name, email: `${name}@example.org`, receiveEmails } })
    await db.subscription.createMany({
      data: settings.map(({ inApp, byEmail, ...setting }) => ({
        ...setting,
        memberId: Number(member.id),
        shouldNotify: inApp,
        shouldNotifyByEmail: byEmail,
      })),
    })
    audience.push({ name, about })
  }
  return audience
}
