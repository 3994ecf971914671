import { makeLookUp } from '../ui/look-up.ts'

/** Cash sessions by their ids. */
export const sessions = makeLookUp('cash.look-up-sessions')
