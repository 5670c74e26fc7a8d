/** The part that the benchmark uses: the package has no types. */
declare module 'autocannon' {
  type Options = {
    url: string
    method: 'POST'
    headers: Record<string, string>
    body: string
    connections: number
    /** Seconds. */
    duration: number
    /** Milliseconds between two checks of whether the time is over. */
    sampleInt?: number
    expectBody?: string
    /** Requests a second; as many as possible without it. */
    overallRate?: number
  }
  type Result = {
    /** Seconds. */
    duration: number
    requests: { total: number }
    /** Milliseconds. */
    latency: { p99: number }
    errors: number
    non2xx: number
    mismatches: number
  }
  export default function autocannon(options: Options): Promise<Result>
}
