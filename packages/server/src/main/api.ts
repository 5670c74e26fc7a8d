import { aborted } from '../lib/wait.ts'
import { command } from './command.ts'
import { openApi } from './open-api.ts'

// `npm run start:api`: serves until it is told to stop.
await command(async (tools) => {
  const api = await openApi(tools)
  await aborted(tools.stop)
  tools.log.info('Stopping: running requests end first')
  await api.close()
  return 0
})
