import { expect, test } from 'vitest'
import { recordingProvider, stories } from '../support/story.ts'

// What docs/operations.md says that an operator can do in Prisma Studio: changes of rows, and what comes of them.

const createStory = stories()

/** Bob hears of an election, and the provider refuses his address until it is told not to. */
async function refusing() {
  const sent: Parameters<typeof recordingProvider>[0] = []
  let refuses = true
  const provider = recordingProvider(sent, () =>
    refuses ? { result: 'rejected', reason: 'no such mailbox' } : { result: 'sent', messageId: 'x' },
  )
  const story = await createStory({ provider })
  const bob = await story.member('bob')
  await story.begins()
  story.chain.announcingPeriodStarted()
  await story.notify()
  const accept = () => {
    refuses = false
  }
  return { story, bob, sent, accept }
}

test('a failed email that is set to pending is sent, and its notification shows it', async () => {
  const { story, bob, sent, accept } = await refusing()
  expect(await story.notificationOf(bob)).toMatchObject({ emailStatus: 'FAILED', emailStatusReason: 'no such mailbox' })
  accept()
  await story.db.email.updateMany({ data: { status: 'PENDING', attempts: 0, sendAt: new Date() } })
  await story.notify()
  expect(sent.map(({ to }) => to)).toEqual(['bob@example.org'])
  expect(await story.notificationOf(bob)).toMatchObject({ emailStatus: 'SENT', emailStatusReason: null })
})

test('a corrected address is used', async () => {
  const { story, bob, sent, accept } = await refusing()
  accept()
  await story.db.member.update({ where: { id: Number(bob.id) }, data: { email: 'bob@right.example' } })
  await story.db.email.updateMany({ data: { status: 'PENDING', attempts: 0, sendAt: new Date() } })
  await story.notify()
  expect(sent.map(({ to }) => to)).toEqual(['bob@right.example'])
})

test('deleting a member deletes all their data, and the notifier continues', async () => {
  const { story, bob } = await refusing()
  await story.member('carol')
  await story.db.email.updateMany({ data: { status: 'PENDING' } })
  await story.db.member.delete({ where: { id: Number(bob.id) } })
  expect([await story.db.notification.count(), await story.db.email.count()]).toEqual([0, 0])
  story.chain.votingPeriodStarted({ candidates: [] })
  await story.notify()
  expect(await story.told()).toEqual(['carol: ELECTION_VOTING_STARTED'])
})

test('blocks that are read again do not notify again', async () => {
  const { story } = await refusing()
  const before = await story.told()
  await story.db.store.update({ where: { key: 'Progress' }, data: { value: { block: 0 } } })
  await story.notify()
  expect(await story.told()).toEqual(before)
})
