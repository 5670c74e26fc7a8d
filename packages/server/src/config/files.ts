import { closeSync, openSync, readSync } from 'node:fs'

/**
 * Reads a small file, whatever it is: a device or a pipe may never end.
 * @param mostBytes of the file
 * @throws Error when it cannot be read, or is larger
 */
export function readSmallFile(file: string, mostBytes: number): Buffer {
  const bytes = Buffer.alloc(mostBytes + 1)
  const descriptor = openSync(file, 'r')
  try {
    let length = 0
    let read = -1
    while (read !== 0 && length < bytes.length) {
      read = readSync(descriptor, bytes, length, bytes.length - length, null)
      length += read
    }
    if (length > mostBytes) throw new Error(`it is larger than ${mostBytes} bytes`)
    return bytes.subarray(0, length)
  } finally {
    closeSync(descriptor)
  }
}
