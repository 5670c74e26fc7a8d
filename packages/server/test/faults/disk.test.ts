import { expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { canMount, pretendedDisk, smallDisk } from './support/disk.ts'
import { createService, postgresOfFile } from './support/service.ts'

const postgres = postgresOfFile()

async function onDisk(makeDisk: typeof smallDisk, members: number) {
  const disk = await makeDisk(postgres())
  return { disk, service: await createService(disk.postgres, members) }
}
const FULL = /The database's disk is full: free some space/
const mountable = await canMount()
const disks = [
  { what: 'a tmpfs', makeDisk: smallDisk, possible: mountable },
  { what: 'what PostgreSQL would answer', makeDisk: pretendedDisk, possible: true },
]

for (const { what, makeDisk, possible } of disks) {
  const testIf = test.skipIf(!possible)

  testIf(`a full disk (${what}) fails a run with one sentence; with room again everybody is told`, async () => {
    const { service, disk } = await onDisk(makeDisk, 200)
    service.news(2)
    await disk.fill()
    const { code, problems, stderr } = await service.notify()
    expect([code, problems()]).toEqual([1, [expect.stringMatching(FULL)]])
    expect(stderr()).not.toMatch(/ at .*\.[jt]s/)
    expect(service.mail.taken).toEqual([])
    await disk.makeRoom()
    expect((await service.notify()).code).toBe(0)
    await service.expectAllTold()
    expect(service.mail.twice()).toEqual([])
  })

  testIf(`a disk that fills up (${what}) in the middle of a send is said, and nobody gets an email twice`, async () => {
    const { service, disk } = await onDisk(makeDisk, 300)
    service.news(1)
    service.mail.delay = 20
    const worker = service.start('worker')
    await until(() => service.mail.taken.length > 30)
    await disk.fill()
    service.news(1)
    await worker.says(FULL)
    await disk.makeRoom()
    await service.allTold()
    await service.expectAllTold()
    expect(service.mail.twice()).toEqual([])
    for (const problem of worker.problems()) expect(problem).toMatch(FULL)
  })
}
