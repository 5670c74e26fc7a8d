export { BLOCK_SECONDS } from '../events/blocks.ts'
