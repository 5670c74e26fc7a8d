import { startEmbedded } from '../../src/db/setup/embedded.ts'

// A process that uses the embedded database in the folder that it is given, until it is told to leave.
const { url, close } = await startEmbedded(process.argv[2] ?? '')
process.once('message', async () => {
  await close()
  process.disconnect()
})
process.send?.(url)
