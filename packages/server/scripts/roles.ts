/** What a container of the image can be: the programs that run one after the other, from this folder. */
export const roles: Record<string, { programs: string[]; serves?: true }> = {
  /** The API, on a database that it has brought up to date. */
  api: { programs: ['./before-api.ts', '../src/main/api.ts'], serves: true },
  /** One run of the notifier. */
  notify: { programs: ['../src/main/notify.ts'] },
  /** A notifier that keeps running. */
  worker: { programs: ['../src/main/worker.ts'] },
  /** The API and the notifier in one process. */
  all: { programs: ['./before-api.ts', '../src/main/all.ts'], serves: true },
  migrate: { programs: ['./migrate.ts'] },
}

export const defaultRole = 'api'
