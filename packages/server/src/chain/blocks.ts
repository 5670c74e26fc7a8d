/** Joystream makes a block every six seconds. */
export const BLOCK_SECONDS = 6
