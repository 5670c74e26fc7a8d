import { createChain } from 'query-node'
import { expect, test } from 'vitest'
import { createService, postgresOfFile } from './support/service.ts'

const postgres = postgresOfFile()
const MEMBERS = 20
const WORKERS = 150
const HEAP_MB = 256

test('whatever a stranger writes, a notifier with 256 MB of heap tells it, and the event behind it', {
  timeout: 900_000,
}, async () => {
  const chain = createChain({ genesisTime: new Date(Date.now() - 3_600_000), firstBlock: 1_000 })
  const dave = chain.memberJoins('dave')
  const general = chain.categoryCreated('General')
  const workers = Array.from({ length: WORKERS }, (_, n) =>
    chain.workerHired({ member: chain.memberJoins(`worker-${n}`), group: 'forumWorkingGroup' }),
  )
  expect(workers.length).toBe(WORKERS)
  chain.commitBlock()
  const service = await createService(postgres(), MEMBERS, chain)
  const mentionOfMember = '[@member-1](#mention?member-id=1)'

  const long = chain.threadCreated({ by: dave, in: general, title: 'T'.repeat(1_000_000), text: 'x' })
  for (let n = 0; n < 600; n++) chain.postAdded({ by: dave, in: long, text: mentionOfMember })
  chain.commitBlock()
  chain.postAdded({ by: dave, in: long, text: `${mentionOfMember}\n\n| a |\n|---|\n${'|\n'.repeat(1_500_000)}` })
  chain.commitBlock()
  chain.postAdded({ by: dave, in: long, text: '[](#mention?role=dao)'.repeat(50_000) })
  chain.commitBlock()
  for (const text of [
    '[',
    '*',
    '`',
    '> ',
    '- ',
    '![',
    '<',
    '&',
    '\\',
    '_',
    '[a](',
    '<!--',
    '```\n',
    '| ',
    '1. ',
    '\n\n',
  ]) {
    chain.postAdded({ by: dave, in: long, text: text.repeat(500_000) })
    chain.commitBlock()
  }
  service.news()

  const { code, problems } = await service.notify({}, { heap: HEAP_MB })
  expect([code, problems()]).toEqual([0, []])
  const told = (type: string) =>
    service.count(`"Notification" n JOIN "Event" e ON e.number = n."eventNumber" WHERE e.type = '${type}'`)
  expect(await told('AnnouncingPeriodStarted')).toBe(MEMBERS)
  expect(await told('PostAdded')).toBeGreaterThan(600)
  expect(await service.count('"SetAsideEvent"')).toBe(0)
  expect(await service.count(`"Event" WHERE length(data::text) > 5000`)).toBe(0)
})
