import type { AnyEventDefinition } from '../../events/define.ts'
import type { Fact } from '../../events/facts.ts'
import { groupOf, type KindName, reasonOf } from '../../events/kinds.ts'
import { events } from '../../events/list.ts'
import { thingOf } from '../../events/thing.ts'
import { defineEmailType, type LetterFact, parseLoaded } from '../define.ts'
import { deadlineOf, decideNotified, loadNotified, type Notified, notified, postponed, wordsOf } from '../notified.ts'

export const notification = defineEmailType<Notified>({
  name: 'notification',

  load: async (pool, emails, context) => parseLoaded(notified, await loadNotified(pool, emails, context)),

  decide: (content, context) => postponed(content) ?? decideNotified(content, context),

  compose(content, { pioneerUrl }) {
    const { memberId, name, kind, data } = content
    const {
      title: headline,
      summary = null,
      facts = () => [],
      excerpt = null,
      path,
      action,
      group: workingGroup,
      conversation,
    } = wordsOf(content)
    const link = pioneerUrl + path
    const reason = reasonOf(kind, workingGroup)
    const group = groupOf(kind)
    const thing = thingOf(data)
    const about = { kind, group, thing, conversation }
    const said = { headline, summary, facts: linked(facts(), pioneerUrl), excerpt }
    return { memberId, name, ...said, action, link, reason, ...about }
  },

  deadlines: (content) => [deadlineOf(content) ?? []].flat(),

  samples: () =>
    events.flatMap((event) =>
      kindsOf(event).map((kind) => ({ group: event.type, name: kind, content: sampleOf(event, kind) })),
    ),
})

const linked = (facts: readonly Fact[], pioneerUrl: string): LetterFact[] =>
  facts.map(({ label, value }) => ({
    label,
    value: value.map(({ text, path }) => ({ text, link: path === undefined ? null : pioneerUrl + path })),
  }))

/** The kinds for which an event notifies anyone. Those who muted an entity are told of nothing. */
export function kindsOf(event: AnyEventDefinition): KindName[] {
  const telling = event.rules(event.sample()).filter(({ audience }) => audience !== 'muters')
  return [...new Set(telling.map(({ kind }) => kind))]
}

export function sampleOf(event: AnyEventDefinition, kind: KindName): Notified {
  const data = event.data(event.sample())
  const isAboutAccounts = Array.isArray(data.accounts) && data.accounts.length > 0
  return {
    emailId: 1,
    memberId: 2,
    name: 'bob',
    address: 'bob@example.org',
    timeZone: 'UTC',
    receiveEmails: true,
    pauseEmailsUntil: null,
    isRead: false,
    isWithdrawn: false,
    isMuted: false,
    isWatched: true,
    isOver: false,
    byEmail: true,
    kind,
    eventType: event.type,
    eventId: `${event.type}-2000-5`,
    eventBlock: 2_000,
    eventTime: new Date(),
    votes: isAboutAccounts ? { labels: ['cold wallet'], hasOthers: false } : null,
    data,
  }
}
