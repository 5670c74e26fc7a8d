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
  const notifier = await openNotifier(tools)
  const api = await openApi(tools, notifier)
  let closing: Promise<void> | undefined
  const closeApi = () => {
    closing ??= api.close()
    return closing
  }
  try {
    const serving = aborted(tools.stop).then(closeApi)
    await Promise.all([work(notifier, { cron: tools.config.notifyCron }), keepRunningJobs(notifier), serving])
  } finally {
    // Also when the notifier fails: an open API would keep the process alive.
    await closeApi()
    await notifier.close()
  }
  tools.log.info('Stopped: everything begun is finished')
  return 0
})
