import { keepRunningJobs } from '../jobs/run.ts'
import { work } from '../notifier/worker.ts'
import { readArguments } from './arguments.ts'
import { command } from './command.ts'
import { openNotifier } from './open-notifier.ts'
import { usageOf } from './usages.ts'

readArguments(usageOf('start:worker'))
await command(async (tools) => {
  const notifier = await openNotifier(tools)
  const seconds = tools.config.notifyIntervalSeconds
  tools.log.info(`The notifier reads every ${seconds} seconds and sends emails as they become due`)
  try {
    await Promise.all([work(notifier, { seconds }), keepRunningJobs(notifier)])
  } finally {
    await notifier.close()
  }
  tools.log.info('Stopped: everything begun is finished')
  return 0
})
