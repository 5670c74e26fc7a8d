import type { Member } from 'query-node'
import { expect, test } from 'vitest'
import type { CalendarDeadline } from '../../src/calendar/deadline.ts'
import { composeCalendar } from '../../src/calendar/ics.ts'
import { loadCalendar } from '../../src/emails/calendar.ts'
import { createDrafter } from '../../src/emails/compose.ts'
import type { Letter } from '../../src/emails/define.ts'
import { votingEnd } from '../../src/events/deadlines/keys.ts'
import type { OutgoingEmail } from '../../src/outbox/provider.ts'
import { clockStory, HOUR_BLOCKS } from '../deadlines/clock-story.ts'
import { PIONEER_URL, type Story, stories } from '../support/story.ts'
import { entriesIn } from './read.ts'
import { sampleDeadline } from './sample.ts'

const createStory = stories()

/** A chain that begins now: what ends lies ahead of the database's clock, too. */
async function calendarStory() {
  const { story, ...rest } = await clockStory(createStory, 0)
  const [alice, bob] = [await story.member('alice'), await story.member('bob')]
  story.chain.newCouncilElected({ members: [alice] })
  await story.begins()
  const to = ({ id }: Member) => story.sent.filter((email) => email.to.startsWith(id === alice.id ? 'alice' : 'bob'))
  return { story, alice, bob, to, ...rest }
}

const entriesOf = ({ attachments = [] }: OutgoingEmail) => attachments.flatMap(({ content }) => entriesIn(content))
const endOf = async ({ db }: Story, type: string) => (await db.deadline.findFirstOrThrow({ where: { type } })).endsAt
const wholeSeconds = (time: Date) => new Date(Math.floor(time.getTime() / 1000) * 1000).toISOString()
const roundOf = async (story: Story) => {
  const { about } = await story.db.deadline.findFirstOrThrow({ where: { type: 'ElectionVotingEnding' } })
  return String(Object(about).roundId)
}

test('the calendar of a member follows an election whose end moves twice, and which fails', async () => {
  const { story, chain, bob, to, passes, looks } = await calendarStory()
  chain.votingPeriodStarted({ candidates: [bob] })
  await story.notify()
  const [begun] = to(bob)
  expect(begun?.subject).toMatch(/^Vote for the council by /)
  expect(begun?.text).toContain('A calendar entry is attached, with an alarm an hour before the end.\n')
  expect(begun?.attachments).toMatchObject([
    { name: 'deadline.ics', type: 'text/calendar; charset=utf-8; method=PUBLISH' },
  ])
  const round = await roundOf(story)
  const uid = `ElectionVotingEnding-round-${round}@pioneer.example`
  const summary = 'Ends: Voting for the council'
  const entry = { uid, summary, status: 'CONFIRMED' }
  expect(entriesOf(begun as OutgoingEmail)).toMatchObject([
    { ...entry, sequence: 0, endsAt: wholeSeconds(await endOf(story, 'ElectionVotingEnding')) },
  ])

  const composed = async () => {
    const calendar = await loadCalendar(story.pool, [votingEnd(round)])
    return entriesIn(composeCalendar(calendar([votingEnd(round)]), { pioneerUrl: PIONEER_URL }))
  }
  const moveTo = async (hours: number) => {
    chain.stageEndMoved(chain.openBlock + hours * HOUR_BLOCKS)
    chain.commitBlock()
    await looks()
    const end = wholeSeconds(await endOf(story, 'ElectionVotingEnding'))
    const alarm = new Date(Date.parse(end) - 3_600_000).toISOString()
    return { ...entry, endsAt: end, alarmsAt: [alarm] }
  }
  const first = await moveTo(150)
  expect(await composed()).toMatchObject([{ ...first, sequence: 1 }])
  const second = await moveTo(50)
  expect(second.endsAt).not.toBe(first.endsAt)
  expect(await composed()).toMatchObject([{ ...second, sequence: 2 }])

  passes(30)
  await looks()
  const reminder = to(bob).at(-1) as OutgoingEmail
  expect(reminder.subject).toMatch(/^Last day to vote /)
  expect(entriesOf(reminder)).toMatchObject([{ ...second, sequence: 2 }])

  chain.newCouncilNotElected()
  await story.notify()
  expect(await composed()).toMatchObject([
    { ...entry, endsAt: second.endsAt, sequence: 3, status: 'CANCELLED', alarmsAt: [] },
  ])
  const again = to(bob).at(-1) as OutgoingEmail
  expect(again.subject).toMatch(/^No council was elected: /)
  expect(entriesOf(again)).toMatchObject([{ summary: 'Ends: Standing for the council', sequence: 0 }])
})

