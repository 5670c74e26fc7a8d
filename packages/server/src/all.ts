import { openApi } from './api/open.ts'
import { command } from './command.ts'
import { openNotifier } from './notifier/open.ts'
import { work } from './notifier/worker.ts'

// `npm run start:all`: the API and the notifier, for those who run one process.
await command(async (tools) => {
  // In this order: an API that nobody closes would keep the process from ending.
  const notifier = await openNotifier(tools)
  const api = await openApi(tools)
  try {
    await work(notifier, { cron: tools.config.notifyCron })
  } finally {
    await api.close()
    await notifier.close()
  }
  tools.log.info('Stopped: what was under way is done')
  return 0
})
