import { keepRunningJobs } from '../jobs/run.ts'
import { aborted } from '../lib/wait.ts'
import { work } from '../notifier/worker.ts'
import { readArguments } from './arguments.ts'
import { command } from './command.ts'
import { openApi } from './open-api.ts'
import { openNotifier } from './open-notifier.ts'
import { usageOf } from './usages.ts'

readArguments(usageOf('start:all'))
await command(async (tools) => {
  // The API last: one that is not closed would keep the process alive.
  const notifier = await openNotifier(tools)
  const api = await openApi(tools)
  try {
    const serving = aborted(tools.stop).then(() => api.close())
    await Promise.all([work(notifier, { cron: tools.config.notifyCron }), keepRunningJobs(notifier), serving])
  } finally {
    await notifier.close()
  }
  tools.log.info('Stopped: everything begun is finished')
  return 0
})