test('news of what is called off while it waits says so, and news of what has ended brings nothing', async () => {
  const { story, chain, alice, bob, to } = await calendarStory()
  // As one who follows proposals: who is asked to vote gets no email after the vote.
  await story.refuses(alice, 'PROPOSAL_DECIDING_COUNCILOR')
  await story.wants(alice, 'PROPOSAL_CREATED_ALL')
  const wait = async () => {
    story.deps.config.emailDelaySeconds = 3_600
    await story.notify()
    story.deps.config.emailDelaySeconds = 0
    story.sent.length = 0
  }
  const send = async () => {
    await story.db.$executeRaw`UPDATE "Email" SET "sendAt" = now() WHERE status = 'PENDING'`
    await story.notify()
  }
  chain.proposalRejected(chain.proposalCreated({ by: bob, title: 'Before', description: 'No.' }))
  const proposal = chain.proposalCreated({ by: bob, title: 'Plants', description: 'Water them.' })
  await wait()
  chain.proposalRejected(proposal)
  await send()
  const off = to(alice).find(({ subject }) => subject.includes('Plants')) as OutgoingEmail
  expect(entriesOf(off)).toMatchObject([{ summary: 'Ends: Voting on “Plants”', status: 'CANCELLED', sequence: 1 }])
  expect(off.text).toContain('A calendar entry is attached, which says that this has been called off.\n')
  // Nobody saw this one ahead.
  expect(to(alice).find(({ subject }) => subject.includes('Before'))?.attachments).toBeUndefined()

  chain.proposalCreated({ by: bob, title: 'Trees', description: 'Water them.' })
  await wait()
  await story.db.$executeRaw`UPDATE "Deadline" SET "endsAt" = now() - interval '1 second' WHERE title LIKE '%Trees%'`
  await story.db.$executeRaw`UPDATE "Email" SET "sendAt" = now() WHERE status = 'PENDING'`
  story.node.faults.unknownTypes = ['CouncilStageUpdate']
  story.expectLog(/^Deadlines are not read/)
  await story.notify()
  delete story.node.faults.unknownTypes
  const over = to(alice).find(({ subject }) => subject.includes('Trees'))
  expect(over).toBeDefined()
  expect(over?.attachments).toBeUndefined()
  expect(over?.text).not.toContain('calendar')
})

test('a digest brings each end of which it tells once, in one file', async () => {
  const { story, chain, alice, bob, to } = await calendarStory()
  await story.db.member.update({
    where: { id: Number(alice.id) },
    data: { emailFrequency: 'DAILY', urgentImmediately: false },
  })
  await story.wants(alice, 'FORUM_THREAD_ALL')
  chain.votingPeriodStarted({ candidates: [bob] })
  chain.proposalCreated({ by: bob, title: 'Plants', description: 'Water them.' })
  chain.threadCreated({ by: bob, in: chain.categoryCreated('General'), title: 'News', text: 'News.' })
  await story.notify()
  await story.db.$executeRaw`UPDATE "Deadline" SET "remindAt" = now() WHERE type = 'ElectionVotingEnding'`
  await story.notify()
  expect(to(alice)).toEqual([])
  // What this version does not know is left out.
  await story.db.$executeRaw`UPDATE "Event" SET type = 'OfTomorrow' WHERE type = 'ThreadCreated'`
  await story.db.$executeRaw`UPDATE "Email" SET "sendAt" = now() WHERE status = 'PENDING'`
  await story.notify()
  const [digest, ...others] = to(alice) as OutgoingEmail[]
  expect(others).toEqual([])
  expect(digest?.attachments).toHaveLength(1)
  expect(
    entriesOf(digest as OutgoingEmail)
      .map(({ summary }) => summary)
      .sort(),
  ).toEqual(['Ends: Voting for the council', 'Ends: Voting on “Plants”'])
  expect(digest?.text).toContain('Calendar entries are attached, with an alarm an hour before each end.\n')
})

