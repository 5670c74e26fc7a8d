import type { AnyEmailType } from './define.ts'
import { addressChanged } from './types/address-changed.ts'
import { digest } from './types/digest.ts'
import { notification } from './types/notification.ts'
import { verification } from './types/verification.ts'

/** Every type of email. One more is one more file and one more line here. */
export const emailTypes: readonly AnyEmailType[] = [notification, digest, verification, addressChanged]
