import { expect, test } from 'vitest'
import { serveApi } from '../support/api.ts'
import { cloneDatabase } from '../support/database.ts'
import { stories } from '../support/story.ts'
import { until } from '../support/until.ts'

const createStory = stories()

test('an API that loses its database says so once, and once when it is back', async () => {
  const story = await createStory()
  const admin = await cloneDatabase(null)
  const name = new URL(story.url).pathname.slice(1)
  const allow = (isAllowed: boolean) => admin.pool.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS ${isAllowed}`)
  try {
    const api = await serveApi(story)
    const says = (text: string) => api.log.filter((line) => JSON.parse(line).msg.startsWith(text)).length
    expect(await api.data('{ memberExist(id: 1) }')).toEqual({ memberExist: false })
    await allow(false)
    await admin.pool.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name])
    await until(() => says('The database is lost') === 1)
    for (let request = 0; request < 3; request++) expect(await api.code('{ memberExist(id: 1) }')).toMatch(/INTERNAL/)
    await allow(true)
    await until(() => says('The database is back') === 1)
    expect(await api.data('{ memberExist(id: 1) }')).toEqual({ memberExist: false })
    expect(says('The database is lost')).toBe(1)
  } finally {
    await allow(true)
    await admin.close()
  }
})