test('a digest that cannot be read keeps no entry from the others', async () => {
  const { story, chain, alice, bob, to } = await calendarStory()
  await story.db.member.updateMany({ data: { emailFrequency: 'DAILY', urgentImmediately: false } })
  chain.votingPeriodStarted({ candidates: [bob] })
  await story.notify()
  const kind = 'OF_TOMORROW'
  await story.db.notification.updateMany({ where: { memberId: Number(alice.id) }, data: { kind } })
  await story.db.$executeRaw`UPDATE "Email" SET "sendAt" = now() WHERE status = 'PENDING'`
  story.expectLog(/Unreadable/)
  await story.notify()
  expect(to(alice)).toEqual([])
  expect(entriesOf(to(bob)[0] as OutgoingEmail)).toMatchObject([{ summary: 'Ends: Voting for the council' }])
})

test('a title that a stranger wrote makes a small file with one entry', async () => {
  const { story, chain, alice, bob, to } = await calendarStory()
  const title = `\r\nATTACH:https://evil.com\r\nEND:VEVENT\u0000\ud800${'🌱'.repeat(500_000)}`
  chain.proposalCreated({ by: bob, title, description: 'Water them.' })
  await story.notify()
  const [email] = to(alice) as OutgoingEmail[]
  const [file] = email?.attachments ?? []
  expect(file?.content.length).toBeLessThan(2_000)
  expect(file?.content.isWellFormed()).toBe(true)
  expect(file?.content).not.toMatch(/^(ATTACH|\0)/m)
  expect(entriesOf(email as OutgoingEmail)).toMatchObject([
    {
      summary: expect.stringMatching(/^Ends: Voting on “ ?ATTACH:https\[:\/\/\]evil\[\.\]com END:VEVENT/u),
      status: 'CONFIRMED',
    },
  ])
})

test('emails that bring different entries along are no longer alike', async () => {
  const draft = await createDrafter({ pioneerUrl: PIONEER_URL, emailSender: 'Pioneer <notifications@example.org>' })
  const letter: Letter = {
    memberId: 1,
    name: 'bob',
    headline: 'Vote',
    summary: null,
    excerpt: null,
    action: 'Vote',
    link: PIONEER_URL,
    reason: 'you vote',
    kind: 'ELECTION_VOTING_STARTED',
    group: null,
  }
  const likeness = (...deadlines: CalendarDeadline[]) => draft(letter, undefined, deadlines).likeness
  expect(likeness(sampleDeadline())).toBe(likeness(sampleDeadline()))
  const others = [
    likeness(),
    likeness(sampleDeadline({ sequence: 1 })),
    likeness(sampleDeadline({ isCancelled: true })),
  ]
  expect(new Set([likeness(sampleDeadline()), ...others]).size).toBe(4)
})

test('an event that an earlier version stored brings nothing', async () => {
  const { story, chain, bob, to } = await calendarStory()
  story.deps.config.emailDelaySeconds = 3_600
  chain.votingPeriodStarted({ candidates: [bob] })
  await story.notify()
  await story.db.$executeRaw`UPDATE "Event" SET data = data - 'roundId' WHERE type = 'VotingPeriodStarted'`
  await story.db.$executeRaw`UPDATE "Email" SET "sendAt" = now() WHERE status = 'PENDING'`
  await story.notify()
  expect(to(bob)).toHaveLength(1)
  expect(to(bob)[0]?.attachments).toBeUndefined()
})
