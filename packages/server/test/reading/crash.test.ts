import { test } from 'vitest'
import { fourAtOnce, killedAtRandom, sampleNews } from '../support/crash.ts'

sampleNews()

test('a notifier that is killed at random instants notifies of everything once', () => killedAtRandom(5))

test('no digest is lost or begun twice when notifiers are killed while they collect and send', () =>
  killedAtRandom(5, { digests: true }))

test('four simultaneous notifiers notify of everything once and send every email once', () => fourAtOnce(1))
