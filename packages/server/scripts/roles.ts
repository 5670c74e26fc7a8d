/** The roles of a container: the programs that it runs, one after the other. */
export const roles: Record<string, { programs: string[]; serves?: true }> = {
  api: { programs: ['./before-api.ts', '../src/main/api.ts'], serves: true },
  notify: { programs: ['../src/main/notify.ts'] },
  worker: { programs: ['../src/main/worker.ts'] },
  all: { programs: ['./before-api.ts', '../src/main/all.ts'], serves: true },
  migrate: { programs: ['./migrate.ts'] },
}

export const defaultRole = 'api'
