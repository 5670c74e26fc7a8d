import { aborted } from '../lib/wait.ts'
import { readArguments } from './arguments.ts'
import { command } from './command.ts'
import { openApi } from './open-api.ts'
import { usageOf } from './usages.ts'

readArguments(usageOf('start:api'))
await command(async (tools) => {
  const api = await openApi(tools)
  await aborted(tools.stop)
  tools.log.info('Stopping: waiting for running requests')
  await api.close()
  return 0
})
